# SPDX-License-Identifier: Apache-2.0
"""Are this node's databases found, and is every change of them noticed?"""

import os
import tempfile
import unittest
from pathlib import Path

from container_crawler.placement import Placement, Replica, fingerprint
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    Clock,
    Cluster,
    merge,
    put,
)

ONE, TWO, THREE = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class CaseInFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class PlacementTest(CaseInFolder):
    def replicas(self, ip, *primaries):
        self.cluster = Cluster(self.folder, primaries)
        return Placement(
            self.cluster.swift_dir, self.cluster.devices(ip), ip
        ).replicas(PHOTOS)

    def test_the_ordinal_is_the_place_among_the_primaries(self):
        (found,) = self.replicas(TWO, (THREE, "a"), (TWO, "b"), (ONE, "c"))
        self.assertEqual((1, 3), (found.ordinal, found.nodes))
        self.assertEqual(str(self.cluster.path(ordinal=1)), found.path)

    def test_every_replica_on_the_node_is_found(self):
        found = self.replicas(ONE, (ONE, "a"), (TWO, "a"), (ONE, "b"))
        self.assertEqual([0, 2], [each.ordinal for each in found])
        self.assertEqual(
            [str(self.cluster.path(ordinal=number)) for number in (0, 2)],
            [each.path for each in found],
        )

    def test_a_container_of_other_nodes_has_none(self):
        self.assertEqual((), self.replicas(ONE, (TWO, "a"), (THREE, "a")))

    def test_without_a_bind_ip_any_address_of_the_machine_is_ours(self):
        cluster = Cluster(self.folder, ((ONE, "a"), ("192.0.2.1", "b")))
        placement = Placement(
            cluster.swift_dir, cluster.devices(ONE), "0.0.0.0"
        )
        found = placement.replicas(PHOTOS)
        self.assertEqual([0], [each.ordinal for each in found])

    def test_a_database_lies_where_swift_puts_it(self):
        cluster = Cluster(self.folder)
        cluster.create()
        (found,) = Placement(
            cluster.swift_dir, cluster.devices(ONE), ONE
        ).replicas(PHOTOS)
        self.assertTrue(found.exists())

    def test_a_changed_ring_is_noticed_within_a_minute(self):
        cluster = Cluster(self.folder, ((ONE, "a"), (TWO, "a")))
        clock = Clock()
        placement = Placement(
            cluster.swift_dir, cluster.devices(ONE), ONE, clock
        )
        before = placement.replicas(PHOTOS)
        cluster.write_ring(((TWO, "a"), (ONE, "a")))
        os.utime(cluster.swift_dir / "container.ring.gz", (1, 1))
        self.assertEqual(before, placement.replicas(PHOTOS))
        clock.now += 60
        (after,) = placement.replicas(PHOTOS)
        self.assertEqual(1, after.ordinal)

    def test_a_ring_that_is_gone_for_a_moment_stays_in_use(self):
        cluster = Cluster(self.folder, ((ONE, "a"),))
        clock = Clock()
        placement = Placement(
            cluster.swift_dir, cluster.devices(ONE), ONE, clock
        )
        before = placement.replicas(PHOTOS)
        (cluster.swift_dir / "container.ring.gz").unlink()
        clock.now += 60
        with self.assertLogs("container_crawler.placement", "ERROR"):
            self.assertEqual(before, placement.replicas(PHOTOS))

    def test_a_broken_ring_is_told_and_the_next_good_one_is_taken(self):
        cluster = Cluster(self.folder, ((ONE, "a"), (TWO, "a")))
        clock = Clock()
        placement = Placement(
            cluster.swift_dir, cluster.devices(ONE), ONE, clock
        )
        before = placement.replicas(PHOTOS)
        (cluster.swift_dir / "container.ring.gz").write_bytes(b"R1NG broken")
        clock.now += 60
        with self.assertLogs("container_crawler.placement", "ERROR"):
            self.assertEqual(before, placement.replicas(PHOTOS))
        cluster.write_ring(((TWO, "a"), (ONE, "a")))
        clock.now += 60
        (after,) = placement.replicas(PHOTOS)
        self.assertEqual(1, after.ordinal)

    def test_once_sharded_a_database_is_found_under_its_new_name(self):
        cluster = Cluster(self.folder)
        cluster.create()
        (found,) = Placement(
            cluster.swift_dir, cluster.devices(ONE), ONE
        ).replicas(PHOTOS)
        path = cluster.path()
        sharded = path.with_name(f"{path.stem}_1700000000.00000.db")
        path.rename(sharded)
        self.assertEqual([str(sharded)], found.files())
        self.assertTrue(found.exists())
        self.assertIsNotNone(fingerprint(found))


