# SPDX-License-Identifier: Apache-2.0
"""Is it known what a rule waits for, and no longer than it waits?"""

import tempfile
import unittest
from pathlib import Path

from s3_sync.replication.journal import Journal
from s3_sync.replication.pauses import NotedPause

DOWN = NotedPause(0, "the site is down ✓", 12.5)


class PausesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Journal(Path(folder.name))
        self.addCleanup(self.journal.close)
        self.pauses = self.journal.pauses

    def test_each_process_has_its_own(self):
        other = NotedPause(1, "the bucket is gone", 1.0)
        self.pauses.note("rule", other)
        self.pauses.note("rule", DOWN)
        self.assertEqual([DOWN, other], self.pauses.of("rule"))
        self.assertEqual([], self.pauses.of("another"))

    def test_a_new_reason_replaces_the_old_one(self):
        self.pauses.note("rule", NotedPause(0, "slow", 12.5))
        self.pauses.note("rule", DOWN)
        self.assertEqual([DOWN], self.pauses.of("rule"))

    def test_one_that_ended_is_gone(self):
        self.pauses.note("rule", DOWN)
        self.pauses.end("rule", 1)
        self.assertEqual([DOWN], self.pauses.of("rule"))
        self.pauses.end("rule", 0)
        self.assertEqual([], self.pauses.of("rule"))

    def test_those_of_an_earlier_daemon_are_cleared(self):
        self.pauses.clear()
        self.pauses.note("rule", DOWN)
        self.pauses.clear()
        self.assertEqual([], self.pauses.of("rule"))
