# SPDX-License-Identifier: Apache-2.0
"""Does a `status_dir` have one daemon, and is it free when that ends?"""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from s3_sync.daemon import lock
from s3_sync.daemon.lock import DaemonLock, running_daemon
from s3_sync.errors import JournalError

ROOT = Path(__file__).parents[4]
HOLD = """
import subprocess, sys
from pathlib import Path
from s3_sync.daemon.lock import DaemonLock
lock = DaemonLock(Path(sys.argv[1]))
if sys.argv[2:]:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    child = subprocess.Popen(command, pass_fds=[lock.descriptor])
print("taken", flush=True)
sys.stdin.read()
"""


class LockTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("GLIMPSE_SECONDS", "ORPHAN_SECONDS"):
            self.enterContext(mock.patch.object(lock, name, 0.0))

    def take(self):
        taken = DaemonLock(self.folder)
        self.addCleanup(taken.release)
        return taken

    def other(self, *options):
        """Let another process take the lock."""
        command = [sys.executable, "-c", HOLD, str(self.folder), *options]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(b"taken\n", process.stdout.readline())
        return process

    def test_a_second_daemon_is_refused_and_told_of_the_first(self):
        first = self.other()
        with self.assertRaisesRegex(
            JournalError, f"{self.folder}.* process {first.pid};"
        ):
            DaemonLock(self.folder)
        self.assertEqual(first.pid, running_daemon(self.folder))

    def test_a_killed_daemon_leaves_it_free(self):
        first = self.other()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        self.assertIsNone(running_daemon(self.folder))
        self.take()
        self.assertEqual(os.getpid(), running_daemon(self.folder))

    def test_the_processes_of_a_killed_daemon_are_waited_for(self):
        first = self.other("with a child")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with self.assertRaises(JournalError):
            DaemonLock(self.folder)
        lock.ORPHAN_SECONDS = 60.0
        first.stdin.close()  # the child ends when it has read that
        first.stdin = None
        self.take()

    def test_one_that_was_given_back_is_free(self):
        DaemonLock(self.folder).release()
        self.assertIsNone(running_daemon(self.folder))
        self.take()

    def test_without_a_file_no_daemon_runs(self):
        self.assertIsNone(running_daemon(self.folder))
        self.assertEqual([], os.listdir(self.folder))

    def test_a_daemon_that_could_not_say_who_it_is_runs_all_the_same(self):
        self.take()
        os.truncate(self.folder / lock.FILE_NAME, 0)
        self.assertEqual(0, running_daemon(self.folder))

    def test_a_missing_folder_is_named(self):
        with self.assertRaisesRegex(JournalError, "create it"):
            DaemonLock(self.folder / "missing")

    def test_what_cannot_be_opened_is_named(self):
        (self.folder / lock.FILE_NAME).mkdir()
        with self.assertRaisesRegex(JournalError, "daemon.lock: cannot be"):
            DaemonLock(self.folder)
