# SPDX-License-Identifier: Apache-2.0
"""Are Swift's daemons known by their names?"""

import importlib.util
import subprocess
import sys
import unittest

from s3_sync.saio.swift_daemon import _MODULES


class SwiftDaemonTest(unittest.TestCase):
    def test_every_daemon_exists_in_swift(self):
        for name, module in _MODULES.items():
            with self.subTest(name):
                self.assertIsNotNone(importlib.util.find_spec(module))

    def test_an_unknown_daemon_is_an_error_that_names_the_known(self):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "s3_sync.saio.swift_daemon",
                "/nowhere",
                "container-gardener",
                "1",
            ],
            capture_output=True,
            text=True,
        )
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, "^container-gardener is none of .*-upda")
