# SPDX-License-Identifier: Apache-2.0
"""Is a minute without a site caught up as soon as the site is back?

One minute for all: the same container is copied to three servers, by a
daemon each, and each of them fails in its own way.
"""

import time
import unittest
from itertools import pairwise

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import (
    HANG,
    SLOW_DOWN,
    before,
    seen_through,
    tell,
)
from test.integration.scene import Scene
from test.integration.swift_client import at_once

MINUTE = 60.0
OBJECTS = 1000
BEFORE = 100
"""Objects that were there, and copied, when it began."""

LONGEST_GAP = 10.0
"""Seconds between two questions at the end of the outage; and from its end
to the first answer that counts."""

CAUGHT_UP = 400
"""Seconds after which a test gives up."""


class Outage:
    """One server's minute."""

    def __init__(self, case, name, fail, mend, of=""):
        self.proxy = before(servers.moto(), case)
        shared = {"of": of} if of else {}
        server = seen_through(self.proxy, servers.moto())
        self.scene = Scene(case, server, **shared)
        self.name = name
        self.began = self.returned = 0.0
        self._fail, self._mend = fail, mend

    def fail(self):
        self._fail(self.proxy)
        self.began = time.monotonic()

    def mend(self):
        self.returned = time.monotonic()
        self._mend(self.proxy)

    def first_success(self):
        """Return when the first request after the outage was answered."""
        times = [
            exchange.ended
            for exchange in list(self.proxy.log)
            if exchange.stored and exchange.started > self.returned
        ]
        return min(times, default=0.0)

    def caught_up(self):
        remote = {
            exchange.path.rpartition("/")[2]
            for exchange in list(self.proxy.log)
            if exchange.stored
            and exchange.method == "PUT"
            and exchange.ended > self.began
        }
        return len(remote) >= OBJECTS

    def asked_during(self):
        """Return when requests came in during the outage."""
        return [
            exchange.started
            for exchange in self.proxy.log
            if self.began < exchange.started < self.returned
        ]


def _pass(_exchange):
    return None


def _hang(proxy):
    proxy.choose = lambda _: HANG


def _refuse_requests(proxy):
    proxy.choose = lambda _: SLOW_DOWN


def _answer(proxy):
    proxy.choose = _pass


def _come_up(proxy):
    """Answer again; those who hang are cut off, as by a restart."""
    proxy.choose = _pass
    proxy.reset()


class OutageMinuteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        case = cls("test_nothing_is_lost_and_no_row_is_parked")
        cls.addClassCleanup(case.doCleanups)
        refused = Outage(
            case, "refused", lambda p: p.refuse(), lambda p: p.listen()
        )
        of = refused.scene.container
        cls.outages = {
            outage.name: outage
            for outage in (
                refused,
                Outage(case, "hanging", _hang, _come_up, of),
                Outage(case, "503", _refuse_requests, _answer, of),
            )
        }
        cls.all = list(cls.outages.values())
        cls.daemons = {o.name: o.scene.start() for o in cls.all}
        at_once(lambda n: refused.scene.put(f"o{n}", b"old"), range(BEFORE))
        for outage in cls.all:
            wait_until(
                lambda o=outage: len(o.proxy.stored) >= BEFORE, "it begins"
            )
        cls.live_through()

    @classmethod
    def live_through(cls):
        """Fail for a minute while everything changes."""
        put = cls.all[0].scene.put
        cls.parked = {outage.name: 0 for outage in cls.all}
        for outage in cls.all:
            outage.fail()
        at_once(lambda n: put(f"o{n}", b"new %d" % n), range(OBJECTS))
        while time.monotonic() < cls.all[0].began + MINUTE:
            cls.count_parked()
            time.sleep(0.5)
        for outage in cls.all:  # one after the other: they share a machine
            outage.mend()
            wait_until(outage.caught_up, "all are there", CAUGHT_UP)

    @classmethod
    def count_parked(cls):
        for outage in cls.all:
            found = len(outage.scene.parked())
            cls.parked[outage.name] = max(found, cls.parked[outage.name])

    def test_nothing_is_lost_and_no_row_is_parked(self):
        for name, outage in self.outages.items():
            with self.subTest(name):
                self.tell_of(outage)
                daemon = self.daemons[name]
                self.assertEqual(0, daemon.terminate())
                self.count_parked()
                self.assertEqual(0, self.parked[name])
                self.assertNotIn(" parked ", daemon.log)
                outage.scene.assert_equal_sides()

    def tell_of(self, outage):
        done = max(e.ended for e in outage.proxy.log if e.stored)
        tell(
            self,
            f"{outage.name}: asked {len(outage.asked_during())} times while "
            f"it was down, answered after {self.noticed(outage):.1f} s, "
            f"all there after {done - outage.returned:.1f} s, "
            f"{len(outage.proxy.log)} requests in all",
        )

    def noticed(self, outage):
        """Return how long it took until the first answer that counts."""
        wait_until(outage.first_success, "it answers", CAUGHT_UP)
        return outage.first_success() - outage.returned

    def test_the_end_of_hanging_is_noticed_soon(self):
        waited = self.noticed(self.outages["hanging"])
        self.assertLessEqual(waited, LONGEST_GAP)

    def test_the_end_of_refused_connections_is_noticed_soon(self):
        # What was refused is in nobody's log.
        waited = self.noticed(self.outages["refused"])
        self.assertLessEqual(waited, LONGEST_GAP)

    def test_a_site_that_asks_to_slow_down_is_asked_often_enough(self):
        outage = self.outages["503"]
        self.noticed(outage)
        times = [*outage.asked_during()[-3:], outage.first_success()]
        gaps = [b - a for a, b in pairwise(times)]
        tell(self, "last gaps " + ", ".join(f"{gap:.1f} s" for gap in gaps))
        self.assertLessEqual(max(gaps), LONGEST_GAP)
