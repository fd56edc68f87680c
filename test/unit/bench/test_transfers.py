# SPDX-License-Identifier: Apache-2.0
"""Is what a start costs kept out of what an object costs?"""

import unittest
from dataclasses import replace

from test.unit.bench.measured import IDLE_RUN, transfer


class TransferTest(unittest.TestCase):
    def test_starting_and_stopping_are_subtracted(self):
        measured = transfer()  # 100 objects, 3 s, 1 s of CPU
        self.assertEqual(2.0, measured.working_seconds)
        self.assertEqual(50.0, measured.operations_per_second)
        self.assertAlmostEqual(5.0, measured.cpu_ms_per_operation)
        self.assertAlmostEqual(0.2048, measured.megabytes_per_second)

    def test_bytes_are_no_requests(self):
        self.assertEqual(101, transfer().remote_requests)

    def test_local_requests_are_what_the_daemon_counted(self):
        self.assertEqual(100, transfer().local_requests)

    def test_a_run_as_short_as_an_idle_one_divides_nothing_by_zero(self):
        slow = replace(IDLE_RUN, wall_seconds=3.0)
        self.assertGreater(transfer(idle=slow).operations_per_second, 0)
