# SPDX-License-Identifier: Apache-2.0
"""Does an outage, of the site or of our own disk, lose or park nothing?"""

import os
import resource
import subprocess
import unittest
from contextlib import closing, suppress

from s3_sync.config import load
from s3_sync.replication.journal import Journal
from test.integration.daemon import wait_until
from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.servers import MotoProcess, S3Server, moto
from test.integration.swift_client import at_once


class Outages:
    """The scenarios; a subclass says on which server."""

    def test_a_missing_bucket_pauses_the_rule_until_it_is_there(self):
        scene = Scene(self, self.server())
        scene.s3.delete_bucket(Bucket=scene.bucket)
        scene.put("o", b"x")
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", "NoSuchBucket"), once.log)
        self.assertTrue(once.lines("create the bucket"), once.log)
        self.assertEqual({}, scene.parked())
        scene.s3.create_bucket(Bucket=scene.bucket)
        scene.run()
        scene.assert_equal_sides()

    def test_a_bucket_that_vanishes_amid_work_pauses_the_rule(self):
        scene = Scene(self, self.server())
        daemon = scene.start()
        daemon.wait_for("started")
        scene.s3.delete_bucket(Bucket=scene.bucket)
        scene.put("o", b"x")
        daemon.wait_for("rule paused", "NoSuchBucket")
        scene.s3.create_bucket(Bucket=scene.bucket)
        daemon.wait_for("rule goes on")
        daemon.wait_for(" PUT ", "object=o")
        self.assertEqual(0, daemon.terminate())
        scene.assert_equal_sides()


globals().update(on_every_server(Outages))


class Credentials:
    """The scenarios; a subclass says on which server."""

    def test_wrong_credentials_pause_the_rule_until_they_are_mended(self):
        scene = Scene(self, self.server())
        other = Scene(self, self.server(), of=scene.container)
        scene.configure(
            containers=[
                {**scene.rule, "secret": "this-is-wrong"},
                {**other.rule, "identity": "this-is-wrong"},
            ]
        )
        scene.put("o", b"x")
        once = scene.run("--log-level", "debug", expect=1)
        self.assertRegex(once.log, r"rule paused.*(SignatureDoesNotMatch|403)")
        self.assertRegex(once.log, r"rule paused.*(InvalidAccessKeyId|403)")
        self.assertNotIn("this-is-wrong", once.log)
        self.assertEqual({}, scene.parked())
        scene.configure(containers=[scene.rule, other.rule])
        scene.run()
        scene.assert_equal_sides()
        other.assert_equal_sides()


globals().update(on_every_server(Credentials, but="takes any secret"))


