# SPDX-License-Identifier: Apache-2.0
"""Is a container database read whole, also what still waits beside it?"""

import os
import tempfile
import unittest
from pathlib import Path

from swift.common.utils import Timestamp

from container_crawler.database import Database, DatabaseUnreadable
from test.unit.container_crawler.fixtures import (
    LOGGER,
    PHOTOS,
    Cluster,
    databases_opened,
    merge,
    put,
)


class DatabaseTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = Cluster(Path(folder.name))
        self.broker = self.cluster.create(policy=1)
        self.path = self.cluster.path()

    def open(self):
        database = Database(self.path, LOGGER)
        self.addCleanup(database.close)
        return database

    def test_it_knows_its_container_id_and_policy(self):
        database = self.open()
        self.assertEqual(PHOTOS, database.container)
        self.assertEqual(1, database.policy)
        self.assertEqual(self.broker.get_info()["id"], database.id)

    def test_a_re_created_container_may_have_another_policy(self):
        database = self.open()
        before = database.id
        self.broker.delete_db(Timestamp(5).internal)
        self.broker.set_storage_policy_index(0, Timestamp(6).internal)
        self.broker.update_put_timestamp(Timestamp(6).internal)
        database.refresh()
        self.assertEqual((before, 0), (database.id, database.policy))

    def test_an_empty_database_has_no_highest_row(self):
        self.assertEqual(0, self.open().max_row())

    def test_rows_that_wait_are_merged_by_a_refresh(self):
        database = self.open()
        put(self.broker, "a", "b")
        self.assertEqual(0, database.max_row())
        database.refresh()
        self.assertEqual(2, database.max_row())

    def test_rows_are_read_in_order_also_those_that_wait(self):
        put(self.broker, "b", "a", "c")
        rows = self.open().rows_since(1, 10)
        self.assertEqual(["a", "c"], [row["name"] for row in rows])
        self.assertEqual([2, 3], [row["ROWID"] for row in rows])

    def test_no_more_rows_are_read_than_wanted(self):
        put(self.broker, "a", "b", "c")
        rows = self.open().rows_since(0, 2)
        self.assertEqual(["a", "b"], [row["name"] for row in rows])

    def test_a_deleted_container_can_be_read(self):
        put(self.broker, "a", at=5, policy=1)
        put(self.broker, "a", at=6, policy=1, deleted=1)
        self.broker.delete_db(Timestamp(7).internal)
        self.assertTrue(self.broker.is_deleted())
        (row,) = self.open().rows_since(0, 10)
        self.assertEqual(1, row["deleted"])

    def test_a_name_can_have_a_row_in_every_policy(self):
        put(self.broker, "a", at=5, policy=0, deleted=1)
        put(self.broker, "a", at=6, policy=1)
        put(self.broker, "b", at=6)
        rows = self.open().records_of("a")
        self.assertEqual(
            {(0, 1), (1, 0)},
            {(row["storage_policy_index"], row["deleted"]) for row in rows},
        )

    def test_the_rows_of_a_name_are_the_current_ones(self):
        database = self.open()
        put(self.broker, "a", at=5)
        database.records_of("a")
        put(self.broker, "a", at=6)
        (row,) = database.records_of("a")
        self.assertEqual("0000000006.00000", row["created_at"])

    def test_a_name_without_rows_has_none(self):
        self.assertEqual([], self.open().records_of("a' OR 1=1"))

    def test_after_a_close_reading_opens_it_again(self):
        put(self.broker, "a")
        database = self.open()
        database.close()
        database.close()
        with databases_opened() as opened:
            self.assertEqual(1, len(database.rows_since(0, 1)))
        self.assertEqual([self.path.name], opened)

    def test_a_close_leaves_no_file_open(self):
        database = self.open()
        database.close()
        self.broker.conn.close()
        held = [
            os.readlink(f"/proc/self/fd/{fd}")
            for fd in os.listdir("/proc/self/fd")
            if os.path.exists(f"/proc/self/fd/{fd}")
        ]
        self.assertNotIn(str(self.path), held)


class UnreadableTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = Cluster(Path(folder.name))
        self.path = self.cluster.path()

    def assert_unreadable(self, action, *args):
        with self.assertRaisesRegex(DatabaseUnreadable, str(self.path)):
            action(*args)

    def test_a_file_that_is_no_database_is_reported(self):
        self.path.parent.mkdir(parents=True)
        self.path.write_bytes(b"garbage" * 1000)
        self.assert_unreadable(Database, self.path, LOGGER)

    def test_a_missing_file_is_reported(self):
        self.assert_unreadable(Database, self.path, LOGGER)

    def test_a_database_that_vanishes_is_reported(self):
        put(self.cluster.create(), "a")
        database = Database(self.path, LOGGER)
        database.close()
        self.path.unlink()
        self.assert_unreadable(database.refresh)
        self.assert_unreadable(database.max_row)
        self.assert_unreadable(database.rows_since, 0, 1)
        self.assert_unreadable(database.records_of, "a")

    def test_a_table_that_is_gone_is_reported(self):
        broker = self.cluster.create()
        merge(broker)
        database = Database(self.path, LOGGER)
        self.addCleanup(database.close)
        with broker.get() as connection:
            connection.execute("DROP TABLE object")
            connection.commit()
        self.assert_unreadable(database.rows_since, 0, 1)
