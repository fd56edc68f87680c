# SPDX-License-Identifier: Apache-2.0
"""Do failures wait longer each time, but not for ever?"""

import unittest

from s3_sync.replication.backoff import LONGEST, backoff


class BackoffTest(unittest.TestCase):
    def test_waits_double_from_a_second_to_an_hour(self):
        waits = [backoff(attempts, 0) for attempts in range(1, 15)]
        self.assertEqual([1, 2, 4, 8, 16], waits[:5])
        self.assertEqual([2048, 3600, 3600], waits[11:])

    def test_an_hour_is_the_longest_however_often_it_failed(self):
        for attempts in (13, 100, 10_000, 10**9):
            with self.subTest(attempts):
                self.assertEqual(LONGEST, backoff(attempts, 0))

    def test_jitter_takes_up_to_half_away(self):
        for attempts in (1, 5, 50):
            whole = backoff(attempts, 0)
            self.assertEqual(whole / 2, backoff(attempts, 1))
            self.assertEqual(whole * 3 / 4, backoff(attempts, 0.5))

    def test_another_limit_can_be_given(self):
        self.assertEqual(60, backoff(20, 0, 60))
