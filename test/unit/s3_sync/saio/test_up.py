# SPDX-License-Identifier: Apache-2.0
"""Does a launch that cannot succeed say so, and end with 1?"""

import fcntl
import subprocess
import tempfile
import unittest
from pathlib import Path

from s3_sync.saio.layout import Plan, fastest_folder
from s3_sync.saio.processes import up_command


class UpTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=fastest_folder())
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def assert_refused(self, plan, message):
        done = subprocess.run(
            up_command(plan), capture_output=True, text=True, check=False
        )
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, f"^saio: .*{message}")

    def test_a_foreign_folder_is_refused(self):
        (self.root / "letters").touch()
        self.assert_refused(Plan(self.root), "is not empty")

    def test_a_path_that_is_no_folder_is_refused(self):
        path = self.root / "file"
        path.touch()
        self.assert_refused(Plan(path), "File exists")

    def test_a_folder_is_not_used_twice_at_once(self):
        (self.root / "etc").mkdir()
        with (self.root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assert_refused(Plan(self.root), "in use by another run")
