# SPDX-License-Identifier: Apache-2.0
"""Do green threads wait, end and time out as they should?"""

import subprocess
import sys
import unittest

from s3_sync import concurrency

START = """
from s3_sync import concurrency
concurrency.patch()
import threading, time
"""


def run(code):
    """Run `code` in a patched process: patching cannot be undone."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", START + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class ConcurrencyTest(unittest.TestCase):
    def assert_prints(self, expected, code):
        done = run(code)
        self.assertEqual((expected, ""), (done.stdout, done.stderr))

    def test_a_sleeping_thread_lets_the_others_run(self):
        self.assert_prints(
            "other\nslept\n",
            "thread = threading.Thread(target=print, args=['other'])\n"
            "thread.start(); time.sleep(0.01); print('slept')",
        )

    def test_a_deadline_ends_what_waits(self):
        self.assert_prints(
            "late: 0 s\n",
            "try:\n"
            "    with concurrency.deadline(0.01):\n"
            "        time.sleep(60)\n"
            "except concurrency.DeadlinePassed as error:\n"
            "    print('late:', error)",
        )

    def test_what_is_in_time_goes_on_undisturbed(self):
        self.assert_prints(
            "fine\n",
            "with concurrency.deadline(0.01):\n"
            "    pass\n"
            "time.sleep(0.05); print('fine')",
        )

    def test_no_more_threads_than_wanted_run_at_once(self):
        self.assert_prints(
            "2\n6\n",
            "running, most, ended = set(), [], []\n"
            "def work(number):\n"
            "    running.add(number); most.append(len(running))\n"
            "    time.sleep(0.005)\n"
            "    running.remove(number); ended.append(number)\n"
            "threads = concurrency.GreenThreads(2)\n"
            "for number in range(6):\n"
            "    threads.spawn(work, number)\n"
            "while len(ended) < 6: time.sleep(0.001)\n"
            "print(max(most)); print(len(ended))",
        )

    def test_work_that_fails_does_not_end_the_process(self):
        self.assert_prints(
            "on\n",
            "threads = concurrency.GreenThreads(1)\n"
            "threads.spawn(int, 'x')\n"
            "threads.spawn(print, 'on')\n"
            "time.sleep(0)",
        )

    def test_swift_s_time_outs_are_no_exceptions(self):
        self.assertFalse(issubclass(concurrency.Timeout, Exception))
        self.assertTrue(issubclass(concurrency.Timeout, BaseException))

    def test_a_missed_deadline_is_an_exception(self):
        self.assertTrue(issubclass(concurrency.DeadlinePassed, Exception))
