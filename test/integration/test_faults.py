# SPDX-License-Identifier: Apache-2.0
"""Do answers that fail, for one object or for all, lose or stop anything?"""

import unittest
from itertools import count

from test.integration.faults import Fault, FaultyServer
from test.integration.scene import Scene
from test.integration.servers import moto

NAMES = [f"o{number}" for number in range(10)]


class FaultsTest(unittest.TestCase):
    def setUp(self):
        self.faulty = FaultyServer(self, moto())
        self.scene = Scene(self, self.faulty.server)
        for name in (*NAMES, "bad"):
            self.scene.put(name, b"bytes")

    def fail_bad(self, fault):
        """Fail every request about the object `bad`."""
        self.faulty.choose = lambda _method, target: (
            fault if target.endswith("/bad") else None
        )

    def fail_first(self, number, fault):
        """Fail the first requests about any object."""
        counter = count()
        self.faulty.choose = lambda _method, target: (
            fault
            if "list-type" not in target and next(counter) < number
            else None
        )

    def assert_only_bad_is_parked(self, once):
        self.assertEqual({"bad"}, set(self.scene.parked()), once.log)
        self.assertEqual(set(NAMES), set(self.scene.copies()))

    def test_an_object_that_is_refused_is_parked_and_the_others_go_on(self):
        for fault in (
            Fault(403, "AccessDenied"),
            Fault(400, "InvalidRequest"),
            Fault(400, "BadDigest"),
            Fault(418, "NeverHeardOf"),
        ):
            with self.subTest(fault.code):
                self.setUp()
                self.fail_bad(fault)
                self.assert_only_bad_is_parked(self.scene.run(expect=1))

    def test_an_object_that_breaks_the_server_stops_no_other(self):
        for fault in (Fault(500, "InternalError"), Fault()):
            with self.subTest(fault):
                self.setUp()
                self.fail_bad(fault)
                once = self.scene.run(expect=1, seconds=20)
                self.assert_only_bad_is_parked(once)

    def test_faults_of_the_site_are_waited_for(self):
        for fault in (
            Fault(503, "SlowDown"),
            Fault(500, "InternalError"),
            Fault(403, "RequestTimeTooSkewed"),
            Fault(),
        ):
            with self.subTest(fault):
                self.setUp()
                self.fail_first(5, fault)
                self.scene.run()
                self.assertEqual({}, self.scene.parked())
                self.scene.assert_equal_sides()

    def test_an_answer_that_is_lost_does_no_harm(self):
        self.fail_first(5, Fault(late=True))
        self.scene.run()
        for name in NAMES:
            self.scene.delete(name)
        self.fail_first(1, Fault(late=True))
        self.scene.run()
        self.assertEqual({"bad"}, set(self.scene.assert_equal_sides()))
