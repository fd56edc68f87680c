# SPDX-License-Identifier: Apache-2.0
"""Does a server that takes requests and never answers stop anything else?"""

import unittest

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import (
    HANG,
    FaultySwift,
    Stall,
    Trickle,
    before,
    seen_through,
    tell,
)
from test.integration.scene import Scene
from test.integration.swift_client import at_once

OBJECTS = 100
"""More than there are workers: a site that hangs could take them all."""

LATER = 20
ALL = OBJECTS + LATER
PATIENCE = 2
FOREVER = 600.0
SECONDS = 240
"""Until a test gives up; the daemon waits for a site for one minute."""


def numbers(count, start=0):
    return range(start, start + count)


class HangingSiteTest(unittest.TestCase):
    """One container goes to three sites: two hang, each in its own way.

    One minute for all tests: then the daemon loses its patience.
    """

    @classmethod
    def setUpClass(cls):
        case = cls("mend_and_compare")
        cls.addClassCleanup(case.doCleanups)
        cls.scenes, cls.proxies = [], []
        for _ in range(3):
            proxy = before(servers.moto(), case)
            of = {"of": cls.scenes[0].container} if cls.scenes else {}
            server = seen_through(proxy, servers.moto())
            cls.scenes.append(Scene(case, server, **of))
            cls.proxies.append(proxy)
        cls.silent, cls.slow, cls.well = cls.proxies
        first = cls.scenes[0]
        first.configure(containers=[scene.rule for scene in cls.scenes])
        first.put("before", b"x")
        first.run()
        for proxy in cls.proxies:
            proxy.log.clear()
            proxy.stored.clear()
        cls.silent.choose = lambda _: HANG
        cls.slow.choose = lambda _: Trickle(1)
        cls.daemon = first.start()
        at_once(lambda n: first.put(f"o{n}", b"x"), numbers(OBJECTS))
        for proxy in (cls.silent, cls.slow):
            wait_until(lambda p=proxy: p.faults, "it hangs")
        at_once(lambda n: first.put(f"o{n}", b"x"), numbers(LATER, OBJECTS))
        wait_until(
            lambda: len(cls.well.stored) == ALL, "all at the third", SECONDS
        )
        for scene in cls.scenes[:2]:
            cls.daemon.wait_for("rule paused", scene.bucket, seconds=SECONDS)

    def mend_and_compare(self):
        """Let all sites work again and compare them with Swift."""
        for proxy in (self.silent, self.slow):
            proxy.choose = lambda _: None
            proxy.reset()
        for proxy in self.proxies:
            wait_until(
                lambda p=proxy: len(p.stored) == ALL, "caught up", SECONDS
            )
        self.assertEqual(0, self.daemon.terminate())
        self.assertEqual({}, self.scenes[0].parked())
        for scene in self.scenes:
            scene.assert_equal_sides()

    def test_a_wait_without_an_answer_ends_and_parks_nothing(self):
        for scene in self.scenes[:2]:
            line = self.daemon.wait_for("rule paused", scene.bucket)
            self.assertIn("60 s", line)
        self.assertNotIn(" parked ", self.daemon.log)
        self.mend_and_compare()

    def test_a_site_that_hangs_does_not_hold_up_another(self):
        hung = [e for p in (self.silent, self.slow) for e in p.log if e.fault]
        ended = min(e.ended for e in hung if e.ended)
        puts = self.well.requests(method="PUT", done=200)
        soon = [e for e in puts if e.ended < ended]
        tell(
            self,
            f"{len(soon)} of {ALL} objects were at the third site before "
            f"the first of {len(hung)} requests to the others was given up",
        )
        self.assertLessEqual(ALL, len(soon))

    def test_a_daemon_ends_though_a_site_hangs(self):
        proxy = before(servers.moto(), self)
        scene = Scene(self, seen_through(proxy, servers.moto()))
        proxy.choose = lambda _: HANG
        daemon = scene.start()
        scene.put("o", b"x")
        wait_until(lambda: proxy.faults, "it hangs")
        self.assertEqual(0, daemon.terminate())
        proxy.choose = lambda _: None
        scene.run()
        scene.assert_equal_sides()


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
        at_once(lambda n: scene.put(f"o{n}", b"x"), numbers(OBJECTS))
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