class FingerprintTest(CaseInFolder):
    def setUp(self):
        super().setUp()
        cluster = Cluster(self.folder)
        self.broker = cluster.create()
        put(self.broker, "first")
        merge(self.broker)
        self.path = cluster.path()
        self.before = fingerprint(Replica(str(self.path), 0, 1))

    def assert_changed(self):
        self.assertNotEqual(
            self.before, fingerprint(Replica(str(self.path), 0, 1))
        )

    def test_a_database_that_is_left_alone_looks_the_same(self):
        merge(self.broker)
        self.assertEqual(
            self.before, fingerprint(Replica(str(self.path), 0, 1))
        )

    def test_a_row_that_waits_is_noticed(self):
        put(self.broker, "o")
        self.assert_changed()

    def test_a_row_that_was_merged_is_noticed(self):
        put(self.broker, "o")
        merge(self.broker)
        self.assert_changed()

    def test_another_file_beside_it_is_noticed(self):
        self.path.with_name("0_1.db").touch()
        self.assert_changed()

    def test_another_file_in_its_place_is_noticed(self):
        folder, database = (
            os.stat(each).st_mtime_ns for each in (self.path.parent, self.path)
        )
        copy = self.path.with_name("copy")
        copy.write_bytes(self.path.read_bytes())
        copy.rename(self.path)
        os.utime(self.path, ns=(database, database))
        os.utime(self.path.parent, ns=(folder, folder))
        self.assert_changed()

    def test_a_missing_database_has_none(self):
        self.assertIsNone(
            fingerprint(Replica(str(self.path.with_name("other.db")), 0, 1))
        )
        self.assertIsNone(
            fingerprint(Replica(f"{self.folder}/no/folder/x.db", 0, 1))
        )

    def test_every_file_of_a_database_is_looked_at(self):
        fresh = self.path.with_name(f"{self.path.stem}_1700000000.00000.db")
        fresh.touch()
        self.before = fingerprint(Replica(str(self.path), 0, 1))
        for path in (self.path, fresh):
            with self.subTest(path.name):
                os.utime(path, (5, 7))
                self.assert_changed()

    def test_a_folder_that_did_not_change_is_not_listed_again(self):
        replica = Replica(str(self.path), 0, 1)
        self.path.with_name(f"{self.path.stem}_1700000000.00000.db").touch()
        folder = self.path.parent
        times = os.stat(folder).st_mtime_ns
        before = self.before._replace(folder_changed=times)
        self.assertEqual(1, len(fingerprint(replica, before).files))
        os.utime(folder, ns=(times + 1, times + 1))
        self.assertEqual(2, len(fingerprint(replica, before).files))

    def test_it_tells_when_anything_of_it_was_written(self):
        other = self.path.with_name(f"{self.path.stem}_1700000000.00000.db")
        other.touch()
        places = self.path, other, self.path.parent
        for newest in places:
            for place in places:
                os.utime(place, (5, 7 if place is newest else 6))
            with self.subTest(newest.name):
                seen = fingerprint(Replica(str(self.path), 0, 1))
                self.assertEqual(7.0, seen.changed)
