# SPDX-License-Identifier: Apache-2.0
"""Does a journal of any earlier version become one of this version?"""

import shutil
import sqlite3
import tempfile
import threading
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from container_crawler.points import FileState
from s3_sync.errors import JournalError
from s3_sync.replication import journal_schema as schema
from s3_sync.replication.journal import Journal
from s3_sync.replication.journal_file import FILE_NAME
from test.unit.s3_sync.replication.test_journal import POINT, parked

V1 = Path(__file__).with_name("journal-v1.sqlite")
"""Written by the first release."""


class MigrationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / FILE_NAME
        shutil.copy(V1, self.path)

    def open(self):
        journal = Journal(self.folder)
        self.addCleanup(journal.close)
        return journal

    def version(self):
        connection = sqlite3.connect(self.path)
        try:
            return schema.version_of(connection)
        finally:
            connection.close()

    def test_all_that_the_first_version_knew_is_kept(self):
        self.assertEqual(1, self.version())
        journal = self.open()
        self.assertEqual(schema.VERSION, self.version())
        unknown = replace(POINT, compare_until=0, file=FileState())
        self.assertEqual([unknown], journal.sync_points("rule", "db-1"))
        self.assertTrue(journal.was_empty("rule", "db-1"))
        self.assertEqual([parked()], list(journal.parked("rule")))

    def test_it_has_the_tables_of_a_new_one(self):
        self.open()
        new = self.folder / "new"
        new.mkdir()
        Journal(new).close()
        tables = []
        for path in (self.path, new / FILE_NAME):
            connection = sqlite3.connect(path)
            self.addCleanup(connection.close)
            tables.append(
                connection.execute(
                    "SELECT name, sql FROM sqlite_master ORDER BY name"
                ).fetchall()
            )
        self.assertEqual(*tables)

    def test_a_step_that_fails_leaves_the_version_before_it(self):
        broken = (*schema.MIGRATIONS, "CREATE TABLE a (b); CREATE nonsense")
        with (
            mock.patch.object(schema, "MIGRATIONS", broken),
            mock.patch.object(schema, "VERSION", len(broken)),
            self.assertRaises(JournalError),
        ):
            Journal(self.folder)
        self.assertEqual(schema.VERSION, self.version())
        self.assertEqual([parked()], list(self.open().parked("rule")))

    def test_processes_that_start_together_migrate_once(self):
        errors = []

        def start():
            try:
                Journal(self.folder).close()
            except JournalError as error:
                errors.append(error)

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], errors)
        self.assertEqual(schema.VERSION, self.version())
