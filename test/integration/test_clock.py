# SPDX-License-Identifier: Apache-2.0
"""Does a node whose clock is wrong replicate all the same, and say so?"""

import time
import unittest
from datetime import datetime
from email.utils import formatdate

from test.integration.faults import Fault, before, seen_through
from test.integration.scene import Scene
from test.integration.servers import moto

ALLOWED = 15 * 60
"""Seconds by which S3 lets a signature be off."""

AHEAD = 20 * 60


def clock_ahead(seconds):
    """Refuse what is not signed about this many seconds from now."""

    def choose(exchange):
        names = {name.lower(): name for name in exchange.headers}
        signed = exchange.headers[names["x-amz-date"]]
        then = datetime.strptime(signed + "+0000", "%Y%m%dT%H%M%SZ%z")
        now = time.time() + seconds
        if abs(then.timestamp() - now) < ALLOWED:
            return None
        date = ("Date", formatdate(now, usegmt=True))
        return Fault(403, "RequestTimeTooSkewed", headers=(date,))

    return choose


class ClockTest(unittest.TestCase):
    def test_a_wrong_clock_is_told_and_holds_nothing_up(self):
        proxy = before(moto(), self)
        scene = Scene(self, seen_through(proxy, moto()))
        for number in range(5):
            scene.put(f"o{number}", b"x")
        scene.put("large", b"x" * 600_000)
        self.run_at(scene, proxy, AHEAD)
        scene.post("o1", x_object_meta_a="b")
        scene.delete("o2")
        self.run_at(scene, proxy, -AHEAD)

    def run_at(self, scene, proxy, ahead):
        """Run the daemon at a server that is `ahead`, and compare."""
        proxy.choose = clock_ahead(ahead)
        once = scene.run()
        proxy.choose = lambda _: None
        self.assertEqual(1, len(once.lines("clock is wrong")), once.log)
        self.assertEqual([], once.lines("rule paused"))
        self.assertEqual({}, scene.parked())
        scene.assert_equal_sides()
