# SPDX-License-Identifier: Apache-2.0
"""Does the command line say what is wrong, and end as promised?"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from click.testing import CliRunner

from s3_sync import __version__
from s3_sync.cli import cli

ROOT = Path(__file__).parents[4]
PROGRAM = ROOT / "bin" / "swift-s3-sync"


def run(*arguments):
    """Run the program as an operator does."""
    return subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "sync.json"

    def _refused(self, *arguments):
        """Return what an invocation that must fail says."""
        ended = run(*arguments)
        self.assertEqual(2, ended.returncode, ended.stderr)
        self.assertEqual("", ended.stdout)
        self.assertNotIn("Traceback", ended.stderr)
        return ended.stderr

    def test_a_configuration_must_be_named(self):
        self.assertIn("--config FILE is missing", self._refused())

    def test_a_missing_configuration_is_exit_code_2(self):
        said = self._refused("--config", self.path)
        self.assertEqual(f"{self.path}: the file does not exist\n", said)

    def test_a_broken_configuration_is_exit_code_2_and_shows_no_secret(self):
        rule = {"account": "a", "container": "c", "bucket": "bucket"}
        keys = {"endpoint": "http://h", "identity": "i", "secret": ["hush"]}
        content = {"containers": [rule | keys], "status_dir": "/x"}
        self.path.write_text(json.dumps(content))
        said = self._refused("--config", self.path)
        self.assertIn("containers[0].secret: expected", said)
        self.assertNotIn("hush", said)

    def test_a_swift_dir_without_swift_is_exit_code_2(self):
        rule = {"account": "a", "container": "c", "bucket": "bucket"}
        content = {
            "containers": [rule],
            "status_dir": str(self.folder),
            "swift_dir": str(self.folder / "etc"),
        }
        self.path.write_text(json.dumps(content))
        said = self._refused("--config", self.path, "--once")
        self.assertIn(str(self.folder / "etc"), said)


class CommandTest(unittest.TestCase):
    def test_the_version_is_told(self):
        said = CliRunner().invoke(cli, ["--version"]).output
        self.assertEqual(f"swift-s3-sync, version {__version__}\n", said)

    def test_help_names_every_command(self):
        said = CliRunner().invoke(cli, ["--help"]).output
        for command in ("check-config", "demo", "retry", "saio", "status"):
            self.assertIn(command, said)

    def test_an_unknown_option_is_a_usage_error(self):
        result = CliRunner().invoke(cli, ["--no-such-option"])
        self.assertEqual(2, result.exit_code)

    def test_a_command_needs_no_configuration(self):
        result = CliRunner().invoke(cli, ["saio", "--help"])
        self.assertEqual(0, result.exit_code)
