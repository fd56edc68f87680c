# SPDX-License-Identifier: Apache-2.0
"""Does `swift-s3-sync retry` make the daemon try at once?"""

import subprocess
import time
import unittest
from contextlib import closing
from dataclasses import replace

from s3_sync.config import load
from s3_sync.replication.journal import Journal
from test.integration import servers
from test.integration.daemon import COMMAND, wait_until
from test.integration.scene import Scene


def retry(scene, *options):
    return subprocess.run(
        [*COMMAND, "retry", "--config", str(scene.config), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class RetryTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.moto())
        self.path = f"{self.scene.swift.account}/{self.scene.container}"

    def park(self):
        """Park a row for an hour."""
        self.scene.put("broken", b"body")
        for path in self.scene.data_files("broken"):
            path.unlink()
        self.scene.run(expect=1)
        [rule] = load(self.scene.config).rules
        with closing(Journal(self.scene.status_dir)) as journal:
            for parked in list(journal.parked(rule.id)):
                later = replace(parked, next_attempt=time.time() + 3600)
                journal.park(rule.id, later)

    def test_a_running_daemon_tries_within_seconds(self):
        self.park()
        daemon = self.scene.start()
        daemon.wait_for(" started ")
        done = retry(self.scene)
        self.assertEqual("1 parked rows are due now\n", done.stdout)
        self.assertEqual(0, done.returncode, done.stderr)
        daemon.wait_for("parked", "object=broken", "attempts=2")

    def test_without_a_daemon_the_next_run_tries(self):
        self.park()
        done = retry(self.scene, "--container", self.path)
        self.assertIn("1 parked rows are due now", done.stdout)
        self.assertIn("no daemon runs", done.stdout)
        once = self.scene.run(expect=1)
        self.assertTrue(once.lines("object=broken", "attempts=2"), once.log)

    def test_an_unknown_container_is_an_error(self):
        self.scene.run()
        for text, told in (("AUTH_x/y", "not known"), ("x", "expected")):
            with self.subTest(text):
                done = retry(self.scene, "--container", text)
                self.assertEqual(2, done.returncode)
                self.assertIn(told, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_without_a_journal_it_says_so(self):
        done = retry(self.scene)
        self.assertEqual(2, done.returncode)
        self.assertIn("none yet", done.stderr)

    def test_what_was_left_out_is_looked_at_again_on_request(self):
        self.scene.put("link", x_symlink_target=f"{self.scene.container}/o")
        daemon = self.scene.start()
        daemon.wait_for("SKIP", "object=link")
        done = retry(self.scene, "--skipped")
        self.assertIn("1 skipped objects are looked at again", done.stdout)
        wait_until(lambda: daemon.log.count(" SKIP ") == 2, "another look")
