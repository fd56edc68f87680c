# SPDX-License-Identifier: Apache-2.0
"""Is what the journal took still there after anything that can happen?"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from container_crawler.container import Container
from container_crawler.points import (
    PRIMARY,
    VERIFY,
    FileState,
    Sighting,
    SyncPoint,
)
from container_crawler.slices import Slice
from s3_sync.errors import JournalError
from s3_sync.model.row import Row
from s3_sync.replication import journal as journal_module
from s3_sync.replication.journal import Journal, Parked
from s3_sync.replication.journal_file import FILE_NAME
from s3_sync.replication.skipped import SkippedName

PHOTOS = Container("AUTH_test", "photos ✓")
OTHER = Container("AUTH_test", "other")
POINT = SyncPoint(
    "db-1",
    VERIFY,
    Slice(1, 3, 0, 2),
    rowid=42,
    existed_until=17,
    sightings=(Sighting(1.5, 40), Sighting(2.25, 44)),
    compare_until=50,
    file=FileState(2**64 - 1, 60, "0d195c3a-boot"),
)


def a_row(name="x", **changes):
    usual = (7, name, "1700000000.00000+5", 3, "text/é", "abc", False, 2)
    return replace(Row(*usual), **changes)


def parked(name="x", container=PHOTOS, **changes):
    usual = {
        "error": "it said no ✓",
        "attempts": 3,
        "first_failed": 1.25,
        "next_attempt": 10.0,
    }
    return Parked(container, a_row(name), **usual | changes)


class JournalTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.journal = self.open()

    def open(self, **how):
        journal = Journal(self.folder, **how)
        self.addCleanup(journal.close)
        return journal

    def reopened(self):
        self.journal.close()
        return self.open()


class SyncPointTest(JournalTest):
    def test_a_point_comes_back_as_it_was_saved(self):
        self.journal.save("rule", PHOTOS, [POINT])
        self.assertEqual([POINT], self.reopened().sync_points("rule", "db-1"))

    def test_nothing_is_known_of_what_was_never_saved(self):
        self.journal.save("rule", PHOTOS, [POINT])
        for rule, database_id in (("rule", "db-2"), ("other", "db-1")):
            points = self.journal.sync_points(rule, database_id)
            self.assertEqual([], points)

    def test_a_later_point_replaces_only_its_own_predecessor(self):
        others = [
            replace(POINT, pass_name=PRIMARY),
            replace(POINT, slice=Slice(2, 3, 0, 2)),
            replace(POINT, slice=Slice(1, 3, 1, 2)),
        ]
        self.journal.save("rule", PHOTOS, [POINT, *others])
        later = replace(POINT, rowid=99, sightings=())
        self.journal.save("rule", PHOTOS, [later])
        self.assertCountEqual(
            [later, *others], self.journal.sync_points("rule", "db-1")
        )

    def test_points_are_saved_all_or_none(self):
        self.journal.save("rule", PHOTOS, [POINT])
        broken = replace(POINT, pass_name=PRIMARY, rowid=object())
        with self.assertRaises(JournalError):
            self.journal.save(
                "rule", PHOTOS, [replace(POINT, rowid=50), broken]
            )
        self.assertEqual([POINT], self.reopened().sync_points("rule", "db-1"))

    def test_containers_with_points_are_known(self):
        self.journal.save("rule", PHOTOS, [POINT])
        self.journal.save("rule", PHOTOS, [replace(POINT, pass_name=PRIMARY)])
        self.journal.save("rule", OTHER, [replace(POINT, database_id="db-2")])
        self.assertCountEqual(
            [PHOTOS, OTHER], self.journal.known_containers("rule")
        )
        self.assertEqual([], self.journal.known_containers("another"))


class FirstMeetingTest(JournalTest):
    def test_whether_the_remote_was_empty_is_remembered(self):
        self.assertIsNone(self.journal.was_empty("rule", "db-1"))
        for was_empty in (True, False):
            self.journal.note_first_meeting(
                "rule", PHOTOS, "db-1", was_empty=was_empty
            )
            self.journal = self.reopened()
            found = self.journal.was_empty("rule", "db-1")
            self.assertIs(was_empty, found)
        self.assertIsNone(self.journal.was_empty("rule", "db-2"))


class ParkedTest(JournalTest):
    def test_a_row_comes_back_as_it_was_parked(self):
        self.journal.park("rule", parked("été \x01"))
        journal = self.reopened()
        self.assertEqual([parked("été \x01")], list(journal.parked("rule")))
        self.assertEqual(
            parked("été \x01"), journal.find_parked("rule", PHOTOS, "été \x01")
        )

    def test_a_name_has_one_parked_row(self):
        self.journal.park("rule", parked())
        later = parked(attempts=4, next_attempt=20.0)
        self.journal.park("rule", later)
        self.assertEqual([later], list(self.journal.parked("rule")))
        self.assertEqual(1, self.journal.count_parked("rule"))

    def test_rules_and_containers_do_not_mix(self):
        self.journal.park("rule", parked())
        self.journal.park("rule", parked(container=OTHER))
        self.journal.park("other", parked())
        self.assertEqual(2, self.journal.count_parked("rule"))
        self.assertIsNone(self.journal.find_parked("third", PHOTOS, "x"))
        self.journal.unpark("rule", PHOTOS, "x")
        self.assertEqual(
            [parked(container=OTHER)], list(self.journal.parked("rule"))
        )
        self.assertEqual([parked()], list(self.journal.parked("other")))

    def test_unparking_what_is_not_parked_is_no_error(self):
        self.journal.unpark("rule", PHOTOS, "x")
        self.assertIsNone(self.journal.find_parked("rule", PHOTOS, "x"))

    def test_due_rows_come_oldest_first_and_no_more_than_wanted(self):
        for name, when in (("a", 30.0), ("d", 10.0), ("b", 20.0), ("c", 40.0)):
            self.journal.park("rule", parked(name, next_attempt=when))

        def due(now, limit):
            found = self.journal.due("rule", now, limit)
            return [parked.row.name for parked in found.rows]

        self.assertEqual([], due(9.99, 10))
        self.assertEqual(["d", "b"], due(20.0, 10))
        self.assertEqual(["d", "b", "a"], due(99, 3))
        self.assertEqual([], due(99, 0))

    def _park_many(self, count):
        for number in range(count):
            when = float(number % 10)
            self.journal.park(
                "rule", parked(f"{number:03}", next_attempt=when)
            )

    def test_rows_that_are_not_wanted_leave_room_for_those_that_are(self):
        self._park_many(50)
        found = self.journal.due("rule", 99, 2, lambda _, n: n in "047 012")
        self.assertEqual(["012", "047"], [p.row.name for p in found.rows])
        self.assertEqual((7.0, "AUTH_test", PHOTOS.name, "047"), found.resume)

    def test_a_look_ends_and_the_next_one_goes_on_there(self):
        self._park_many(50)
        self.enterContext(mock.patch.object(journal_module, "SCANNED", 20))
        wanted, after, looks = [], None, 0
        while looks == 0 or after:
            rows, after = self.journal.due(
                "rule", 99, 10, lambda _, name: name == "049", after
            )
            wanted += [row.row.name for row in rows]
            looks += 1
        self.assertEqual((["049"], 3), (wanted, looks))

    def test_what_is_due_is_handed_out_in_turns(self):
        self._park_many(10)
        first = self.journal.due("rule", 99, 6)
        second = self.journal.due("rule", 99, 6, after=first.resume)
        names = [p.row.name for p in [*first.rows, *second.rows]]
        self.assertEqual([f"{n:03}" for n in range(10)], names)
        self.assertIsNone(second.resume)

    def test_rows_are_made_due_now_and_counted(self):
        self.enterContext(mock.patch.object(journal_module, "PAGE", 2))
        for name in "abcde":
            self.journal.park("rule", parked(name, next_attempt=50.0))
        self.journal.park("rule", parked("x", OTHER, next_attempt=50.0))
        self.journal.park("other", parked("y", next_attempt=50.0))
        self.assertEqual(5, self.journal.make_due("rule", PHOTOS, 20.0))
        due = self.journal.due("rule", 20.0, 9).rows
        self.assertEqual(list("abcde"), [p.row.name for p in due])
        self.assertEqual(3, due[0].attempts)
        self.assertEqual(6, self.journal.make_due("rule", None, 20.0))
        self.assertEqual(6, len(self.journal.due("rule", 20.0, 9).rows))
        self.assertEqual([], self.journal.due("other", 20.0, 9).rows)

    def test_what_is_due_already_does_not_come_later(self):
        self.journal.park("rule", parked(next_attempt=5.0))
        self.assertEqual(1, self.journal.make_due("rule", None, 20.0))
        self.assertEqual(1, len(self.journal.due("rule", 5.0, 9).rows))

    def test_a_million_rows_would_be_listed_page_by_page(self):
        self.enterContext(mock.patch.object(journal_module, "PAGE", 3))
        self._park_many(8)
        rows = self.journal.parked("rule")
        self.assertEqual("000", next(rows).row.name)
        self.journal.unpark("rule", PHOTOS, "007")
        names = [row.row.name for row in rows]
        self.assertEqual([f"{n:03}" for n in range(1, 7)], names)

    def test_rows_of_one_container_are_listed_and_counted(self):
        self.journal.park("rule", parked())
        self.journal.park("rule", parked(container=OTHER))
        found = list(self.journal.parked("rule", OTHER))
        self.assertEqual([parked(container=OTHER)], found)
        self.assertEqual(1, self.journal.count_parked("rule", OTHER))

    def test_whether_anything_is_parked_is_told(self):
        self.assertFalse(self.journal.has_parked("rule"))
        self.journal.park("rule", parked())
        self.assertTrue(self.journal.has_parked("rule"))

    def test_all_parked_rows_are_listed_by_container_and_name(self):
        for container, name in ((PHOTOS, "b"), (PHOTOS, "a"), (OTHER, "c")):
            self.journal.park("rule", parked(name, container))
        names = [p.row.name for p in self.journal.parked("rule")]
        self.assertEqual(["c", "a", "b"], names)

    def test_a_forgotten_container_leaves_nothing_and_others_alone(self):
        for container, database_id in ((PHOTOS, "db-1"), (OTHER, "db-2")):
            point = replace(POINT, database_id=database_id)
            self.journal.save("rule", container, [point])
            self.journal.park("rule", parked(container=container))
            self.journal.note_first_meeting(
                "rule", container, database_id, was_empty=True
            )
            skipped = SkippedName(container, "s", "too long", 1.0)
            self.journal.skipped.note("rule", skipped, database_id, 1)
        self.journal.forget("rule", PHOTOS)
        [left] = self.journal.skipped.names("rule")
        self.assertEqual(OTHER, left.container)
        self.assertEqual([], self.journal.sync_points("rule", "db-1"))
        self.assertIsNone(self.journal.was_empty("rule", "db-1"))
        self.assertEqual(
            [parked(container=OTHER)], list(self.journal.parked("rule"))
        )
        self.assertEqual([OTHER], self.journal.known_containers("rule"))
        self.assertTrue(self.journal.was_empty("rule", "db-2"))


class QuirkTest(JournalTest):
    def setUp(self):
        super().setUp()
        self.row = a_row("x")
        self.journal.note_quirk("r", PHOTOS, self.row, ["meta a", "expires"])

    def test_what_a_site_changes_is_remembered(self):
        journal = self.reopened()
        self.assertEqual(
            ["meta a", "expires"], journal.quirk("r", PHOTOS, self.row)
        )

    def test_it_holds_for_this_version_of_this_object_only(self):
        later = replace(self.row, created_at="1700000009.00000")
        for rule, container, row in (
            ("r", PHOTOS, later),
            ("r", PHOTOS, a_row("y")),
            ("r", OTHER, self.row),
            ("other", PHOTOS, self.row),
        ):
            with self.subTest(rule=rule, container=container, row=row):
                self.assertEqual([], self.journal.quirk(rule, container, row))

    def test_it_goes_with_the_container(self):
        self.journal.forget("r", PHOTOS)
        self.assertEqual([], self.journal.quirk("r", PHOTOS, self.row))


class FaultTest(JournalTest):
    def _fill_the_disk(self):
        """Let the file not grow any more."""
        connection = self.journal._connection
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def _park_until_it_fails(self):
        names = []
        with self.assertRaisesRegex(JournalError, "status_dir full"):
            for number in range(10_000):
                name = f"{number:05}" + "x" * 500
                self.journal.park("rule", parked(name))
                names.append(name)
        return names

    def test_a_full_disk_is_reported_and_loses_nothing(self):
        self.journal.save("rule", PHOTOS, [POINT])
        self._fill_the_disk()
        kept = self._park_until_it_fails()
        journal = self.reopened()
        self.assertEqual(kept, [p.row.name for p in journal.parked("rule")])
        self.assertEqual([POINT], journal.sync_points("rule", "db-1"))

    def test_after_a_full_disk_writing_goes_on(self):
        self._fill_the_disk()
        kept = self._park_until_it_fails()
        connection = self.journal._connection
        connection.execute("PRAGMA max_page_count = 1000000")
        self.journal.park("rule", parked("late"))
        self.assertEqual(len(kept) + 1, self.journal.count_parked("rule"))

    def test_what_was_written_survives_a_kill(self):
        code = (
            "import os, signal, sys; from pathlib import Path\n"
            "from test.unit.s3_sync.replication.test_journal import *\n"
            "journal = Journal(Path(sys.argv[1]))\n"
            "journal.park('rule', parked()); journal.save('rule', PHOTOS,"
            " [POINT]); os.kill(os.getpid(), signal.SIGKILL)"
        )
        root = Path(__file__).parents[4]
        ended = subprocess.run(
            [sys.executable, "-c", code, str(self.folder)], cwd=root
        )
        self.assertEqual(-signal.SIGKILL, ended.returncode)
        self.assertEqual([parked()], list(self.journal.parked("rule")))
        self.assertEqual([POINT], self.journal.sync_points("rule", "db-1"))

    def test_a_locked_journal_is_reported(self):
        self.journal._connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(self.folder / FILE_NAME)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        for write in (
            lambda: self.journal.park("rule", parked()),
            lambda: self.journal.save("rule", PHOTOS, [POINT]),
            self.journal.check,
        ):
            with self.assertRaisesRegex(JournalError, "locked"):
                write()
        other.rollback()
        self.journal.check()

    def test_check_changes_nothing(self):
        self.journal.save("rule", PHOTOS, [POINT])
        self.journal.check()
        self.assertEqual([POINT], self.reopened().sync_points("rule", "db-1"))

    def test_a_closed_journal_says_so_in_our_words(self):
        self.journal.close()
        for act in (
            lambda: list(self.journal.parked("rule")),
            lambda: self.journal.sync_points("rule", "db-1"),
            lambda: self.journal.was_empty("rule", "db-1"),
            lambda: self.journal.known_containers("rule"),
            lambda: self.journal.count_parked("rule"),
            lambda: self.journal.forget("rule", PHOTOS),
            self.journal.check,
        ):
            with self.assertRaises(JournalError):
                act()


class OpeningTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_reader_sees_what_the_daemon_writes_meanwhile(self):
        journal = Journal(self.folder)
        self.addCleanup(journal.close)
        reader = Journal(self.folder, read_only=True)
        self.addCleanup(reader.close)
        journal.park("rule", parked())
        self.assertEqual([parked()], list(reader.parked("rule")))

    def test_a_reader_cannot_write(self):
        Journal(self.folder).close()
        reader = Journal(self.folder, read_only=True)
        self.addCleanup(reader.close)
        with self.assertRaises(JournalError):
            reader.park("rule", parked())
        self.assertEqual([], list(reader.parked("rule")))

    def test_a_reader_makes_no_journal(self):
        with self.assertRaises(JournalError):
            Journal(self.folder, read_only=True)
        self.assertEqual([], os.listdir(self.folder))
