# SPDX-License-Identifier: Apache-2.0
"""Do deletes wait for company, but not for long?"""

import unittest

from container_crawler.container import Container
from s3_sync.daemon.deletes import FULL, LONGEST_WAIT, Deletes
from s3_sync.daemon.task import Task
from s3_sync.model.row import Row

PHOTOS, OTHER = Container("a", "photos"), Container("a", "other")


def a_delete(name, container=PHOTOS, time="1700000000.00000"):
    row = Row(1, name, time, 0, "", "", True, 0)
    return Task(row, container, None, lambda _: None)


class DeletesTest(unittest.TestCase):
    def setUp(self):
        self.deletes = Deletes()

    def _names(self, now):
        return [[t.row.name for t in b] for b in self.deletes.due(now)]

    def test_a_batch_is_due_when_its_first_delete_is_a_second_old(self):
        self.deletes.add(a_delete("a"), 10.0)
        self.deletes.add(a_delete("b"), 10.9)
        self.assertEqual([], self._names(10.99))
        self.assertEqual([["a", "b"]], self._names(10.0 + LONGEST_WAIT))
        self.assertEqual([], self._names(100.0))

    def test_a_full_batch_goes_at_once(self):
        batches = [
            self.deletes.add(a_delete(str(number)), 0.0)
            for number in range(FULL)
        ]
        self.assertEqual([0] * (FULL - 1) + [FULL], list(map(len, batches)))
        self.assertEqual([], self._names(100.0))

    def test_containers_have_their_own_batches(self):
        self.deletes.add(a_delete("a"), 0.0)
        self.deletes.add(a_delete("a", OTHER), 0.5)
        self.assertEqual([["a"]], self._names(1.0))
        self.assertEqual([["a"]], self._names(1.5))

    def test_a_delete_is_withdrawn_for_something_newer(self):
        older = a_delete("a")
        self.deletes.add(older, 0.0)
        newer = a_delete("a", time="1700000000.00001")
        self.assertIs(older, self.deletes.withdraw(newer))
        self.assertIsNone(self.deletes.withdraw(newer))
        self.assertEqual([], self._names(100.0))

    def test_it_is_not_withdrawn_for_something_older_or_equal(self):
        self.deletes.add(a_delete("a"), 0.0)
        for time in ("1600000000.00000", "1700000000.00000", "nonsense"):
            with self.subTest(time):
                other = a_delete("a", time=time)
                self.assertIsNone(self.deletes.withdraw(other))
        self.assertEqual([["a"]], self._names(100.0))

    def test_another_name_or_container_withdraws_nothing(self):
        self.deletes.add(a_delete("a"), 0.0)
        time = "1800000000.00000"
        for other in (
            a_delete("b", time=time),
            a_delete("a", OTHER, time=time),
        ):
            self.assertIsNone(self.deletes.withdraw(other))

    def test_an_infinite_time_empties_all(self):
        self.deletes.add(a_delete("a"), 5.0)
        self.deletes.add(a_delete("b", OTHER), 6.0)
        self.assertEqual([["a"], ["b"]], self._names(float("inf")))
