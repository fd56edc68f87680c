# SPDX-License-Identifier: Apache-2.0
"""Does the journal say what a rule waits for, as soon as it can?"""

import tempfile
import unittest
from pathlib import Path

from s3_sync.daemon.pause import Pause
from s3_sync.daemon.pause_notes import PauseNotes
from s3_sync.replication.journal import Journal
from s3_sync.replication.pauses import NotedPause


class PauseNotesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Journal(Path(folder.name))
        self.addCleanup(self.journal.close)
        self.notes = PauseNotes(self.journal.pauses, 2)
        self.pause = Pause()

    def noted(self):
        self.notes.follow("rule", self.pause)
        return self.journal.pauses.of("rule")

    def test_a_rule_that_works_is_not_noted(self):
        self.assertEqual([], self.noted())

    def test_a_pause_is_noted_with_its_reason_until_it_ends(self):
        self.pause.begin("down", 12.0)
        self.assertEqual([NotedPause(2, "down", 12.0)], self.noted())
        self.pause.probed_in_vain("still down", 13.0, 0)
        self.assertEqual([NotedPause(2, "still down", 12.0)], self.noted())
        self.pause.end()
        self.assertEqual([], self.noted())

    def test_what_has_not_changed_is_not_written(self):
        self.pause.begin("down", 12.0)
        self.noted()
        self.journal.file.connection.execute("DELETE FROM pauses")
        self.assertEqual([], self.noted())

    def test_what_a_full_disk_did_not_take_is_written_later(self):
        self.journal.file.connection.execute("PRAGMA query_only = 1")
        self.pause.begin("status_dir is full", 12.0)
        self.assertEqual([], self.noted())
        self.journal.file.connection.execute("PRAGMA query_only = 0")
        self.assertEqual(1, len(self.noted()))
