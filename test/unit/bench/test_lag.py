# SPDX-License-Identifier: Apache-2.0
"""Which of many times is the percentile?"""

import unittest

from bench.lag import percentile


class PercentileTest(unittest.TestCase):
    def test_it_is_a_time_that_was_measured(self):
        times = [float(number) for number in range(1, 101)]
        for percent, expected in ((50, 50.0), (99, 99.0), (100, 100.0)):
            with self.subTest(percent=percent):
                self.assertEqual(expected, percentile(times, percent))

    def test_the_last_of_few_times_is_the_99th_percentile(self):
        self.assertEqual(3.0, percentile([1.0, 2.0, 3.0], 99))

    def test_one_time_is_every_percentile(self):
        self.assertEqual(5.0, percentile([5.0], 50))
        self.assertEqual(5.0, percentile([5.0], 0))
