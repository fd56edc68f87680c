# SPDX-License-Identifier: Apache-2.0
"""Do Swift clusters that replicate to each other agree, and come to rest?"""

import unittest

from test.integration.daemon import wait_until
from test.integration.neighbours import neighbours

RED = {"x_object_meta_colour": "red"}
BLUE = {"x_object_meta_colour": "blue"}


class TwoClustersTest(unittest.TestCase):
    def setUp(self):
        self.a, self.b = neighbours(self, "destination", "third")
        self.a.send_to(self.b)
        self.b.send_to(self.a)

    def test_both_sides_agree_and_come_to_rest(self):
        self.a.run()
        self.b.run()  # from now on nothing has to be compared
        self.write()
        self.a.run()
        self.a.delete("original deleted before its copy was looked at")
        self.b.run()
        self.assertEqual(
            [], [n for _, n in self.a.requests() if n == "from_a"]
        )
        self.a.run()
        self.b.run()
        self.change()
        self.a.run()
        self.a.put("written anew", b"2")
        self.b.run()
        self.a.run()
        self.b.run()
        self.assert_agreement()
        before = len(self.a.requests()), len(self.b.requests())
        self.assertLess(0, min(before))
        self.a.run()
        self.b.run()
        after = len(self.a.requests()), len(self.b.requests())
        self.assertEqual(before, after)

    def write(self):
        a, b = self.a, self.b
        a.put("from_a", b"1", **RED)
        b.put("from b", b"2", **BLUE)
        a.put("newest at b", b"older", **RED)
        b.put("newest at b", b"newer", **BLUE)
        b.put("newest at a", b"older", **RED)
        a.put("newest at a", b"newer", **BLUE)
        for name in (
            "copy overwritten",
            "copy with new metadata",
            "original deleted",
            "original deleted before its copy was looked at",
            "written anew",
        ):
            a.put(name, b"1", **RED)

    def change(self):
        a, b = self.a, self.b
        b.put("copy overwritten", b"2", **BLUE)
        b.post("copy with new metadata", **BLUE)
        a.delete("original deleted")
        a.delete("written anew")

    def assert_agreement(self):
        here, there = self.a.holds(), self.b.holds()
        self.assertEqual(here, there)
        expected = {
            "from_a": (b"1", "red"),
            "from b": (b"2", "blue"),
            "newest at a": (b"newer", "blue"),
            "newest at b": (b"newer", "blue"),
            "copy overwritten": (b"2", "blue"),
            "copy with new metadata": (b"1", "blue"),
            "written anew": (b"2", ""),
        }
        found = {n: (held.body, held.colour) for n, held in here.items()}
        self.assertEqual(expected, found)

    def test_a_delete_that_may_be_our_own_waits(self):
        self.a.put("o", b"1")
        self.a.run()
        self.b.delete("o")
        once = self.b.run(expect=1)
        self.assertTrue(once.lines("waiting whether"), once.log)
        self.assertEqual(["o"], list(self.a.holds()))

    def test_a_container_that_would_be_copied_to_itself_is_left_alone(self):
        self.a.send_to(self.a)
        self.a.put("o", b"1")
        once = self.a.run(expect=1)
        self.assertTrue(once.lines("rule paused", "to itself"), once.log)
        self.assertEqual([], self.a.requests())

    def test_daemons_that_run_all_the_time_agree(self):
        self.a.start()
        self.b.start()
        for number in range(10):
            self.a.put("both", b"a%d" % number)
            self.b.put("both", b"b%d" % number)
            self.a.put(f"a{number}", b"x")
            self.b.put(f"b{number}", b"y")
        wait_until(
            lambda: (
                len(self.a.holds()) == 21 and self.a.holds() == self.b.holds()
            ),
            "both sides are equal",
        )


class ThreeClustersTest(unittest.TestCase):
    def setUp(self):
        self.sides = neighbours(self, "destination", "third", "fourth")
        self.a, self.b, self.c = self.sides

    def test_a_chain_passes_on_what_came_from_its_begin(self):
        self.a.send_to(self.b)
        self.b.send_to(self.c)
        self.a.put("o", b"1", **RED)
        self.a.run()
        self.b.run()
        self.assertEqual(self.a.holds(), self.c.holds())
        self.assertEqual(["o"], list(self.c.holds()))
        self.a.delete("o")
        self.a.run()
        self.b.run()
        self.assertEqual({}, self.c.holds())

    def test_a_ring_comes_to_rest(self):
        self.a.send_to(self.b)
        self.b.send_to(self.c)
        self.c.send_to(self.a)
        for number, side in enumerate(self.sides):
            side.put(f"o{number}", b"1")
        self.turn(2)
        self.assertEqual(["o0", "o1", "o2"], sorted(self.a.holds()))
        self.assertEqual(self.a.holds(), self.c.holds())
        self.turn(1)
        before = [len(side.requests()) for side in self.sides]
        self.turn(1)
        self.assertEqual(before, [len(s.requests()) for s in self.sides])

    def turn(self, times):
        for _ in range(times):
            for side in self.sides:
                side.run()
