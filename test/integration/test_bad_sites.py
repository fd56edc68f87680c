# SPDX-License-Identifier: Apache-2.0
"""Is a site that accepts nobody reported once, and used when it does?"""

import json
import unittest
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from test.integration import servers
from test.integration.daemon import lines_with, wait_until
from test.integration.faults import Fault, before, seen_through, tell
from test.integration.scene import Scene
from test.integration.swift_client import at_once

OBJECTS = 300
WORKERS = 64
SKEW = timedelta(minutes=15)
AHEAD = timedelta(minutes=20)


class WrongLoginTest(unittest.TestCase):
    """Rows by the hundred that all meet the same refusal."""

    def assert_told_once(self, wrong, *parts):
        """Run with a wrong rule, then with the right one."""
        proxy = before(servers.s3api(), self)
        scene = Scene(self, seen_through(proxy, servers.s3api()))
        scene.put("o0", b"x")
        scene.run()  # or the question whether it is empty would come first
        at_once(lambda n: scene.put(f"o{n}", b"x"), range(OBJECTS))
        right = json.loads(scene.config.read_text())
        scene.configure(containers=[{**scene.rule, **wrong}])
        proxy.log.clear()
        daemon = scene.start()
        daemon.wait_for("rule paused", *parts)
        wait_until(lambda: len(proxy.log) >= 3, "it has asked again")
        asked = len(proxy.log)
        errors = lines_with(daemon.log, " ERROR ")
        tell(self, f"{asked} requests and {len(errors)} errors: {errors[0]}")
        self.assertEqual(1, len(errors), daemon.log)
        self.assertEqual([], lines_with(daemon.log, " WARNING "))
        self.assertEqual({}, scene.parked())
        self.assertEqual([], [e for e in proxy.log if e.stored])
        scene.config.write_text(json.dumps(right))
        wait_until(lambda: len(proxy.stored) >= OBJECTS, "all are copied")
        self.assertEqual(0, daemon.terminate())
        scene.assert_equal_sides()

    def test_a_wrong_secret_is_told_once_not_for_each_row(self):
        self.assert_told_once({"secret": "wrong"}, "SignatureDoesNotMatch")

    def test_a_wrong_identity_is_told_once_not_for_each_row(self):
        self.assert_told_once({"identity": "nobody"}, "403")


class WrongRegionTest(unittest.TestCase):
    def test_a_region_that_the_site_corrects_is_no_error(self):
        proxy = before(servers.s3api(), self)
        server = seen_through(proxy, servers.s3api())
        scene = Scene(self, server, region="eu-west-1")
        at_once(lambda n: scene.put(f"o{n}", b"x"), range(OBJECTS))
        proxy.log.clear()
        once = scene.run()
        refused = len(proxy.requests(status=400))
        tell(self, f"{refused} of {len(proxy.log)} requests refused")
        self.assertEqual([], lines_with(once.log, " ERROR "))
        self.assertGreater(refused, 0)
        # Those that were under way at once.
        self.assertLessEqual(refused, WORKERS + 1)
        scene.assert_equal_sides()


class ClockTest(unittest.TestCase):
    """A site whose clock is 20 minutes ahead, and that compares, as S3."""

    def setUp(self):
        # This server itself looks at nobody's time.
        self.proxy = before(servers.moto(), self)
        self.scene = Scene(self, seen_through(self.proxy, servers.moto()))
        self.proxy.choose = self.choose

    def choose(self, exchange):
        told = exchange.headers.get("x-amz-date")
        if told is None:  # not the daemon's
            return None
        asked = datetime.strptime(told + "+0000", "%Y%m%dT%H%M%SZ%z")
        now = datetime.now(timezone.utc) + AHEAD
        if exchange.path != "/" and abs(now - asked) > SKEW:
            date = ("Date", format_datetime(now, usegmt=True))
            return Fault(403, "RequestTimeTooSkewed", headers=(date,))
        return None

    def test_a_clock_20_minutes_off_stops_no_copy(self):
        at_once(lambda n: self.scene.put(f"o{n}", b"x"), range(20))
        self.scene.put("large", b"x" * 600_000)  # its body cannot be repeated
        self.run_and_compare()
        self.scene.post("o1", x_object_meta_a="b")
        self.scene.delete("o2")
        self.run_and_compare()

    def run_and_compare(self):
        """Run the daemon; it must tell of the clock once, and not wait."""
        self.proxy.choose = self.choose
        once = self.scene.run()
        self.proxy.choose = lambda _: None
        refused = sum(self.proxy.faults.values())
        tell(self, f"{refused} of {len(self.proxy.log)} requests refused")
        self.assertEqual(1, len(once.lines("clock is wrong")), once.log)
        self.assertEqual([], once.lines("rule paused"))
        self.assertEqual({}, self.scene.parked())
        self.scene.assert_equal_sides()
