# SPDX-License-Identifier: Apache-2.0
"""Are polls counted, and is their cost told for one?"""

import tempfile
import unittest
from pathlib import Path

from bench.idle_containers import Polls, Reading, begins_poll, per_poll

LISTING = (
    '2026-11-20 14:12:17 INFO account-server-1: 127.0.0.1 - - "GET '
    '/d1/58/AUTH_idle" 200 9 "GET http://localhost/v1/AUTH_idle?'
    'format=json&marker={}" "tx" "swift-s3-sync" 0.1'
)
FIRST_PAGE = LISTING.format("")
NEXT_PAGE = LISTING.format("container-009999")


class PollsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "swift.log"
        self.log.touch()

    def write(self, text):
        with self.log.open("a") as log:
            log.write(text)

    def test_only_the_first_page_begins_a_poll(self):
        self.assertTrue(begins_poll(FIRST_PAGE))
        self.assertFalse(begins_poll(NEXT_PAGE))

    def test_what_others_ask_begins_no_poll(self):
        for line in (
            FIRST_PAGE.replace("account-server", "proxy-server"),
            FIRST_PAGE.replace("GET /", "HEAD /"),
            FIRST_PAGE.replace("AUTH_idle", "AUTH_test"),
        ):
            with self.subTest(line=line):
                self.assertFalse(begins_poll(line))

    def test_lines_that_come_later_are_added(self):
        polls = Polls(self.log)
        self.assertEqual(0, polls.count())
        self.write(f"{FIRST_PAGE}\n{NEXT_PAGE}\n")
        self.assertEqual(1, polls.count())
        self.write(f"{FIRST_PAGE}\n")
        self.assertEqual(2, polls.count())

    def test_a_line_that_is_being_written_counts_once(self):
        polls = Polls(self.log)
        self.write(FIRST_PAGE[:60])
        self.assertEqual(0, polls.count())
        self.write(f"{FIRST_PAGE[60:]}\n")
        self.assertEqual(1, polls.count())
        self.assertEqual(1, polls.count())


class PerPollTest(unittest.TestCase):
    def test_the_cost_is_shared_among_the_polls_between_readings(self):
        readings = [
            Reading(polls=5, time=10.0, cpu=2.0, swift_cpu=1.0),
            Reading(polls=6, time=11.0, cpu=2.75, swift_cpu=1.0),
            Reading(polls=9, time=14.0, cpu=3.0, swift_cpu=3.0),
        ]
        self.assertEqual(
            {
                "polls": 4,
                "seconds_per_poll": 1.0,
                "cpu_per_poll": 0.25,
                "cpu_of_dearest_poll": 0.75,
                "swift_cpu_per_poll": 0.5,
            },
            per_poll(readings),
        )
