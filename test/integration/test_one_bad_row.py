# SPDX-License-Identifier: Apache-2.0
"""Does one row that can never succeed hold up ten thousand others?"""

import subprocess
import sys
import unittest

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import Fault, before, seen_through, tell
from test.integration.scene import Scene

OBJECTS = 10_000
BAD = "o00100"
"""Early, so that nearly all others come behind it."""

SECONDS = 400
FULL_SPEED = 0.75
"""Share of the objects that must be there when the container beside it,
without a bad row, is complete."""


def fill(scene):
    cluster = servers.source().cluster
    subprocess.run(
        [
            *(sys.executable, "-m", "test.integration.fill_container"),
            *(str(cluster.swift_dir), str(cluster.node(1).devices)),
            *(scene.swift.account, scene.container, str(OBJECTS)),
        ],
        check=True,
        cwd=servers.ROOT,
    )


class OneBadRowTest(unittest.TestCase):
    """One container goes to two buckets, one of which fails at one name."""

    def setUp(self):
        sink = servers.sink_server()
        self.good, self.bad = before(sink, self), before(sink, self)
        first = Scene(self, seen_through(self.good, sink))
        second = Scene(self, seen_through(self.bad, sink), of=first.container)
        first.configure(containers=[first.rule, second.rule])
        fill(first)
        self.scene = first
        self.bad.choose = lambda exchange: (
            Fault(500, "InternalError") if self.is_bad(exchange) else None
        )
        for proxy in (self.good, self.bad):
            proxy.log.clear()
            proxy.stored.clear()

    def is_bad(self, exchange):
        return exchange.path.endswith(f"/{BAD}")

    def test_the_others_arrive_as_fast_as_without_it(self):
        daemon = self.scene.start("--log-level", "warning")
        wait_until(
            lambda: len(self.good.stored) == OBJECTS, "all are there", SECONDS
        )
        beside = len(self.bad.stored)
        wait_until(
            lambda: len(self.bad.stored) == OBJECTS - 1,
            "all others are there",
            SECONDS,
        )
        daemon.wait_for("parked", f"object={BAD}")
        self.assertEqual(0, daemon.terminate())
        log = list(self.bad.log)
        last = max(e.number for e in log if e.method == "PUT" and e.stored)
        tries = sum(self.is_bad(e) for e in log[:last])
        pauses = daemon.log.count("rule paused")
        tell(
            self,
            f"the last good one is request {last + 1} with it, "
            f"{len(self.good.log)} without; {tries} requests about the bad "
            f"one before that, {pauses} pauses; {beside} of {OBJECTS - 1} "
            "were there when the container without it was complete",
        )
        self.assertEqual({BAD}, set(self.scene.parked()))
        self.assertLessEqual(last, 1.01 * len(self.good.log))
        self.assertLessEqual(tries, 20)
        self.assertLessEqual(pauses, 4)
        self.assertGreaterEqual(beside, FULL_SPEED * OBJECTS)
