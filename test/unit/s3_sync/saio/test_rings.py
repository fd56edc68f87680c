# SPDX-License-Identifier: Apache-2.0
"""Do the rings place every partition, and keep it there?"""

import tempfile
import unittest
from pathlib import Path

from swift.common.ring.ring import RingData

from s3_sync.saio.layout import Plan, SaioError
from s3_sync.saio.rings import ring_names, write_rings


def ports(plan, first):
    return {server: first + n for n, server in enumerate(plan.servers())}


class RingsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, first_port=6000, **shape):
        plan = Plan(self.root, **shape)
        plan.swift_dir.mkdir(exist_ok=True)
        write_rings(plan, ports(plan, first_port))

    def load(self, ring):
        return RingData.load(str(self.root / "etc" / f"{ring}.ring.gz"))

    def test_every_policy_has_its_ring(self):
        self.assertEqual(
            ["account", "container", "object", "object-1", "object-2"],
            ring_names(Plan(self.root, policies=3)),
        )

    def test_every_partition_is_on_as_many_nodes_as_it_has_replicas(self):
        self.write(nodes=3, replicas=2)
        replicas = self.load("object")._replica2part2dev_id
        self.assertEqual(2, len(replicas))
        for first, second in zip(*replicas, strict=True):
            self.assertNotEqual(first, second)

    def test_one_node_holds_one_replica_whatever_was_asked(self):
        self.write(nodes=1, replicas=3)
        self.assertEqual(1, len(self.load("container")._replica2part2dev_id))

    def test_a_device_is_where_its_server_listens(self):
        self.write(nodes=2)
        second = self.load("container").devs[1]
        self.assertEqual(
            ("127.0.0.2", 6005, "127.0.0.2", 6005, "d1"),
            (
                second["ip"],
                second["port"],
                second["replication_ip"],
                second["replication_port"],
                second["device"],
            ),
        )

    def test_new_ports_leave_every_partition_in_its_place(self):
        self.write(nodes=3, replicas=2)
        before = self.load("object")
        self.write(nodes=3, replicas=2, first_port=7000)
        after = self.load("object")
        self.assertEqual(
            before._replica2part2dev_id, after._replica2part2dev_id
        )
        self.assertEqual(7003, after.devs[0]["port"])

    def test_another_shape_than_the_data_have_is_refused(self):
        self.write(nodes=3)
        with self.assertRaisesRegex(SaioError, r"3 node\(s\) and 3 replica"):
            self.write(nodes=2)
