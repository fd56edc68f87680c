# SPDX-License-Identifier: Apache-2.0
"""Does `swift-s3-sync status` say what is left to do?"""

import json
import os
import subprocess
import unittest

from test.integration import servers
from test.integration.daemon import COMMAND, wait_until
from test.integration.scene import Scene


def status(scene, *options, columns=None):
    width = {"COLUMNS": columns} if columns else {}
    return subprocess.run(
        env=os.environ | width,
        args=[*COMMAND, "status", "--config", str(scene.config), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rules(scene, *options):
    shown = status(scene, "--json", *options)
    return json.loads(shown.stdout)["rules"]


def containers(scene):
    return rules(scene)[0]["containers"]


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

    def test_objects_that_were_left_out_are_counted_by_reason(self):
        for name in ("link [1]", "link [2]"):
            target = f"{self.scene.container}/plain"
            self.scene.put(name, x_symlink_target=target)
        self.scene.run()
        reason = "symlinks are not supported yet"

        [rule] = rules(self.scene, "--skipped")
        page = status(self.scene, "--skipped")

        self.assertEqual([{"reason": reason, "count": 2}], rule["skipped"])
        names = {each["object"] for each in rule["skipped_names"]}
        self.assertEqual({"link [1]", "link [2]"}, names)
        self.assertIn(f"2 skipped: {reason}", page.stdout)
        self.assertIn("link [1]", page.stdout)

    def test_what_is_copied_or_deleted_is_left_out_no_more(self):
        for name in ("replaced", "deleted"):
            self.scene.put(name, x_symlink_target="c/o")
        self.scene.run()
        self.scene.put("replaced", b"plain")
        self.scene.delete("deleted")
        self.scene.run()

        [rule] = rules(self.scene)

        self.assertEqual([], rule["skipped"])

    def test_a_changed_rule_looks_at_what_was_left_out_again(self):
        self.scene.put("link", x_symlink_target="c/o")
        self.scene.run()
        self.assertEqual([], self.scene.run().lines(" SKIP "))
        self.scene.rule["head_first_size"] = 1000
        self.scene.configure()

        again = self.scene.run()

        self.assertEqual(1, len(again.lines(" SKIP ")), again.log)
        self.assertEqual([], self.scene.run().lines(" SKIP "))

    def test_a_rule_that_waits_is_shown_with_the_reason(self):
        self.scene.s3.delete_bucket(Bucket=self.scene.bucket)
        self.scene.put("photo")
        daemon = self.scene.start()
        daemon.wait_for("rule paused")

        def paused():
            return rules(self.scene)[0]["paused"]

        [pause] = wait_until(paused, "the pause is shown")
        self.assertIn("NoSuchBucket", pause["reason"])
        self.assertGreater(pause["since"], 1.5e9)
        page = status(self.scene)
        self.assertRegex(page.stdout, r"paused for \d+ s: .*NoSuchBucket")
        self.scene.s3.create_bucket(Bucket=self.scene.bucket)
        daemon.wait_for("rule goes on")
        wait_until(lambda: not paused(), "the pause is over")

    def test_it_tells_whether_a_daemon_runs(self):
        daemon = self.scene.start()
        daemon.wait_for(" started ")
        told = json.loads(status(self.scene, "--json").stdout)["daemon"]
        self.assertEqual(
            {"running": True, "process": daemon.process.pid}, told
        )
        self.assertIn("daemon: running", status(self.scene).stdout)
        daemon.kill()
        self.assertIn("daemon: not running", status(self.scene).stdout)

    def test_a_narrow_terminal_loses_no_number(self):
        self.scene.put("broken", b"body")
        for path in self.scene.data_files("broken"):
            path.unlink()
        self.scene.run(expect=1)

        page = status(self.scene, columns="40").stdout

        self.assertLessEqual(max(map(len, page.splitlines())), 60)
        for word in ("pending", "oldest", "parked", "attempts"):
            self.assertIn(word, page)

    def test_it_works_while_the_daemon_runs(self):
        daemon = self.scene.start()
        self.scene.put("photo")
        daemon.wait_for("PUT", "photo")

        [found] = containers(self.scene)

        self.assertEqual([], found["parked"])
