# SPDX-License-Identifier: Apache-2.0
"""Is a row that was read a while ago still the one that counts?"""

import unittest
from dataclasses import replace

from s3_sync.daemon.task import Task
from test.doubles.fake_swift import FakeSwift


class TaskTest(unittest.TestCase):
    def setUp(self):
        self.swift = FakeSwift()

    def _task(self, row, database=True, **how):
        swift = self.swift
        return Task(
            row,
            swift.container,
            swift if database else None,
            lambda _: None,
            **how,
        )

    def test_the_newest_row_is_not_superseded(self):
        self.assertFalse(self._task(self.swift.put("x")).superseded())

    def test_a_newer_row_of_the_name_supersedes(self):
        task = self._task(self.swift.put("x"))
        self.swift.put("y")
        self.assertFalse(task.superseded())
        self.swift.delete("x")
        self.assertTrue(task.superseded())

    def test_rows_of_another_file_are_told_apart_by_their_times(self):
        old = self.swift.put("x")
        new = self.swift.put("x")
        for case, row, known, superseded in (
            ("the same", new, replace(new, rowid=3), False),
            ("an older one", new, replace(old, rowid=99), False),
            ("a newer one", old, replace(new, rowid=1), True),
            ("nonsense", old, replace(new, created_at="nonsense"), True),
        ):
            with self.subTest(case):
                self.swift._rows = {("x", 0): known}
                if case == "nonsense":
                    row = replace(row, created_at="other nonsense")
                    self.swift._rows = {("x", 0): old}
                self.assertEqual(superseded, self._task(row).superseded())

    def test_a_parked_row_becomes_the_newer_one(self):
        task = self._task(self.swift.put("x"), parked=True)
        newer = self.swift.put("x")
        self.assertFalse(task.superseded())
        self.assertEqual(newer, task.row)

    def test_a_row_in_another_policy_supersedes_nothing(self):
        row = self.swift.put("x")
        newer = replace(self.swift.put("x"), policy=1)
        self.swift._rows = {("x", 0): row, ("x", 1): newer}
        self.assertFalse(self._task(row).superseded())

    def test_a_database_without_the_name_supersedes_nothing(self):
        row = self.swift.put("x")
        self.swift._rows.clear()
        self.assertFalse(self._task(row).superseded())

    def test_without_a_database_nothing_is_known_of_newer_rows(self):
        task = self._task(self.swift.put("x"), database=False)
        self.swift.put("x")
        self.assertFalse(task.superseded())

    def test_the_containers_policy_counts_not_the_rows(self):
        row = replace(self.swift.put("x"), policy=2)
        self.swift.policy = 3
        self.assertEqual(3, self._task(row).policy)
        self.assertEqual(2, self._task(row, database=False).policy)

    def test_only_a_later_data_time_is_newer(self):
        task = self._task(self.swift.put("x"))
        same = self._task(self.swift.post("x"))
        later = self._task(self.swift.put("x"))
        odd = self._task(replace(later.row, created_at="nonsense"))
        self.assertTrue(task.is_older_than(later))
        for other in (same, odd, task):
            self.assertFalse(task.is_older_than(other))
        self.assertFalse(later.is_older_than(task))

    def test_the_key_is_container_and_name(self):
        task = self._task(self.swift.put("x"))
        self.assertEqual((self.swift.container, "x"), task.key)
