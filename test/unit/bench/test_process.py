# SPDX-License-Identifier: Apache-2.0
"""Is what the kernel tells of a process read rightly?"""

import os
import unittest

from bench.process import (
    cpu_seconds,
    memory_mib,
    parse_cpu,
    parse_memory,
)

STATUS = "Name:\tdaemon\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n"


class ProcessTest(unittest.TestCase):
    def test_user_and_system_time_are_added(self):
        ticks = os.sysconf("SC_CLK_TCK")
        stat = f"7 (x) S 1 2 3 4 5 6 7 8 9 10 {2 * ticks} {ticks} 13"
        self.assertEqual(3.0, parse_cpu(stat))

    def test_a_program_may_have_any_name(self):
        ticks = os.sysconf("SC_CLK_TCK")
        stat = f"7 (a) b ( 1) S 1 2 3 4 5 6 7 8 9 10 {ticks} 0 13"
        self.assertEqual(1.0, parse_cpu(stat))

    def test_peak_and_present_memory_are_told_apart(self):
        self.assertEqual(200.0, parse_memory(STATUS, "VmHWM"))
        self.assertEqual(100.0, parse_memory(STATUS, "VmRSS"))

    def test_a_process_without_memory_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "no VmHWM"):
            parse_memory("Name:\tzombie\n", "VmHWM")

    def test_this_process_can_be_asked(self):
        self.assertGreaterEqual(cpu_seconds(os.getpid()), 0.0)
        present = memory_mib(os.getpid(), "VmRSS")
        self.assertGreater(present, 1.0)
        self.assertLess(present, 10_000.0)
