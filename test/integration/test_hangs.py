# SPDX-License-Identifier: Apache-2.0
"""Does a server that takes requests and never answers stop anything else?"""

import unittest

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import (
    HANG,
    FaultySwift,
    Stall,
    before,
    seen_through,
    tell,
)
from test.integration.scene import Scene
from test.integration.swift_client import at_once

OBJECTS = 300
"""More than there are workers: a site that hangs could take them all."""

PATIENCE = 2
FOREVER = 600.0


class HangingSiteTest(unittest.TestCase):
    """One container goes to two sites, of which one hangs."""

    def setUp(self):
        self.hanging = before(servers.moto(), self)
        self.well = before(servers.moto(), self)
        self.first = Scene(self, seen_through(self.hanging, servers.moto()))
        self.second = Scene(
            self,
            seen_through(self.well, servers.moto()),
            of=self.first.container,
        )
        self.first.configure(containers=[self.first.rule, self.second.rule])
        self.first.put("before", b"x")
        self.first.run()
        for proxy in (self.hanging, self.well):
            proxy.stored.clear()

    def write_some(self, start):
        numbers = range(start, start + OBJECTS)
        at_once(lambda n: self.first.put(f"o{n}", b"x"), numbers)

    def assert_the_other_goes_on(self):
        """Check that all rows reach the other site while this one hangs.

        Twice: what came before it was known to hang, and what comes then.
        """
        daemon = self.first.start()
        self.write_some(0)
        wait_until(lambda: self.hanging.faults, "it hangs")
        self.write_some(OBJECTS)
        wait_until(lambda: len(self.well.stored) == 2 * OBJECTS, "all there")
        answered = [e for e in self.hanging.log if e.fault and e.status]
        tell(
            self,
            f"{sum(self.hanging.faults.values())} requests hung, "
            f"{len(answered)} were answered when all was at the other site",
        )
        self.assertEqual(set(), self.hanging.stored)
        self.assertNotIn(" parked ", daemon.log)
        self.hanging.choose = lambda _: None
        self.hanging.reset()
        wait_until(
            lambda: len(self.hanging.stored) == 2 * OBJECTS, "caught up"
        )
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, self.first.parked())
        self.first.assert_equal_sides()
        self.second.assert_equal_sides()

    def test_a_site_that_never_answers_stops_no_other_site(self):
        self.hanging.choose = lambda _: HANG
        self.assert_the_other_goes_on()

    def test_a_site_that_refuses_to_die_ends_the_daemon_in_time(self):
        self.hanging.choose = lambda _: HANG
        daemon = self.first.start()
        self.write_some(0)
        wait_until(lambda: self.hanging.faults, "it hangs")
        self.assertEqual(0, daemon.terminate())
        self.hanging.choose = lambda _: None
        self.first.run()
        self.first.assert_equal_sides()
        self.second.assert_equal_sides()


class HangingSwiftTest(unittest.TestCase):
    def test_an_object_server_that_hangs_amid_a_read_stops_no_other(self):
        proxy = before(servers.moto(), self)
        scene = Scene(self, seen_through(proxy, servers.moto()))
        cluster = servers.source().cluster
        swift = FaultySwift(self, cluster, scene.root, PATIENCE)
        scene.configure(swift_dir=str(swift.swift_dir))
        swift.objects.choose = lambda exchange: (
            Stall(FOREVER) if "/bad" in exchange.path else None
        )
        for number in range(3):
            scene.put(f"bad{number}", b"x" * 1_000_000)
        at_once(lambda n: scene.put(f"o{n}", b"x"), range(OBJECTS))
        once = scene.run(expect=1)
        bad = {f"bad{number}" for number in range(3)}
        self.assertEqual(bad, set(scene.parked()), once.log)
        self.assertEqual(OBJECTS, len(scene.keys()))
        self.assertEqual([], [p for p in proxy.stored if "/bad" in p])
        swift.objects.choose = lambda _: None
        swift.objects.reset()
        wait_until(lambda: self.settled(scene), "they are copied")
        scene.assert_equal_sides()

    def settled(self, scene):
        scene.run(expect=None)
        return not scene.parked()
