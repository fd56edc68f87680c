# SPDX-License-Identifier: Apache-2.0
"""Is a sync point read as it was written?"""

import unittest

from s3_sync.replication.point_rows import COLUMNS, point_row, read_point
from test.unit.s3_sync.replication.test_journal import PHOTOS, POINT


class PointRowsTest(unittest.TestCase):
    def test_a_point_comes_back_as_it_was(self):
        rule, account, container, *row = point_row("rule", PHOTOS, POINT)
        self.assertEqual(("rule", PHOTOS.account), (rule, account))
        self.assertEqual(PHOTOS.name, container)
        self.assertEqual(POINT, read_point(row))

    def test_there_is_a_value_for_each_column(self):
        values = point_row("rule", PHOTOS, POINT)
        self.assertEqual(3 + len(COLUMNS.split(",")), len(values))
