# SPDX-License-Identifier: Apache-2.0
"""Does `swift-s3-sync status` say what is left to do?"""

import json
import subprocess
import unittest

from test.integration import servers
from test.integration.daemon import COMMAND
from test.integration.scene import Scene


def status(scene, *options):
    return subprocess.run(
        [*COMMAND, "status", "--config", str(scene.config), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def containers(scene):
    shown = status(scene, "--json")
    return json.loads(shown.stdout)["rules"][0]["containers"]


class StatusTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.moto())

    def test_before_the_first_run_it_says_that_there_is_no_journal(self):
        shown = status(self.scene)

        self.assertEqual(2, shown.returncode)
        self.assertIn("journal.sqlite", shown.stderr)
        self.assertNotIn("Traceback", shown.stderr)

    def test_rows_that_came_since_the_last_run_are_pending(self):
        self.scene.run()
        for number in range(3):
            self.scene.put(f"photo {number}")

        [found] = containers(self.scene)

        self.assertEqual(3, found["pending"])
        self.assertEqual(self.scene.container, found["container"])
        self.assertGreaterEqual(found["oldest_seconds"], 0)

    def test_nothing_is_pending_after_a_run(self):
        self.scene.put("photo")
        self.scene.run()

        [found] = containers(self.scene)

        self.assertEqual(0, found["pending"])
        self.assertIsNone(found["oldest_seconds"])
        self.assertEqual([], found["parked"])

    def test_parked_rows_are_shown_with_their_error(self):
        self.scene.put("broken [red]", b"body")
        for path in self.scene.data_files("broken [red]"):
            path.unlink()
        self.scene.run(expect=1)

        [found] = containers(self.scene)
        [parked] = found["parked"]
        page = status(self.scene)

        self.assertEqual("broken [red]", parked["object"])
        self.assertIn("no such object", parked["error"])
        self.assertEqual(1, parked["attempts"])
        self.assertIn("[red]", page.stdout)

    def test_every_container_of_an_account_is_shown(self):
        scene = Scene(
            self,
            servers.moto(),
            servers.other_swift(),
            container="/*",
        )
        scene.put("photo")

        scene.run()

        names = [found["container"] for found in containers(scene)]
        self.assertIn(scene.container, names)

    def test_it_works_while_the_daemon_runs(self):
        daemon = self.scene.start()
        self.scene.put("photo")
        daemon.wait_for("PUT", "photo")

        [found] = containers(self.scene)

        self.assertEqual([], found["parked"])
