# SPDX-License-Identifier: Apache-2.0
"""Does the daemon run, notice, reload, and end as an operator expects?"""

import json
import signal
import subprocess
import unittest
from pathlib import Path

from test.integration.daemon import COMMAND, SECONDS, wait_until
from test.integration.scene import Scene
from test.integration.servers import moto, s3api, sink, sink_server

PROMPT = 30
"""Seconds; a machine with other things to do must not fail a test."""


class RunningDaemon:
    """The scenarios; a subclass says on which server."""

    def test_what_happens_to_an_object_arrives_within_seconds(self):
        scene = Scene(self, self.server())
        daemon = scene.start()
        daemon.wait_for("started")
        scene.put("o", b"1")
        self.arrives(scene, lambda copy: copy.body == b"1")
        scene.post("o", x_object_meta_a="1")
        self.arrives(scene, lambda copy: copy.metadata == {"a": "1"})
        scene.put("o", b"2")
        self.arrives(scene, lambda copy: copy.body == b"2")
        scene.delete("o")
        wait_until(lambda: not scene.keys(), "the delete", PROMPT)

    def test_names_that_keep_changing_end_as_swift_has_them(self):
        scene = Scene(self, self.server())
        daemon = scene.start("--log-level", "warning")
        for turn in range(12):  # as long as some batches of deletes
            for name in ("ends here", "ends deleted"):
                scene.put(name, b"%d" % turn)
                scene.post(name, x_object_meta_turn=str(turn))
                wait_until(lambda: scene.keys(), "some copy", PROMPT)
                scene.delete(name)
        scene.put("ends here", b"last")
        wait_until(
            lambda: [scene.prefix + "ends here"] == scene.keys(),
            "the deletes",
            PROMPT,
        )
        self.assertEqual(0, daemon.terminate())
        scene.run()
        copies = scene.assert_equal_sides()
        self.assertEqual(b"last", copies["ends here"].body)

    def arrives(self, scene, condition):
        wait_until(
            lambda: any(map(condition, scene.copies().values())),
            "the change arrives",
            PROMPT,
        )


class RunningDaemonOnS3api(RunningDaemon, unittest.TestCase):
    server = staticmethod(s3api)


class RunningDaemonOnMoto(RunningDaemon, unittest.TestCase):
    server = staticmethod(moto)


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, sink_server())

    def has(self, name):
        return self.scene.prefix + name in sink().objects(self.scene.bucket)

    def arrives(self, name):
        wait_until(lambda: self.has(name), f"{name} arrives", PROMPT)

    def test_sigterm_saves_what_is_done_and_nothing_is_replayed(self):
        daemon = self.scene.start()
        for number in range(50):
            self.scene.put(f"o{number}", b"x")
        for number in range(50):
            self.arrives(f"o{number}")
        self.assertEqual(0, daemon.terminate())
        before = sink().counts()
        self.scene.run()
        self.assertEqual(before, sink().counts())

    def test_sigterm_amid_work_loses_nothing(self):
        for number in range(100):
            self.scene.put(f"o{number}", b"x")
        sink().delay(50)
        self.addCleanup(sink().delay, 0)
        daemon = self.scene.start()
        self.arrives("o0")
        self.assertEqual(0, daemon.terminate())
        sink().delay(0)
        self.scene.run()
        self.assertTrue(all(self.has(f"o{n}") for n in range(100)))

    def test_an_interrupt_ends_it_as_well(self):
        daemon = self.scene.start()
        daemon.wait_for("started")
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(0, daemon.process.wait(SECONDS))

    def test_a_changed_file_is_read(self):
        daemon = self.scene.start()
        daemon.wait_for("started")
        more = Scene(self, sink_server())
        more.put("o", b"x")
        self.scene.configure(containers=[self.scene.rule, more.rule])
        self.scene = more
        self.arrives("o")

    def test_a_broken_file_changes_nothing_and_is_reported(self):
        daemon = self.scene.start()
        daemon.wait_for("started")
        self.scene.config.write_text("{")
        daemon.wait_for("not reloaded", "sync.json")
        self.scene.put("o", b"x")
        self.arrives("o")
        self.scene.configure(poll_interval=0.2)
        daemon.wait_for("configuration changed")

    def test_sighup_reads_a_file_that_looks_unchanged(self):
        daemon = self.scene.start()
        daemon.wait_for("started")
        secret = Path(self.scene.root / "secret")
        secret.write_text("first")
        rule = {**self.scene.rule, "secret": {"file": str(secret)}}
        self.scene.configure(containers=[rule])
        daemon.wait_for("configuration changed")
        secret.write_text("second")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: daemon.log.count("configuration changed") == 2,
            "a second change",
        )

    def test_without_a_console_the_log_file_gets_all(self):
        log = self.scene.root / "sync.log"
        self.scene.configure(log_file=str(log))
        self.scene.put("o", b"x")
        command = [*COMMAND, "--config", str(self.scene.config), "--once"]
        done = subprocess.run(command, capture_output=True, timeout=SECONDS)
        self.assertEqual((0, b"", b""), (done.returncode, *streams(done)))
        self.assertRegex(log.read_text(), "PUT .* object=o ")

    def test_a_console_shows_what_the_log_file_has(self):
        log = self.scene.root / "sync.log"
        self.scene.configure(log_file=str(log))
        self.scene.put("o", b"x")
        once = self.scene.run()
        self.assertEqual(log.read_text(), once.log)

    def test_both_spellings_of_the_configuration_work(self):
        rule = self.scene.rule
        old = {
            "account": rule["account"],
            "container": rule["container"],
            "protocol": "s3",
            "aws_bucket": rule["bucket"],
            "aws_endpoint": rule["endpoint"],
            "aws_identity": rule["identity"],
            "aws_secret": rule["secret"],
        }
        self.scene.configure(containers=[old])
        self.scene.put("o", b"x")
        self.scene.run()
        self.assertTrue(self.has("o"))

    def test_a_site_can_be_named(self):
        site = self.scene.server.keys()
        rule = {k: v for k, v in self.scene.rule.items() if k not in site}
        self.scene.configure(
            sites={"main": site}, containers=[{**rule, "site": "main"}]
        )
        self.scene.put("o", b"x")
        self.scene.run()
        self.assertTrue(self.has("o"))

    def test_secrets_are_in_no_log_and_in_no_arguments(self):
        secret = "do-not-print-this"
        rule = {**self.scene.rule, "secret": secret}
        self.scene.configure(containers=[rule])
        self.scene.put("o", b"x")
        daemon = self.scene.start("--log-level", "debug")
        self.arrives("o")
        process = Path(f"/proc/{daemon.process.pid}")
        told = (process / "cmdline").read_text() + daemon.log
        rule["bucket"] = "no-such-bucket"
        self.scene.configure(containers=[rule])
        daemon.wait_for("configuration changed")
        self.scene.put("o", b"y")
        daemon.wait_for("NoSuchBucket")
        self.scene.config.write_text(json.dumps({"secret": secret}))
        daemon.wait_for("not reloaded")
        daemon.terminate()
        self.assertNotIn(secret, told + daemon.log)


def streams(done):
    return done.stdout, done.stderr
