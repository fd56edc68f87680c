# SPDX-License-Identifier: Apache-2.0
"""Does a test run leave anything behind, even one that is killed?"""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from test.integration.daemon import wait_until
from test.integration.servers import ROOT

RUN = """
import sys, unittest
from test.integration import servers
from test.integration.scene import Scene
case = unittest.TestCase()
scene = Scene(case, servers.moto())
Scene(case, servers.sink_server())
daemon = scene.start()
daemon.wait_for("started")
print(servers.folder(), flush=True)
sys.stdin.read()
case.doCleanups()
"""


def processes_of(parent):
    """Return the process ids of all descendants."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *processes_of(child)]
    return found


def runs(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


class LifetimeTest(unittest.TestCase):
    def setUp(self):
        self.run_of_tests = subprocess.Popen(
            [sys.executable, "-c", RUN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        self.addCleanup(self.run_of_tests.communicate)
        self.addCleanup(self.run_of_tests.kill)
        self.folder = Path(self.run_of_tests.stdout.readline().strip())
        self.pids = processes_of(self.run_of_tests.pid)

    def assert_nothing_is_left(self):
        wait_until(lambda: not any(map(runs, self.pids)), "all processes end")
        wait_until(lambda: not self.folder.exists(), "the folder is gone")

    def test_a_killed_run_leaves_nothing_behind(self):
        self.assertGreaterEqual(len(self.pids), 5)
        os.kill(self.run_of_tests.pid, signal.SIGKILL)
        self.run_of_tests.wait()
        self.assert_nothing_is_left()

    def test_a_run_that_ends_leaves_nothing_behind(self):
        self.run_of_tests.stdin.close()
        self.run_of_tests.stdin = None
        self.assertEqual(0, self.run_of_tests.wait(60))
        self.assert_nothing_is_left()
