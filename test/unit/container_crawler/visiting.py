# SPDX-License-Identifier: Apache-2.0
"""How do the tests of visits make one?"""

import tempfile
import unittest
from pathlib import Path

from container_crawler.database import Database
from container_crawler.points import PRIMARY
from container_crawler.slices import Slice
from container_crawler.visit import Visit
from test.unit.container_crawler.fixtures import (
    LOGGER,
    Cluster,
    RecordingHandler,
    merge,
)

SLACK = 3600.0
START = 1_000_000.0
ALONE = Slice()
HERE = Slice(0, 2)
NAMES = [f"object-{number}" for number in range(12)]
OURS = [name for name in NAMES if HERE.owns(name)]
THEIRS = [name for name in NAMES if HERE.verifies(name)]


def stay(_found):
    return None


class CaseWithDatabase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = Cluster(Path(folder.name))
        self.broker = self.cluster.create()
        self.handler = RecordingHandler()

    def visit(self, share=ALONE, now=START):
        database = Database(self.cluster.path(), LOGGER)
        self.addCleanup(database.close)
        visit = Visit(database, share, self.handler, SLACK)
        visit.look(now)
        return visit

    def drain(self, share=ALONE, now=START):
        """Make a visit in which every row ends; return it."""
        visit = self.visit(share, now)
        self.go_on(visit)
        self.assertTrue(visit.drained)
        return visit

    def go_on(self, visit, most=1000):
        visit.hand_out(lambda: None, most)
        visit.settle()

    def saved(self, pass_name=PRIMARY):
        """Return the saved points of a pass, in the order of saving."""
        return [
            point.rowid
            for _, points in self.handler.saves
            for point in points
            if point.pass_name == pass_name
        ]

    def remove(self, *names):
        """Make rows vanish as reclaimed tombstones do."""
        merge(self.broker)
        with self.broker.get() as connection:
            for name in names:
                connection.execute(
                    "DELETE FROM object WHERE name = ?", (name,)
                )
            connection.commit()
