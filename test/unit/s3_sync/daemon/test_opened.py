# SPDX-License-Identifier: Apache-2.0
"""Is a name looked up where its newest row is, with few files open?"""

import unittest

from container_crawler.database import DatabaseUnreadable
from s3_sync.daemon.opened import Opened
from test.doubles.fake_swift import FakeSwift
from test.doubles.rules import NOW


class Node:
    """Has any number of a container's databases."""

    def __init__(self, *databases):
        self.held = databases
        self.asked = 0

    def databases(self, _):
        self.asked += 1
        for database in self.held:
            if isinstance(database, Exception):
                raise database
            database.opened += 1
            yield database


class OpenedTest(unittest.TestCase):
    def setUp(self):
        self.one, self.two = FakeSwift(), FakeSwift()
        self.container = self.one.container

    def newest(self, *databases):
        return Opened(Node(*databases)).newest(self.container, "x")

    def test_without_a_database_there_is_none(self):
        self.assertIsNone(self.newest())

    def test_the_only_one_is_not_even_read(self):
        self.one.records_of = None
        self.assertIs(self.one, self.newest(self.one))

    def test_the_one_with_the_newer_row_counts(self):
        self.one.put("x", at=NOW)
        self.two.put("x", at=NOW + 1)
        self.assertIs(self.two, self.newest(self.one, self.two))
        self.assertIs(self.two, self.newest(self.two, self.one))

    def test_newer_metadata_count_too(self):
        for swift in (self.one, self.two):
            swift.put("x", at=NOW - 1)
        self.two.post("x")
        self.assertIs(self.two, self.newest(self.one, self.two))

    def test_a_tombstone_counts_as_any_row(self):
        self.one.put("x", at=NOW)
        self.two.delete("x", at=NOW + 1)
        self.assertIs(self.two, self.newest(self.one, self.two))

    def test_one_without_the_name_does_not_count(self):
        self.two.put("x")
        self.assertIs(self.two, self.newest(self.one, self.two))
        self.assertIs(self.one, self.newest(self.one, FakeSwift()))

    def test_many_names_open_each_once(self):
        node = Node(self.one, self.two)
        opened = Opened(node)
        for name in "abc":
            opened.newest(self.container, name)
        self.assertEqual(1, node.asked)

    def test_all_that_are_not_needed_are_closed(self):
        opened = Opened(Node(self.one, self.two))
        needed = opened.newest(self.container, "x")
        opened.close_all_but([needed, None])
        self.assertEqual((1, 0), (self.one.opened, self.two.opened))

    def test_one_that_cannot_be_opened_leaves_none_open(self):
        opened = Opened(Node(self.one, DatabaseUnreadable("broken.db")))
        with self.assertRaises(DatabaseUnreadable):
            opened.newest(self.container, "x")
        self.assertEqual(0, self.one.opened)

    def test_a_database_is_found_by_its_id(self):
        self.two.id = "another"
        opened = Opened(Node(self.one, self.two))
        self.assertIs(self.two, opened.by_id(self.container, "another"))
        self.assertIsNone(opened.by_id(self.container, "unknown"))
