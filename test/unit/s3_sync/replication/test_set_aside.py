# SPDX-License-Identifier: Apache-2.0
"""Is a journal that cannot be used kept, and another one begun?"""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from s3_sync.errors import JournalError
from s3_sync.replication.journal import Journal
from s3_sync.replication.journal_file import FILE_NAME
from s3_sync.replication.set_aside import open_journal, set_aside_if_broken
from test.unit.s3_sync.replication.test_journal import PHOTOS, POINT


class SetAsideTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / FILE_NAME

    def open(self):
        journal = open_journal(self.folder)
        self.addCleanup(journal.close)
        return journal

    def _moved(self, reason):
        """Open; return where the old file is now, as one ERROR says."""
        with self.assertLogs("s3_sync", "ERROR") as logs:
            journal = self.open()
        [line] = logs.output
        self.assertIn("compared with the remote again", line)
        moved = Path(re.search(r"moved to (\S+) and", line)[1])
        self.assertRegex(moved.name, rf"{FILE_NAME}\.{reason}-\d+T\d+Z")
        self.assertEqual([], journal.sync_points("rule", "db-1"))
        journal.check()
        return moved

    def test_a_journal_of_ours_is_opened(self):
        Journal(self.folder).close()
        with self.assertNoLogs("s3_sync"):
            self.open()
        self.assertEqual([FILE_NAME], os.listdir(self.folder)[:1])

    def test_garbage_is_moved_as_it_is(self):
        garbage = b"something else entirely" * 100
        self.path.write_bytes(garbage)
        self.assertEqual(garbage, self._moved("corrupt").read_bytes())

    def test_one_of_a_later_version_can_go_back_to_its_software(self):
        journal = Journal(self.folder)
        journal.save("rule", PHOTOS, [POINT])
        journal.file.connection.execute("PRAGMA user_version = 99")
        journal.close()
        before = self.path.read_bytes()
        self.assertEqual(before, self._moved("newer").read_bytes())

    def test_somebody_else_s_keeps_its_mode_and_rows(self):
        connection = sqlite3.connect(self.path)
        with connection:
            connection.execute("CREATE TABLE t AS SELECT 5 AS a")
        connection.close()
        moved = sqlite3.connect(self._moved("foreign"))
        self.addCleanup(moved.close)
        mode = moved.execute("PRAGMA journal_mode").fetchone()
        rows = moved.execute("SELECT a FROM t").fetchall()
        self.assertEqual((("delete",), [(5,)]), (mode, rows))

    def test_what_is_only_in_the_wal_is_moved_with_it(self):
        writer = Journal(self.folder)
        self.addCleanup(writer.close)
        writer.save("rule", PHOTOS, [POINT])
        writer.file.connection.execute("PRAGMA user_version = 99")
        moved = sqlite3.connect(self._moved("newer"))
        self.addCleanup(moved.close)
        rows = moved.execute("SELECT rowid_done FROM sync_points").fetchall()
        self.assertEqual([(42,)], rows)

    def test_two_of_the_same_second_are_both_kept(self):
        for _ in range(2):
            self.path.write_bytes(b"garbage" * 1000)
            self._moved("corrupt")
            for end in ("", "-wal", "-shm"):
                self.path.with_name(FILE_NAME + end).unlink(missing_ok=True)
        self.assertEqual(2, len(list(self.folder.glob("*.corrupt-*"))))

    def test_a_file_that_may_not_be_read_stays(self):
        self.path.mkdir()
        with self.assertRaises(JournalError):
            open_journal(self.folder)
        self.assertTrue(self.path.is_dir())


class TogetherTest(SetAsideTest):
    def test_many_that_open_at_once_set_one_aside_and_share_another(self):
        self.path.write_bytes(b"garbage" * 1000)
        code = (
            "import sys, time; from pathlib import Path\n"
            "from s3_sync.replication.set_aside import open_journal\n"
            "print('ready', flush=True); sys.stdin.read()\n"
            "open_journal(Path(sys.argv[1])).check()"
        )
        command = [sys.executable, "-c", code, str(self.folder)]
        root = Path(__file__).parents[4]
        pipe = subprocess.PIPE
        processes = [
            subprocess.Popen(
                command, cwd=root, stdin=pipe, stdout=pipe, stderr=pipe
            )
            for _ in range(4)
        ]
        for process in processes:
            self.addCleanup(process.communicate)
            process.stdout.readline()
        for process in processes:
            process.stdin.close()
            process.stdin = None
        self.assertEqual([0] * 4, [process.wait(60) for process in processes])
        self.assertEqual(1, len(list(self.folder.glob("*.corrupt-*Z"))))


class BrokenTest(SetAsideTest):
    def _break(self, journal):
        with (
            self.assertRaises(JournalError),
            journal.file.reading("read rows"),
        ):
            int("this is no number")

    def test_one_that_breaks_in_use_is_moved(self):
        journal = self.open()
        journal.save("rule", PHOTOS, [POINT])
        self._break(journal)
        with self.assertLogs("s3_sync", "ERROR"):
            set_aside_if_broken(journal)
        journal.close()
        [moved] = self.folder.glob("*.corrupt-*Z")
        old = sqlite3.connect(moved)
        self.addCleanup(old.close)
        rows = old.execute("SELECT rowid_done FROM sync_points").fetchall()
        self.assertEqual([(42,)], rows)

    def test_one_that_is_well_stays(self):
        journal = self.open()
        set_aside_if_broken(journal)
        self.assertFalse(journal.lost)

    def test_the_second_process_moves_no_new_journal(self):
        first, second = self.open(), self.open()
        self._break(first)
        self._break(second)
        with self.assertLogs("s3_sync", "ERROR"):
            set_aside_if_broken(first)
        new = self.open()
        new.save("rule", PHOTOS, [POINT])
        with self.assertNoLogs("s3_sync"):
            set_aside_if_broken(second)
        first.close()
        second.close()
        self.assertEqual([POINT], new.sync_points("rule", "db-1"))
        self.assertEqual([POINT], self.open().sync_points("rule", "db-1"))
