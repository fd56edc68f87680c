# SPDX-License-Identifier: Apache-2.0
"""Does Swift read the folder that it is told, or say that it cannot?"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONF = """
[swift-hash]
swift_hash_path_prefix = {name}
swift_hash_path_suffix = {name}
[storage-policy:0]
name = {name}
default = yes
"""
USE = """
import sys
from pathlib import Path
from container_crawler.swift_dir import use_swift_dir
a, b = map(Path, sys.argv[1:])
"""


class SwiftDirTest(unittest.TestCase):
    """What Swift imports is the process's, hence one process per test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folders = [Path(folder.name) / name for name in ("one", "two")]
        for each in self.folders:
            each.mkdir()
            (each / "swift.conf").write_text(CONF.format(name=each.name))

    def run_code(self, code):
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", USE + code]
            + [str(folder) for folder in self.folders],
            capture_output=True,
            text=True,
            check=False,
        )

    def assert_prints(self, expected, code):
        done = self.run_code(code)
        self.assertEqual((expected + "\n", ""), (done.stdout, done.stderr))

    def assert_raises(self, expected, code):
        done = self.run_code(code)
        self.assertRegex(done.stderr.splitlines()[-1], expected)

    def test_policies_come_from_the_folder(self):
        self.assert_prints(
            "one",
            "use_swift_dir(a)\n"
            "from swift.common.storage_policy import POLICIES\n"
            "print(POLICIES[0].name)",
        )

    def test_the_hash_path_comes_from_the_folder(self):
        self.assert_prints(
            "b'one' b'one'",
            "use_swift_dir(a)\n"
            "from swift.common import utils\n"
            "print(utils.HASH_PATH_PREFIX, utils.HASH_PATH_SUFFIX)",
        )

    def test_the_hash_path_of_the_host_is_forgotten(self):
        self.assert_prints(
            "b'one'",
            "from swift.common import utils\n"
            "utils.HASH_PATH_PREFIX = b'host'\n"
            "use_swift_dir(a)\n"
            "print(utils.HASH_PATH_PREFIX)",
        )

    def test_the_same_folder_may_be_named_again_at_any_time(self):
        self.assert_prints(
            "fine",
            "use_swift_dir(a)\n"
            "import swift.common.storage_policy\n"
            "use_swift_dir(a)\n"
            "print('fine')",
        )

    def test_another_folder_may_be_named_as_long_as_nothing_was_read(self):
        self.assert_prints(
            "two",
            "use_swift_dir(a)\n"
            "use_swift_dir(b)\n"
            "from swift.common.storage_policy import POLICIES\n"
            "print(POLICIES[0].name)",
        )

    def test_another_folder_is_refused_once_policies_were_read(self):
        self.assert_raises(
            "^RuntimeError: .*storage_policy was imported with .*/one/",
            "use_swift_dir(a)\n"
            "import swift.common.storage_policy\n"
            "use_swift_dir(b)",
        )

    def test_any_folder_is_refused_once_constraints_were_read(self):
        self.assert_raises(
            "^RuntimeError: .*constraints was imported with /etc/swift/",
            "import swift.common.constraints\nuse_swift_dir(a)",
        )

    def test_a_folder_without_swift_conf_is_an_error_that_names_it(self):
        (self.folders[0] / "swift.conf").unlink()
        self.assert_raises("No such file.*/one/swift", "use_swift_dir(a)")

    def test_a_swift_conf_without_hash_path_is_an_error(self):
        (self.folders[0] / "swift.conf").write_text("[swift-hash]\n")
        self.assert_raises("are missing from", "use_swift_dir(a)")
