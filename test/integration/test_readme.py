# SPDX-License-Identifier: Apache-2.0
"""Do the README's commands and its configuration work as printed?"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from s3_sync.config import load
from test.integration import servers
from test.integration.daemon import COMMAND
from test.integration.scene import Scene

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BY_MAKE = ["make demo", "make test"]
"""Run by `test_demo` and by CI; all others run here."""


def commands():
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return re.findall(r"^\$ (.*)$", "".join(blocks), re.MULTILINE)


class ReadmeTest(unittest.TestCase):
    def test_a_node_is_installed_by_the_printed_commands(self):
        scene = Scene(self, servers.moto())
        scene.put("photo", b"body")
        with tempfile.TemporaryDirectory() as folder:
            places = {
                "/opt/swift-s3-sync": f"{folder}/opt",
                "/var/lib/swift-s3-sync": str(scene.status_dir),
                "/etc/swift-s3-sync/sync.json": str(scene.config),
                "-o swift ": "",
                "python3 ": f"{sys.executable} ",
            }
            for command in commands():
                if command in BY_MAKE:
                    continue
                for printed, used in places.items():
                    command = command.replace(printed, used)
                done = subprocess.run(
                    command,
                    shell=True,
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": ""},
                    capture_output=True,
                    text=True,
                    timeout=300,
                    check=False,
                )
                self.assertEqual(0, done.returncode, command + done.stderr)

        scene.assert_equal_sides()
        self.assertIn("photo", scene.copies())

    def test_the_printed_configuration_is_valid(self):
        printed = re.search(r"```json\n(.*?)```", README, re.DOTALL)[1]
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "ceph.secret"
            secret.write_text("secret\n")
            config = Path(folder) / "sync.json"
            config.write_text(
                printed.replace("/etc/swift-s3-sync/ceph.secret", str(secret))
            )

            rules = load(config).rules

        self.assertEqual(len(json.loads(printed)["containers"]), len(rules))

    def test_the_printed_policy_is_the_first_rules(self):
        config, policy = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "ceph.secret"
            secret.write_text("secret\n")
            path = Path(folder) / "sync.json"
            path.write_text(
                config.replace("/etc/swift-s3-sync/ceph.secret", str(secret))
            )
            done = subprocess.run(
                [*COMMAND, "policy", "--config", str(path), "--rule", "0"],
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )

        self.assertEqual(policy, done.stdout)

    def test_the_commands_of_make_are_printed(self):
        self.assertLessEqual(set(BY_MAKE), set(commands()))
