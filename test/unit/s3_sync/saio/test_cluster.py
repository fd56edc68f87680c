# SPDX-License-Identifier: Apache-2.0
"""Is a running cluster described so that it can be used?"""

import json
import unittest
from pathlib import Path

from s3_sync.saio.cluster import Cluster, RunningCluster, greeting
from s3_sync.saio.layout import Plan, SaioError

PLAN = Plan(Path("/cluster"), nodes=2)
PORTS = {server: 6000 + n for n, server in enumerate(PLAN.servers())}
CLUSTER = Cluster.of(PLAN, PORTS, {"swift": 42})


class ClusterTest(unittest.TestCase):
    def test_a_cluster_survives_json(self):
        line = CLUSTER.to_json()
        self.assertNotIn("\n", line)
        self.assertEqual(CLUSTER, Cluster.from_json(line))

    def test_json_says_where_to_log_in_and_as_whom(self):
        told = json.loads(CLUSTER.to_json())
        self.assertEqual("http://127.0.0.1:6000/auth/v1.0", told["auth_url"])
        self.assertEqual("http://127.0.0.1:6000", told["s3_url"])
        self.assertEqual(
            ("test:tester", "testing"), (told["user"], told["key"])
        )
        self.assertEqual({"swift": 42}, told["pids"])

    def test_a_node_is_known_by_its_address_and_devices(self):
        node = CLUSTER.node(2)
        self.assertEqual("127.0.0.2", node.ip)
        self.assertEqual(Path("/cluster/node2"), node.devices)
        self.assertEqual(
            {"account": 6004, "container": 6005, "object": 6006}, node.ports
        )

    def test_a_person_is_told_what_to_try(self):
        text = greeting(CLUSTER)
        self.assertIn(
            "swift -A http://127.0.0.1:6000/auth/v1.0 -U test:tester "
            "-K testing list",
            text,
        )
        self.assertIn("--endpoint-url http://127.0.0.1:6000", text)

    def test_a_node_within_the_one_process_cannot_be_killed(self):
        running = RunningCluster(None, CLUSTER)
        with self.assertRaisesRegex(SaioError, 'layout="pernode"'):
            running.kill_node(1)
