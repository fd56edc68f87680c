# SPDX-License-Identifier: Apache-2.0
"""Do three daemons bring everything, though a node fails and comes back?"""

import hashlib
import os
import random
import sys
import threading
import unittest

from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.recorder import Recorder
from test.integration.swift_client import at_once
from test.integration.three_nodes import ThreeNodes

OBJECTS = 800
CHANGED = 120
SLACK = 36.0
"""Seconds; longer than rows may have to wait on a busy machine."""

SECONDS = 400
TRIES = 5
SEED = int(os.environ.get("S3_SYNC_TEST_SEED", random.randrange(10**9)))


class CaseOnThreeNodes(unittest.TestCase):
    """Knows what it has written, and so what must arrive."""

    def setUp(self):
        self.recorder = Recorder(self, servers.sink_server())
        self.nodes = ThreeNodes(self, self.recorder.server, SLACK)
        self.expected: dict[str, str] = {}
        self.count = 0
        self.lock = threading.Lock()
        servers.sink().reset()

    def put(self, name):
        with self.lock:
            self.count += 1
            body = b"%s %d" % (name.encode(), self.count)
        self.swift("PUT", name, body)
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        self.expected[name] = digest

    def delete(self, name):
        self.swift("DELETE", name)
        del self.expected[name]

    def delete_and_put(self, name):
        self.delete(name)
        self.put(name)

    def swift(self, method, name, body=b""):
        """Ask again while a node fails, as users do."""
        for _ in range(TRIES):
            answer = self.nodes.swift.request(
                method, self.nodes.container, name, body
            )
            if answer.status in (201, 204, 404):
                return
        self.fail(f"{method} {name}: {answer.status}")

    def remote(self):
        objects = servers.sink().objects(self.nodes.bucket)
        return {
            key.split("/", 3)[3]: each["etag"] for key, each in objects.items()
        }

    def arrived(self):
        return self.remote() == self.expected

    def assert_little_sent_again(self, what):
        """Assert that next to no version came twice, and none too late."""
        self.assertEqual({}, self.recorder.overtaken())
        counts, versions = servers.sink().counts(), self.recorder.versions()
        sys.stdout.write(
            f"{what}: {versions} versions sent with {counts['PUT']} PUTs"
            f" ({counts['PUT'] / versions:.4f} each), {counts['HEAD']} HEADs,"
            f" {counts['MULTI_DELETE'] + counts['DELETE']} deletes\n"
        )
        self.assertLessEqual(counts["PUT"], 1.02 * versions)


class FailingNodeTest(CaseOnThreeNodes):
    def test_each_row_is_sent_by_one_node_and_verified_by_the_others(self):
        names = [f"object {number}" for number in range(150)]
        self.nodes.start()
        at_once(self.put, names)
        wait_until(self.arrived, "all arrive")
        wait_until(self.nodes.settled, "all is verified", SECONDS)
        counts = servers.sink().counts()
        self.assertEqual(150, counts["PUT"], counts)
        self.assertGreaterEqual(counts["HEAD"], 300, counts)

    def test_a_node_that_fails_amid_work_and_returns_loses_nothing(self):
        with self.subTest(seed=SEED):
            self.fail_amid_work(random.Random(SEED))
            self.assertEqual(self.expected, self.remote())
        self.assert_little_sent_again("one node of three fails and returns")

    def fail_amid_work(self, chance):
        """Fail; write, change, delete and re-create meanwhile; return."""
        names = [f"object {number}" for number in range(OBJECTS)]
        self.nodes.start()
        writer = threading.Thread(target=at_once, args=(self.put, names))
        writer.start()
        wait_until(lambda: len(self.remote()) > OBJECTS // 6, "work is on")
        self.nodes.power_off(3)
        writer.join()
        wait_until(self.arrived, "the others bring its share", SECONDS)
        changed = chance.sample(names, 3 * CHANGED)
        at_once(self.put, changed[:CHANGED])
        at_once(self.delete, changed[CHANGED : 2 * CHANGED])
        at_once(self.delete_and_put, changed[2 * CHANGED :])
        wait_until(self.arrived, "the others bring the changes", SECONDS)
        self.nodes.power_on(3)
        self.nodes.start(3)
        at_once(self.put, [f"new {number}" for number in range(CHANGED)])
        self.nodes.replicate()
        wait_until(self.arrived, "all arrive", SECONDS)
        wait_until(self.nodes.settled, "all is verified", SECONDS)


class ShardingTest(CaseOnThreeNodes):
    def test_sharding_loses_nothing_and_sends_next_to_nothing_again(self):
        names = [f"object {number:03}" for number in range(150)]
        self.nodes.start()
        at_once(self.put, names)
        wait_until(self.arrived, "all arrive", SECONDS)
        self.nodes.shard()
        for round_ in range(3):
            self.nodes.running.run_daemon("container-sharder", round_ + 1)
            at_once(self.put, [f"new {round_} {n}" for n in range(20)])
            at_once(self.put, names[round_ * 10 :: 30])
            at_once(self.delete, names[round_ * 10 + 1 :: 30])
        for node in (1, 2, 3):
            self.nodes.running.run_daemon("container-sharder", node)
        self.nodes.replicate()
        wait_until(self.arrived, "all arrive", SECONDS)
        self.assertGreater(self.nodes.shards(), 1)
        wait_until(self.nodes.settled, "all is verified", SECONDS)
        self.assertEqual(self.expected, self.remote())
        self.assert_little_sent_again("a container is sharded")
