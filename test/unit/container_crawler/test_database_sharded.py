# SPDX-License-Identifier: Apache-2.0
"""Is a sharded container's database read whole, in every state of it?"""

import tempfile
import unittest
from pathlib import Path

from swift.common.utils import ShardRange, Timestamp, get_db_files

from container_crawler.container import Container
from container_crawler.database import Database, shards_account
from test.unit.container_crawler.fixtures import (
    LOGGER,
    PHOTOS,
    Cluster,
    create_database,
    merge,
    put,
)
from test.unit.container_crawler.sharding import (
    HIDDEN,
    HIGH,
    LOW,
    become_shard,
    begin_sharding,
    end_sharding,
)


class ShardedCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cluster = Cluster(self.folder)

    def open(self, path):
        database = Database(path, LOGGER)
        self.addCleanup(database.close)
        return database

    def files(self):
        """Open every file of the container's database, the newest last."""
        return [
            self.open(file) for file in get_db_files(str(self.cluster.path()))
        ]

    def names(self, database):
        return [row["name"] for row in database.rows_since(0, 100)]


class RootTest(ShardedCase):
    def setUp(self):
        super().setUp()
        self.broker = self.cluster.create(policy=1)
        put(self.broker, "a", "z", policy=1)
        merge(self.broker)

    def test_an_unsharded_container_has_no_shards_and_keeps_its_rows(self):
        (database,) = self.files()
        self.assertFalse(database.moving)
        self.assertEqual([], database.shards())
        self.assertTrue(database.covers("anything"))

    def test_while_it_is_sharded_both_files_are_read(self):
        begin_sharding(self.broker)
        put(self.broker, "b", policy=1)
        retiring, fresh = self.files()
        self.assertEqual(["a", "z"], self.names(retiring))
        self.assertEqual(["b"], self.names(fresh))
        self.assertNotEqual(retiring.id, fresh.id)
        for database in (retiring, fresh):
            self.assertTrue(database.moving)
            self.assertEqual((PHOTOS, 1), (database.container, 1))
            self.assertEqual([HIGH, LOW], sorted(database.shards(), key=str))

    def test_rows_that_wait_never_reach_the_file_that_retires(self):
        (retiring,) = self.files()
        begin_sharding(self.broker)
        put(self.broker, "b", policy=1)
        retiring.refresh()
        retiring.records_of("b")
        self.assertEqual(["a", "z"], self.names(retiring))
        self.assertEqual(["b"], self.names(self.files()[-1]))

    def test_the_current_rows_of_a_name_are_those_of_both_files(self):
        begin_sharding(self.broker)
        put(self.broker, "a", at=2000, policy=1, deleted=1)
        for database in self.files():
            with self.subTest(database.path):
                records = database.records_of("a")
                self.assertEqual(
                    ["0000001000.00000", "0000002000.00000"],
                    sorted(record["created_at"] for record in records),
                )

    def test_once_sharded_it_names_its_shards(self):
        begin_sharding(self.broker)
        end_sharding(self.broker)
        (database,) = self.files()
        self.assertTrue(database.moving)
        self.assertEqual([], self.names(database))
        self.assertEqual([HIGH, LOW], sorted(database.shards(), key=str))

    def test_shards_that_shrank_are_named_until_they_are_reclaimed(self):
        begin_sharding(self.broker)
        end_sharding(self.broker)
        ranges = self.broker.get_shard_ranges()
        for each in ranges[:1]:
            each.update_state(ShardRange.SHRUNK, each.timestamp)
            each.set_deleted()
        self.broker.merge_shard_ranges(ranges)
        (database,) = self.files()
        self.assertEqual(2, len(database.shards()))

    def test_once_collapsed_it_is_a_container_like_any_other(self):
        begin_sharding(self.broker)
        end_sharding(self.broker)
        ranges = self.broker.get_shard_ranges()
        for each in ranges:
            each.update_state(ShardRange.SHRUNK, each.timestamp)
            each.set_deleted()
        self.broker.merge_shard_ranges(ranges)
        put(self.broker, "a", policy=1)
        (database,) = self.files()
        self.assertFalse(database.moving)
        self.assertEqual(["a"], self.names(database))


class ShardTest(ShardedCase):
    def shard(self, **how):
        path = self.cluster.path(LOW)
        path.parent.mkdir(parents=True)
        broker = create_database(path, LOW)
        return become_shard(broker, LOW, **how)

    def test_a_shard_belongs_to_its_root(self):
        put(self.shard(), "a")
        database = self.open(self.cluster.path(LOW))
        self.assertEqual(PHOTOS, database.container)
        self.assertEqual(["a"], self.names(database))
        self.assertEqual([], database.shards())

    def test_a_shard_covers_its_part_of_the_names(self):
        self.shard()
        database = self.open(self.cluster.path(LOW))
        for name, covered in (("a", True), ("m", True), ("n", False)):
            self.assertEqual(covered, database.covers(name), name)

    def test_rows_move_until_a_shard_is_active(self):
        broker = self.shard(state=ShardRange.CREATED)
        database = self.open(self.cluster.path(LOW))
        for state, moving in (
            (ShardRange.CREATED, True),
            (ShardRange.CLEAVED, True),
            (ShardRange.ACTIVE, False),
            (ShardRange.SHRINKING, True),
        ):
            with self.subTest(ShardRange.STATES[state]):
                own = broker.get_own_shard_range()
                own.update_state(state, Timestamp(100 + state))
                broker.merge_shard_ranges([own])
                database.refresh()
                self.assertEqual(moving, database.moving)

    def test_the_hidden_account_is_named_after_the_account(self):
        self.assertEqual(HIDDEN, shards_account(PHOTOS.account))

    def test_another_hidden_account_s_containers_are_their_own(self):
        expiring = Container(".expiring_objects", "1700000000")
        self.cluster.create(expiring)
        database = self.open(self.cluster.path(expiring))
        self.assertEqual(expiring, database.container)
        self.assertFalse(database.moving)
