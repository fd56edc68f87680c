# SPDX-License-Identifier: Apache-2.0
"""Which rows wait for this node?"""

import tempfile
import unittest
from itertools import chain
from pathlib import Path

from container_crawler.slices import Slice
from test.unit.container_crawler.fixtures import (
    LOGGER,
    Cluster,
    put,
)

from container_crawler.backlog import backlog  # isort: skip
from container_crawler.database import Database  # isort: skip
from container_crawler.points import PRIMARY, VERIFY, SyncPoint  # isort: skip

ALL = Slice()


class BacklogTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        cluster = Cluster(Path(folder.name))
        self.broker = cluster.create()
        self.database = Database(cluster.path(), LOGGER)
        self.addCleanup(self.database.close)

    def waiting(self, share=ALL, points=()):
        self.database.refresh()
        return [r["name"] for r in backlog(self.database, share, points)]

    def point(self, rowid, pass_name=PRIMARY):
        return SyncPoint(self.database.id, pass_name, ALL, rowid)

    def test_before_the_first_run_all_rows_wait(self):
        put(self.broker, "a", "b")
        self.assertEqual(["a", "b"], self.waiting())

    def test_rows_that_the_sync_point_has_passed_do_not_wait(self):
        put(self.broker, "a", "b", "c")
        self.assertEqual(["c"], self.waiting(points=[self.point(2)]))

    def test_the_verify_pass_keeps_nobody_waiting(self):
        put(self.broker, "a", "b")
        points = [self.point(2), self.point(0, VERIFY)]
        self.assertEqual([], self.waiting(points=points))

    def test_others_rows_do_not_wait_for_us(self):
        names = [f"object {number}" for number in range(50)]
        put(self.broker, *names)
        shares = [self.waiting(Slice(ordinal, 3)) for ordinal in range(3)]
        self.assertEqual(sorted(names), sorted(chain(*shares)))
        self.assertTrue(all(shares))

    def test_a_backlog_of_many_batches_is_counted_whole(self):
        put(self.broker, *(f"object {number}" for number in range(2500)))
        self.assertEqual(2500, len(self.waiting()))