class OutageTest(unittest.TestCase):
    def test_one_rules_bucket_does_not_hold_up_another_rule(self):
        good = Scene(self, moto())
        bad = Scene(self, moto(), bucket="no-such-bucket")
        good.configure(containers=[bad.rule, good.rule])
        good.put("o", b"x")
        bad.put("o", b"x")
        good.run(expect=1)
        good.assert_equal_sides()
        self.assertEqual({}, good.parked())

    def restart(self, port):
        process = MotoProcess(port)
        self.addCleanup(process.stop)
        return process

    def test_an_endpoint_that_is_down_and_comes_up_loses_nothing(self):
        process = self.restart(0)
        scene = Scene(self, process.server)
        process.stop()
        daemon = scene.start()
        daemon.wait_for("started")
        at_once(lambda number: scene.put(f"o{number}", b"x"), range(20))
        daemon.wait_for("rule paused", "Connect")
        self.assertEqual({}, scene.parked())
        port = int(process.endpoint.rpartition(":")[2])
        self.come_up(scene, port)
        daemon.wait_for("rule goes on")
        wait_until(lambda: len(scene.keys()) == 20, "all arrive")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, scene.parked())
        scene.assert_equal_sides()

    def come_up(self, scene, port):
        """Start the server again, empty, and make the bucket."""
        again = self.restart(port).server
        client = again.client()
        self.addCleanup(client.close)
        client.create_bucket(Bucket=scene.bucket)

    def test_a_run_while_the_endpoint_is_down_says_so_and_loses_nothing(self):
        scene = Scene(self, moto())
        scene.put("o", b"x")
        nowhere = S3Server("nowhere", "http://127.0.0.1:1", "i", "secret")
        scene.configure(containers=[{**scene.rule, **nowhere.keys()}])
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", "127.0.0.1:1"), once.log)
        self.assertEqual({}, scene.parked())
        scene.configure()
        scene.run()
        scene.assert_equal_sides()

    def test_a_full_disk_pauses_the_rules_and_loses_nothing(self):
        scene = Scene(self, moto())
        daemon = scene.start("--log-level", "warning")
        scene.put("before", b"x")
        wait_until(lambda: len(scene.keys()) == 1, "the first arrives")
        # Not even the next page fits; the log is far smaller.
        journal = scene.status_dir / "journal.sqlite-wal"
        size = journal.stat().st_size
        self.assertGreater(size, 20_000)
        self.limit_files(daemon, size)
        for number in range(20):
            scene.put(f"o{number}", b"x")
        daemon.wait_for("rule paused", "cannot save sync points", "full")
        self.limit_files(daemon, resource.RLIM_INFINITY)
        daemon.wait_for("rule goes on")
        scene.put("after", b"x")
        wait_until(lambda: len(scene.keys()) == 22, "all arrive")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, scene.parked())
        scene.assert_equal_sides()

    def limit_files(self, daemon, size):
        """Let the daemon's files grow no more than to `size`."""
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(
            daemon.process.pid, resource.RLIMIT_FSIZE, (size, hard)
        )


class FullDiskTest(unittest.TestCase):
    """`status_dir` is a file system of its own, and others fill it."""

    def setUp(self):
        self.scene = Scene(self, moto())
        self.mount(self.scene.status_dir)

    def mount(self, folder):
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
        if os.geteuid() or subprocess.run(command, check=False).returncode:
            self.skipTest("no file system can be mounted here")
        unmount = ["umount", "--lazy", folder]
        self.addCleanup(subprocess.run, unmount, check=True)

    def fill(self):
        """Leave no room at all; return what takes it."""
        path = self.scene.status_dir / "of somebody else"
        with path.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 512)
        return path

    def test_a_full_disk_pauses_the_rules_until_there_is_room(self):
        for processes in (1, 2):
            with self.subTest(processes=processes):
                self.scene.configure(processes=processes)
                self.full_for_a_while(processes)

    def full_for_a_while(self, turn):
        daemon = self.scene.start("--log-level", "warning")
        self.scene.put(f"{turn} before", b"x")
        wait_until(lambda: f"{turn} before" in self.scene.copies(), "arrival")
        filling = self.fill()
        for number in range(40):
            self.scene.put(f"{turn} o{number}", b"x")
            self.scene.put(f"{turn} link{number}", x_symlink_target="c/o")
        daemon.wait_for("rule paused", "is status_dir full")
        filling.unlink()
        daemon.wait_for("rule goes on")
        self.scene.put(f"{turn} after", b"x")
        expected = {"symlinks are not supported yet": 40 * turn}
        wait_until(lambda: self.counts() == expected, "all are left out")
        wait_until(lambda: len(self.scene.keys()) == 42 * turn, "all arrive")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual({}, self.scene.parked())

    def counts(self):
        [rule] = load(self.scene.config).rules
        with closing(
            Journal(self.scene.status_dir, read_only=True)
        ) as journal:
            return journal.skipped.counts(rule.id)

    def test_a_disk_that_is_full_at_the_start_is_named(self):
        self.fill()
        once = self.scene.run(expect=2)
        self.assertIn("is status_dir full", once.log)
        self.assertNotIn("Traceback", once.log)
