# SPDX-License-Identifier: Apache-2.0
"""Is a row told from one that waited somewhere before we saw it?"""

import unittest

from container_crawler.lateness import PROMPT_SECONDS, Lateness

SLACK = 3600.0
NOW = 1_000_000.0


def record(rowid, age, deleted=0):
    created_at = f"{NOW - age:016.5f}"
    return {"ROWID": rowid, "created_at": created_at, "deleted": deleted}


class LatenessTest(unittest.TestCase):
    def setUp(self):
        self.lateness = Lateness(SLACK)
        self.lateness.look(10, NOW)

    def late(self, *row, **how):
        return self.lateness.is_late(record(*row, **how))

    def test_a_row_is_late_when_others_may_have_handled_it(self):
        for age, late in ((0, False), (SLACK - 1, False), (SLACK + 1, True)):
            with self.subTest(age):
                self.assertEqual(late, self.late(1, age))

    def test_a_row_becomes_late_while_it_waits_for_its_turn(self):
        self.assertFalse(self.late(1, 0))
        self.lateness.look(11, NOW + SLACK + 1)
        self.assertTrue(self.late(1, 0))

    def test_a_deletion_is_late_when_it_was_not_announced_at_once(self):
        prompt = PROMPT_SECONDS
        for age, late in ((0, False), (prompt - 1, False), (prompt + 1, True)):
            with self.subTest(age):
                self.assertEqual(late, self.late(1, age, deleted=1))

    def test_a_deletion_that_only_waits_for_its_turn_is_not_late(self):
        self.lateness.look(20, NOW + 100)
        self.assertFalse(self.late(10, 0, deleted=1))
        self.assertTrue(self.late(11, 0, deleted=1))
        self.assertFalse(self.late(11, -100, deleted=1))

    def test_few_times_are_kept_however_long_rows_wait(self):
        for number in range(1000):
            self.lateness.look(11 + number, NOW + number)
        self.assertLessEqual(len(self.lateness._seen), 64)
        self.assertFalse(self.late(10, 0, deleted=1))
        self.assertTrue(self.late(900, -900, deleted=1))
        self.assertFalse(self.late(1010, -999, deleted=1))
