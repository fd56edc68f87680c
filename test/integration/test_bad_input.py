# SPDX-License-Identifier: Apache-2.0
"""Does the daemon refuse what it cannot work with, and say why?"""

import os
import subprocess
import unittest

from test.integration.daemon import COMMAND, SECONDS
from test.integration.scene import Scene
from test.integration.servers import sink, sink_server

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && '


def can_unshare():
    """Tell whether this user may make a file system read-only."""
    done = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    return done.returncode == 0


class BadInputTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, sink_server())
        self.scene.put("o", b"x")
        self.requests = sink().counts()

    def refused(self, *parts):
        """Check that it exits with 2, tells `parts`, and does nothing."""
        once = self.scene.run(expect=2)
        for part in parts:
            self.assertIn(part, once.log)
        self.assertNotIn("Traceback", once.log)
        self.assertEqual("", once.output)
        self.nothing_happened()

    def nothing_happened(self):
        self.assertEqual(self.requests, sink().counts())
        if self.scene.status_dir.is_dir():
            self.assertEqual([], list(self.scene.status_dir.iterdir()))

    def configured(self, **changes):
        """Configure the rule with `changes`; None takes a key away."""
        rule = {**self.scene.rule, **changes}
        kept = {k: v for k, v in rule.items() if v is not None}
        self.scene.configure(containers=[kept])

    def test_no_file(self):
        self.scene.config.unlink()
        self.refused("sync.json", "does not exist")

    def test_a_folder_in_place_of_the_file(self):
        self.scene.config.unlink()
        self.scene.config.mkdir()
        self.refused("sync.json", "directory")

    def test_no_json(self):
        self.scene.config.write_text('{"containers": [')
        self.refused("sync.json", "line 1")

    def test_an_unknown_key(self):
        self.configured(buckett="b")
        self.refused("containers[0].buckett", "did you mean bucket?")

    def test_a_wrong_type(self):
        self.configured(propagate_delete="no")
        self.refused("containers[0].propagate_delete", "true or false")

    def test_every_problem_is_told_at_once(self):
        self.configured(bucket=None, propagate_delete="no", buckett="b")
        self.refused(
            "containers[0].bucket:",
            "containers[0].propagate_delete:",
            "containers[0].buckett:",
        )

    def test_a_missing_secret(self):
        self.configured(secret=None)
        self.refused("containers[0].secret: required")

    def test_a_secret_from_an_unset_variable(self):
        self.configured(secret={"env": "S3_SYNC_TEST_UNSET"})
        self.refused("containers[0].secret", "S3_SYNC_TEST_UNSET")

    def test_a_secret_from_a_file_that_cannot_be_read(self):
        self.configured(secret={"file": "no-such-file"})
        self.refused("containers[0].secret", "no-such-file")

    def test_two_rules_to_one_namespace(self):
        rule = {**self.scene.rule, "custom_prefix": "a"}
        inside = {**rule, "container": "other", "custom_prefix": "a/b"}
        self.scene.configure(containers=[rule, inside])
        self.refused("containers[1]", "containers[0]")

    def test_no_swift_here(self):
        self.scene.configure(swift_dir=str(self.scene.root))
        self.refused("swift_dir", "swift.conf")

    def test_no_configuration_at_all(self):
        done = subprocess.run(COMMAND, capture_output=True, timeout=SECONDS)
        self.assertEqual(2, done.returncode)
        self.assertIn(b"--config", done.stderr)

    # The folder of the journal.

    def test_a_status_folder_that_is_missing(self):
        self.scene.status_dir.rmdir()
        self.refused(str(self.scene.status_dir), "not a directory")

    def test_a_status_folder_that_is_a_file(self):
        self.scene.status_dir.rmdir()
        self.scene.status_dir.write_text("")
        self.refused(str(self.scene.status_dir), "not a directory")

    @unittest.skipIf(os.geteuid(), "only root can make a folder read-only")
    @unittest.skipUnless(can_unshare(), "no mount namespaces here")
    def test_a_status_folder_that_is_read_only(self):
        config = str(self.scene.config)
        done = subprocess.run(
            [
                *("unshare", "-m", "sh", "-ec"),
                READ_ONLY + 'shift && exec "$@"',
                "sh",
                str(self.scene.status_dir),
                *COMMAND,
                *("--config", config, "--once", "--console"),
            ],
            capture_output=True,
            timeout=SECONDS,
        )
        self.assertEqual(2, done.returncode, done.stderr.decode())
        self.assertIn("read-only", done.stderr.decode())
        self.assertNotIn(b"Traceback", done.stderr)
        self.nothing_happened()
