# SPDX-License-Identifier: Apache-2.0
"""Is most of what a server allows used, and hardly anything refused?"""

import os
import unittest

from test.doubles.limited_site import FixedWindow, TokenBucket
from test.integration.daemon import wait_until
from test.integration.faults import FaultyServer
from test.integration.limits import Limit
from test.integration.scene import Scene
from test.integration.servers import moto, sink, sink_server
from test.integration.swift_client import at_once

RATE = int(os.environ.get("S3_SYNC_TEST_RATE", "50"))
"""Requests a second. What a busy machine cannot send would prove nothing, so
it is far below what the daemon can do."""

BURST_SECONDS, SECONDS = 6, 20
NAMES = [
    f"o{number:04}" for number in range(RATE * (BURST_SECONDS + SECONDS + 2))
]


class ThrottleTest(unittest.TestCase):
    def setUp(self):
        self.faulty = FaultyServer(self, sink_server())
        self.scene = Scene(self, self.faulty.server)

    def copy_all(self, limiter, processes):
        """Copy many objects to a server that has a limit; return that."""
        at_once(self.scene.put, NAMES)
        limit = self.faulty.choose = Limit(limiter.allows)
        self.scene.configure(processes=processes)
        daemon = self.scene.start("--log-level", "warning")
        bucket = self.scene.bucket
        wait_until(
            lambda: len(sink().objects(bucket)) == len(NAMES),
            "all arrive",
            seconds=120,
        )
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, self.scene.parked())
        self.assertNotIn("rule paused", daemon.log)
        return limit

    def assert_well_used(self, what, limit):
        """Check the counts after the first burst."""
        since = limit.served[0] + BURST_SECONDS
        served, refused = limit.figures(since, since + SECONDS)
        allowed = RATE * SECONDS
        print(  # noqa: T201  the figures are asked for
            f"{what}: {served} of {allowed} in {SECONDS} s useful,"
            f" {served / SECONDS:.1f}/s; {refused} refused,"
            f" {refused / (served + refused):.1%}"
        )
        self.assertGreater(len(limit.refused), 0)
        seconds = [
            limit.figures(limit.served[0] + n, limit.served[0] + n + 1)
            for n in range(BURST_SECONDS + SECONDS)
        ]
        print("served and refused by the second:", *seconds)  # noqa: T201
        self.assertGreaterEqual(served, 0.9 * allowed)
        self.assertLessEqual(refused, 0.05 * (served + refused))

    def test_a_token_bucket_is_used_well(self):
        limit = self.copy_all(TokenBucket(RATE, RATE), processes=1)
        self.assert_well_used("token bucket, 1 process", limit)

    def test_a_fixed_window_is_used_well_by_two_processes(self):
        limit = self.copy_all(FixedWindow(RATE), processes=2)
        self.assert_well_used("fixed window, 2 processes", limit)


class OtherSiteTest(unittest.TestCase):
    def test_a_slow_site_does_not_hold_up_another(self):
        faulty = FaultyServer(self, sink_server())
        slow = Scene(self, faulty.server)
        fast = Scene(self, moto(), of=slow.container)
        names = [f"o{number:03}" for number in range(300)]
        at_once(slow.put, names)
        faulty.choose = Limit(TokenBucket(2, 2).allows)
        slow.configure(containers=[slow.rule, fast.rule], workers=8)
        daemon = slow.start("--log-level", "warning")
        wait_until(lambda: len(fast.keys()) == len(names), "all arrive")
        self.assertLess(len(sink().objects(slow.bucket)), len(names) / 2)
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, slow.parked())
