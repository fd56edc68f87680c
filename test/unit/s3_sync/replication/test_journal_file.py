# SPDX-License-Identifier: Apache-2.0
"""Is a file that is no journal of ours told from one, and left alone?"""

import os
import sqlite3
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from s3_sync.errors import JournalError, JournalUnusable
from s3_sync.replication import journal_file
from s3_sync.replication.journal_file import FILE_NAME, JournalFile
from s3_sync.replication.journal_schema import VERSION


class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / FILE_NAME

    def open(self, use="make"):
        file = JournalFile(self.folder, use)
        self.addCleanup(file.close)
        return file

    def write(self, *statements):
        connection = sqlite3.connect(self.path, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()


class UnusableTest(FileTest):
    def _refused(self, reason, pattern):
        """Check that no use of the file is possible or changes anything."""
        before = {p: p.read_bytes() for p in self.folder.iterdir()}
        for use in ("make", "write", "read"):
            with self.subTest(use):
                with self.assertRaisesRegex(
                    JournalUnusable, f"{self.path}.*{pattern}"
                ) as caught:
                    JournalFile(self.folder, use)
                self.assertEqual(reason, caught.exception.reason)
                after = {p: p.read_bytes() for p in self.folder.iterdir()}
                self.assertEqual(before, after)

    def test_one_of_a_later_version(self):
        self.open().close()
        self.write(f"PRAGMA user_version = {VERSION + 1}")
        self._refused("newer", f"schema {VERSION + 1}, not {VERSION}")

    def test_somebody_else_s_database(self):
        self.write("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
        self._refused("foreign", "not written by this software")

    def test_somebody_else_s_database_with_a_version_like_ours(self):
        self.write("CREATE TABLE parked (a)", "PRAGMA user_version = 1")
        self._refused("foreign", "not written by this software")

    def test_a_negative_version(self):
        self.write("PRAGMA user_version = -1")
        self._refused("foreign", "not written by this software")

    def test_what_is_no_database(self):
        self.path.write_bytes(b"something else entirely" * 100)
        self._refused("corrupt", "not a database")

    def test_a_truncated_one(self):
        self.open().close()
        os.truncate(self.path, self.path.stat().st_size // 2)
        self._refused("corrupt", "malformed")

    def test_an_empty_one_whose_wal_is_not(self):
        self.path.touch()
        self.path.with_name(FILE_NAME + "-wal").write_bytes(b"x" * 100)
        self._refused("corrupt", "-wal")


class UsableTest(FileTest):
    def test_a_missing_folder_is_named(self):
        missing = self.folder / "missing"
        with self.assertRaisesRegex(JournalError, f"{missing}.*create it"):
            JournalFile(missing, "make")
        self.assertFalse(missing.exists())

    def test_an_empty_file_becomes_a_journal(self):
        self.path.touch()
        self.open().check()

    def test_what_an_operator_adds_does_no_harm(self):
        self.open().close()
        self.write("ANALYZE", "CREATE TABLE notes (text)")
        self.open().check()

    def test_without_one_there_is_nothing_to_read_or_change(self):
        for use in ("read", "write"):
            with (
                self.subTest(use),
                self.assertRaisesRegex(JournalError, "none yet"),
            ):
                JournalFile(self.folder, use)
        self.assertEqual([], os.listdir(self.folder))

    def test_one_of_an_earlier_version_is_not_changed_by_a_command(self):
        self.open().close()
        self.write("PRAGMA user_version = 1")
        for use in ("read", "write"):
            with (
                self.subTest(use),
                self.assertRaisesRegex(JournalError, "start the daemon"),
            ):
                JournalFile(self.folder, use)

    def test_a_locked_one_is_not_at_fault(self):
        file = self.open()
        file.connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(self.path)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        with self.assertRaisesRegex(JournalError, "locked"):
            file.check()
        self.assertFalse(file.lost)

    def test_an_odd_path_is_no_riddle(self):
        folder = self.folder / "a b?mode=ro#é%20"
        folder.mkdir()
        JournalFile(folder, "make").close()
        self.assertIn(FILE_NAME, os.listdir(folder))


class CheckTest(FileTest):
    def test_it_leaves_nothing_behind(self):
        file = self.open()
        file.check()
        [rows] = file.connection.execute("SELECT count(*) FROM filler")
        self.assertEqual((0,), rows)

    def test_it_fails_where_a_few_bytes_fit_but_no_work_does(self):
        file = self.open()
        [[pages]] = file.connection.execute("PRAGMA page_count")
        file.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        with file.writing("write a little"):
            file.connection.execute("INSERT INTO editions VALUES (1, 2)")
        with self.assertRaisesRegex(JournalError, "status_dir full"):
            file.check()
        self.assertFalse(file.lost)


class DamageTest(FileTest):
    def _damage(self):
        """Overwrite a page of a table."""
        file = self.open()
        with file.writing("fill it"):
            file.connection.executemany(
                "INSERT INTO pauses VALUES (?, 0, ?, 1.0)",
                [(f"{n:04}", "x" * 500) for n in range(100)],
            )
        file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[root]] = file.connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'pauses'"
        )
        file.close()
        with self.path.open("r+b") as raw:
            raw.seek((root - 1) * 4096)
            raw.write(b"\xff" * 4096)

    def _opened_damaged(self):
        """Open one that is too large to be checked at the start."""
        self._damage()
        self.enterContext(mock.patch.object(journal_file, "SMALL", 0))
        return self.open()

    def test_it_is_found_at_the_start_in_a_small_journal(self):
        self._damage()
        with self.assertRaisesRegex(JournalUnusable, "damaged: "):
            JournalFile(self.folder, "make")

    def test_a_broken_page_is_found_when_it_is_read(self):
        file = self._opened_damaged()
        self.assertFalse(file.lost)
        with (
            self.assertRaises(JournalUnusable) as caught,
            file.reading("read pauses"),
        ):
            file.connection.execute("SELECT * FROM pauses").fetchall()
        self.assertEqual("corrupt", caught.exception.reason)
        self.assertTrue(file.lost)

    def test_a_broken_page_is_found_when_it_is_written(self):
        file = self._opened_damaged()
        with self.assertRaises(JournalUnusable), file.writing("write"):
            file.connection.execute("DELETE FROM pauses")
        self.assertTrue(file.lost)

    def test_values_that_nobody_wrote_are_damage(self):
        file = self.open()
        with self.assertRaises(JournalUnusable), file.reading("read"):
            int("x")
        self.assertTrue(file.lost)

    def test_bytes_that_are_no_text_are_damage(self):
        file = self.open()
        statement = "SELECT CAST(x'ff' AS TEXT)"
        with self.assertRaises(JournalUnusable), file.reading("read"):
            file.connection.execute(statement).fetchone()


class LostTest(FileTest):
    def test_an_open_journal_that_was_deleted_is_lost(self):
        file = self.open()
        self.assertFalse(file.lost)
        self.path.unlink()
        self.assertTrue(file.lost)

    def test_one_that_was_replaced_is_lost(self):
        file = self.open()
        self.path.rename(self.folder / "moved")
        self.path.touch()
        self.assertTrue(file.lost)
