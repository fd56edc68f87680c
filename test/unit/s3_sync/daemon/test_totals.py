# SPDX-License-Identifier: Apache-2.0
"""Are a rule's rows counted for what became of them?"""

import unittest

from s3_sync.daemon.totals import Totals
from s3_sync.model.decide import Op
from s3_sync.model.row import Row
from s3_sync.model.timestamps import Stamps, Timestamp

NOW = 2000.0


def row(changed=NOW, size=5, posted=None):
    data = Timestamp.at(changed)
    metadata = Timestamp.at(posted) if posted else data
    created_at = str(Stamps(data, data, metadata))
    return Row(1, "x", created_at, size, "", "", False, 0)


class TotalsTest(unittest.TestCase):
    def setUp(self):
        self.totals = Totals(lambda: NOW)

    def test_each_operation_is_counted_by_its_name(self):
        for op in (Op.PUT, Op.PUT, Op.DELETE, Op.SKIP, Op.NOTHING):
            self.totals.settled(op, row())
        self.totals.parked()
        self.assertEqual(
            {"PUT": 2, "DELETE": 1, "SKIP": 1, "NOTHING": 1, "parked": 1},
            dict(self.totals.counts),
        )

    def test_bytes_are_those_of_copied_objects(self):
        for op in (Op.PUT, Op.PUT, Op.POST, Op.DELETE, Op.SKIP):
            self.totals.settled(op, row(size=7))
        self.assertEqual(14, self.totals.bytes)

    def test_the_slowest_is_told_once(self):
        for age in (3, 8, 5):
            self.totals.settled(Op.PUT, row(NOW - age))
        self.assertEqual(8.0, self.totals.take_slowest())
        self.assertIsNone(self.totals.take_slowest())

    def test_what_was_not_sent_is_neither_slow_nor_quick(self):
        self.totals.settled(Op.NOTHING, row(NOW - 9))
        self.totals.settled(Op.SKIP, row(NOW - 9))
        self.totals.parked()
        self.assertIsNone(self.totals.take_slowest())

    def test_the_last_change_counts_not_the_first(self):
        self.totals.settled(Op.POST, row(NOW - 900, posted=NOW - 2))
        self.assertEqual(2.0, self.totals.take_slowest())

    def test_a_change_of_the_future_is_not_negative(self):
        self.totals.settled(Op.PUT, row(NOW + 60))
        self.assertEqual(0.0, self.totals.take_slowest())
