# SPDX-License-Identifier: Apache-2.0
"""Are sharded containers copied like any other, in every state of theirs?"""

import json
import unittest

from s3_sync.saio.layout import ADMIN
from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.scene import Scene
from test.integration.swift_client import Swift, at_once
from test.integration.test_status import containers

OBJECTS = 120


class ShardedTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.sink_server())
        self.scene.configure(containers=[self.scene.rule])
        at_once(self.put, range(OBJECTS))

    def put(self, number):
        self.scene.put(f"object {number:03}", b"%d" % number)

    def shard(self):
        """Ask for the container to be sharded, and let that be done."""
        running = servers.source()
        admin = Swift(
            running.cluster.auth_url,
            ADMIN.login,
            ADMIN.key,
            self.scene.swift.account,
        )
        self.addCleanup(admin.close)
        admin.do(
            "POST",
            self.scene.container,
            headers={"X-Container-Sharding": "on"},
        )
        running.run_daemon("container-sharder")

    def sent(self, method="PUT"):
        counts = servers.sink().counts()
        servers.sink().reset()
        return counts.get(method, 0)

    def test_a_container_that_was_sharded_before_the_rule_is_copied(self):
        self.shard()
        self.scene.run()
        self.assert_copied()
        with self.subTest("changes"):
            self.change()
            self.scene.run()
            self.assert_copied()
            self.assertEqual(0, containers(self.scene)[0]["pending"])

    def test_sharding_sends_nothing_again(self):
        self.scene.run()
        self.assert_copied()
        self.sent()
        self.shard()
        self.scene.run()
        self.assertEqual(0, self.sent())
        self.change()
        self.assertEqual(3, containers(self.scene)[0]["pending"])
        self.scene.run()
        self.assert_copied()

    def test_a_daemon_that_runs_goes_on_in_the_shards(self):
        daemon = self.scene.start()
        daemon.wait_for("started")
        self.shard()
        self.change()
        wait_until(self.copied, "all is copied")
        self.assertEqual(0, daemon.terminate())

    def change(self):
        """Write, change and delete objects, of both shards."""
        self.scene.put("new", b"new")
        self.scene.put("object 000", b"changed")
        self.scene.delete("object 119")

    def copied(self):
        return self.remote() == self.local()

    def assert_copied(self):
        self.assertEqual(self.local(), self.remote())

    def local(self):
        body = self.scene.swift.do(
            "GET", self.scene.container, query="format=json"
        ).body
        return {each["name"]: each["hash"] for each in json.loads(body)}

    def remote(self):
        objects = servers.sink().objects(self.scene.bucket)
        return {
            key.removeprefix(self.scene.prefix): each["etag"]
            for key, each in objects.items()
        }
