# SPDX-License-Identifier: Apache-2.0
"""Is what the daemon counted found in its log?"""

import unittest

from bench.daemon import parse_totals
from bench.stage import BenchError

LINE = "2026-11-20 14:00:00 INFO s3_sync.daemon.service[7]: "


class TotalsTest(unittest.TestCase):
    def test_every_count_is_a_number(self):
        log = f"{LINE}totals local_requests=7 put=5 nothing=2\n"
        self.assertEqual(
            {"local_requests": 7, "put": 5, "nothing": 2}, parse_totals(log)
        )

    def test_the_last_of_several_runs_counts(self):
        log = f"{LINE}totals put=1\n{LINE}totals put=2\n{LINE}stopped\n"
        self.assertEqual({"put": 2}, parse_totals(log))

    def test_a_daemon_that_never_got_there_is_an_error(self):
        with self.assertRaises(BenchError):
            parse_totals(f"{LINE}started rules=1\n")
