# SPDX-License-Identifier: Apache-2.0
"""Do thousands of objects come and go, and for how many requests?"""

import unittest

from test.integration.scene import Scene
from test.integration.servers import moto, s3api, sink, sink_server
from test.integration.swift_client import at_once

PUT = 1001
POSTED = 200
DELETED = 2001  # three batches


class RequestsTest(unittest.TestCase):
    """The sink counts what each row costs."""

    def run_and_count(self, scene):
        """Run the daemon; return its requests by kind, and all of them."""
        before = sink().counts()
        scene.run("--log-level", "warning")
        spent = {
            kind: count - before[kind]
            for kind, count in sink().counts().items()
            if kind != "bytes"
        }
        return spent, sum(spent.values())

    def test_rows_cost_no_more_requests_than_they_need(self):
        scene = Scene(self, sink_server())
        names = [f"o{number}" for number in range(PUT)]
        at_once(scene.put, names)
        spent, total = self.run_and_count(scene)
        with self.subTest("put"):
            self.assertEqual(PUT, spent["PUT"])
            self.assertLessEqual(total, 1.02 * PUT)

        _, total = self.run_and_count(scene)
        with self.subTest("nothing changed"):
            self.assertEqual(0, total)

        at_once(
            lambda name: scene.post(name, x_object_meta_a="1"), names[:POSTED]
        )
        spent, total = self.run_and_count(scene)
        with self.subTest("post"):
            self.assertEqual(POSTED, spent["COPY"])
            self.assertLessEqual(total, 1.05 * POSTED)

        at_once(scene.delete, names)
        _, total = self.run_and_count(scene)
        with self.subTest("delete"):
            self.assertLessEqual(total, 0.01 * PUT)
            self.assertEqual({}, sink().objects(scene.bucket))


class BatchesTest(unittest.TestCase):
    """Thousands of deletes in one go, on both servers at once.

    A delete of what was never there leaves a tombstone too: so the objects
    need not be written, and copied, one by one.
    """

    def test_thousands_of_deletes_at_once_leave_nothing(self):
        names = [f"folder & <{n % 7}>/{n}" for n in range(DELETED)]
        first = Scene(self, moto())
        second = Scene(self, s3api(), of=first.container)
        first.configure(containers=[first.rule, second.rule])
        first.put("kept", b"x")
        first.run()
        at_once(lambda name: first.put_by_hand(name, b"x"), names[::3])
        at_once(lambda name: second.put_by_hand(name, b"x"), names[::10])
        at_once(
            lambda name: first.swift.request("DELETE", first.container, name),
            names,
        )
        first.run("--log-level", "warning")
        for scene in (first, second):
            with self.subTest(scene.server.name):
                self.assertEqual([scene.prefix + "kept"], scene.keys())
