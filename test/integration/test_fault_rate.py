# SPDX-License-Identifier: Apache-2.0
"""Does a site, or a Swift, that fails every third request lose anything?"""

import unittest
from collections import Counter

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.faults import (
    BREAKS,
    FaultySwift,
    before,
    every,
    seen_through,
    tell,
)
from test.integration.scene import Scene
from test.integration.swift_client import at_once

OBJECTS = 2000
FEWER = 500
"""Where nothing is asked of the number."""

SECONDS = 400


class FaultRateTest(unittest.TestCase):
    def write_all(self, server, number):
        """Write the objects; `server` is what the proxy stands before."""
        self.number = number
        names = [f"object {each}" for each in range(number)]
        self.proxy = before(server, self)
        self.scene = Scene(self, seen_through(self.proxy, server))
        at_once(lambda name: self.scene.put(name, name.encode()), names)
        self.proxy.stored.clear()
        self.proxy.log.clear()

    def copy_all(self):
        """Let a daemon run until all is copied and nothing is parked."""
        daemon = self.scene.start()
        wait_until(
            lambda: len(self.proxy.stored) >= self.number,
            "all are copied",
            SECONDS,
        )
        wait_until(lambda: not self.scene.parked(), "nothing is parked")
        self.assertEqual(0, daemon.terminate())
        return daemon

    def report(self, proxy, daemon):
        asked = Counter(exchange.method for exchange in self.proxy.log)
        tell(
            self,
            f"{self.scene.server.name} got "
            f"{len(self.proxy.log)} requests for {self.number} objects "
            f"{dict(asked)}, {sum(proxy.faults.values())} faults, "
            f"{daemon.log.count(' rule paused ')} pauses, "
            f"{daemon.log.count(' parked ')} parked",
        )

    def test_a_site_that_fails_every_third_request_gets_everything(self):
        self.write_all(servers.s3api(), OBJECTS)
        self.proxy.choose = every(3, BREAKS)
        daemon = self.copy_all()
        self.proxy.choose = lambda _: None
        self.report(self.proxy, daemon)
        asked = len(self.proxy.log)
        self.scene.assert_equal_sides()
        self.assertGreater(sum(self.proxy.faults.values()), OBJECTS // 4)
        self.assertLessEqual(asked, 2 * OBJECTS)

    def test_a_swift_that_fails_every_third_request_loses_nothing(self):
        self.write_all(servers.moto(), FEWER)
        swift = FaultySwift(self, servers.source().cluster, self.scene.root)
        swift.objects.choose = every(3, BREAKS)
        self.scene.configure(swift_dir=str(swift.swift_dir))
        daemon = self.copy_all()
        self.report(swift.objects, daemon)
        asked = len(self.proxy.log)
        self.scene.assert_equal_sides()
        self.assertGreater(sum(swift.objects.faults.values()), FEWER // 4)
        self.assertLessEqual(asked, 2 * FEWER)
