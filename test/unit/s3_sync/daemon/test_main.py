# SPDX-License-Identifier: Apache-2.0
"""Does the daemon live as long as it should, with what it should?"""

import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from s3_sync.daemon import lock, main
from s3_sync.daemon.lock import DaemonLock, running_daemon
from s3_sync.daemon.main import Daemon, Options
from s3_sync.errors import ConfigError, JournalError

PATIENCE = 10.0
"""Seconds; nothing here waits that long unless it is broken."""

RULE = {"account": "AUTH_a", "container": "c", "bucket": "bucket"}


class StubService:
    """Works until it is stopped; once, it ends at once with `complete`."""

    complete = True
    journal_lost = False

    def __init__(self, config, options):
        self.config = config
        self.closed = False
        self._once = options.once
        self._stopped = threading.Event()

    def run(self):
        if self._once:
            return self.complete
        if not self._stopped.wait(PATIENCE):
            raise AssertionError("nobody stopped the service")
        return True

    def stop(self):
        self._stopped.set()

    def close(self):
        self.closed = True


class DaemonTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "sync.json"
        self.services = []
        self.unopenable = set()
        self.status_dir = self.folder / "x"
        self.status_dir.mkdir()
        self.write()
        self._replace(main, "_open", self._open)
        self._replace(main, "use_swift_of", lambda _: None)
        self._replace(main, "WATCH_SECONDS", 0.01)
        self._keep_signals_and_logging()

    def _replace(self, module, name, value):
        patch = mock.patch.object(module, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def _keep_signals_and_logging(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            before = signal.getsignal(number)
            self.addCleanup(signal.signal, number, before)
        root = logging.getLogger()
        for name, value in (("handlers", root.handlers[:]), ("level", 30)):
            self.addCleanup(setattr, root, name, value)

    def _open(self, config, options):
        if config.status_dir.name in self.unopenable:
            raise JournalError("no such folder")
        self.services.append(StubService(config, options))
        return self.services[-1]

    def write(self, *rules, **keys):
        """Write the configuration, and never with the time of the last."""
        content = {
            "status_dir": str(self.status_dir),
            "log_file": str(self.folder / "log"),
            "containers": list(rules) or [RULE],
        } | keys
        self._write(json.dumps(content))

    def _write(self, text):
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        self.path.write_text(text)
        now = self.path.stat().st_mtime_ns
        if now <= before:
            os.utime(self.path, ns=(before + 1, before + 1))

    def run_with(self, story, **options):
        """Run the daemon while `story` goes on; return its exit code."""
        daemon = Daemon(Options(self.path, **options))
        failures = []

        def telling():
            try:
                story()
            except AssertionError as failure:
                failures.append(failure)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        teller = threading.Thread(target=telling)
        teller.start()
        code = daemon.run()
        teller.join()
        for failure in failures:
            raise failure
        return code

    def wait_for(self, condition):
        give_up = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), give_up, "it never happens")
            threading.Event().wait(0.01)

    def wait_for_services(self, count):
        self.wait_for(lambda: len(self.services) == count)

    def wait_for_log(self, text):
        log = self.folder / "log"
        self.wait_for(lambda: log.exists() and text in log.read_text())


class LifeTest(DaemonTest):
    def test_warnings_of_the_configuration_are_logged_at_each_start(self):
        self.write(items_chunk=5)
        self.run_with(lambda: self.wait_for_services(1))
        self.run_with(lambda: self.wait_for_services(2))
        log = (self.folder / "log").read_text()
        told = "WARNING s3_sync.daemon.main"
        self.assertEqual(2, log.count("configuration: items_chunk: has no"))
        self.assertEqual(2, log.count(told))

    def test_only_the_first_of_several_processes_warns(self):
        self.write(items_chunk=5)
        with mock.patch.object(Daemon, "_end_with_parent"):
            self.run_with(lambda: self.wait_for_services(1), process=1)
        log = (self.folder / "log-1").read_text()
        self.assertNotIn("items_chunk", log)

    def test_once_ends_by_itself_and_tells_whether_all_was_done(self):
        for complete, code in ((True, 0), (False, 1)):
            with (
                self.subTest(code),
                mock.patch.object(StubService, "complete", complete),
            ):
                options = Options(self.path, once=True)
                self.assertEqual(code, Daemon(options).run())
                self.assertTrue(self.services[-1].closed)

    def test_sigterm_ends_it_with_0_after_what_is_under_way(self):
        code = self.run_with(lambda: self.wait_for_services(1))
        self.assertEqual(0, code)
        self.assertTrue(self.services[0].closed)

    def test_sigint_does_too(self):
        def story():
            self.wait_for_services(1)
            os.kill(os.getpid(), signal.SIGINT)
            self.wait_for(lambda: self.services[0].closed)

        self.assertEqual(0, self.run_with(story))

    def test_it_cannot_start_without_a_configuration(self):
        self.path.unlink()
        with self.assertRaisesRegex(ConfigError, "does not exist"):
            Daemon(Options(self.path))

    def test_it_cannot_start_with_a_broken_one(self):
        self.write(RULE | {"bucket": 5})
        with self.assertRaisesRegex(ConfigError, r"containers\[0\].bucket"):
            Daemon(Options(self.path))

    def test_it_cannot_start_without_a_journal(self):
        self.unopenable.add("x")
        with self.assertRaises(JournalError):
            Daemon(Options(self.path)).run()

    def test_it_cannot_start_where_it_cannot_log(self):
        self.write(log_file=str(self.folder / "missing" / "log"))
        with self.assertRaisesRegex(ConfigError, "log_file"):
            Daemon(Options(self.path)).run()


class LockTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self._replace(lock, "GLIMPSE_SECONDS", 0.0)

    def _taken(self, folder):
        taken = DaemonLock(folder)
        self.addCleanup(taken.release)

    def test_it_does_not_start_beside_another_one(self):
        self._taken(self.status_dir)
        with self.assertRaisesRegex(JournalError, "another daemon"):
            Daemon(Options(self.path)).run()
        self.assertEqual([], self.services)

    def test_one_of_its_processes_needs_no_lock_of_its_own(self):
        self._taken(self.status_dir)
        options = Options(self.path, once=True, process=1)
        with mock.patch.object(Daemon, "_end_with_parent", lambda _: None):
            self.assertEqual(0, Daemon(options).run())

    def test_when_it_ends_another_one_can_start(self):
        for _ in range(2):
            self.assertEqual(0, Daemon(Options(self.path, once=True)).run())
        self._taken(self.status_dir)

    def test_a_status_dir_of_another_daemon_is_not_changed_to(self):
        other = self.folder / "other"
        other.mkdir()
        self._taken(other)

        def story():
            self.wait_for_services(1)
            self.write(status_dir=str(other))
            self.wait_for_log("not reloaded, the last one stays: status_dir")

        self.assertEqual(0, self.run_with(story))
        self.assertEqual(1, len(self.services))

    def test_after_a_change_only_the_new_status_dir_is_locked(self):
        other = self.folder / "other"
        other.mkdir()

        def story():
            self.wait_for_services(1)
            self.write(status_dir=str(other))
            self.wait_for_services(2)
            self._taken(self.status_dir)
            self.assertEqual(os.getpid(), running_daemon(other))

        self.assertEqual(0, self.run_with(story))

    def test_the_other_name_of_the_same_folder_is_no_other_folder(self):
        alias = self.folder / "alias"
        alias.symlink_to(self.status_dir)

        def story():
            self.wait_for_services(1)
            self.write(status_dir=str(alias))
            self.wait_for_services(2)

        self.assertEqual(0, self.run_with(story))


class LostJournalTest(DaemonTest):
    def _lose(self, service):
        service.journal_lost = True
        service.stop()

    def test_another_service_begins_with_another_journal(self):
        def story():
            self.wait_for_services(1)
            self._lose(self.services[0])
            self.wait_for_services(2)

        self.assertEqual(0, self.run_with(story))
        self.assertTrue(self.services[0].closed)

    def test_once_does_not_end_before_another_has_done_the_work(self):
        class LostAtFirst(StubService):
            journal_lost = property(lambda it: it is it.all[0])

        def opening(config, options):
            LostAtFirst.all = self.services
            self.services.append(LostAtFirst(config, options))
            return self.services[-1]

        self._replace(main, "_open", opening)
        self.assertEqual(0, Daemon(Options(self.path, once=True)).run())
        self.assertEqual(2, len(self.services))

    def test_where_there_is_no_room_for_another_it_waits(self):
        self._replace(main, "REOPEN_SECONDS", 0.01)

        def story():
            self.wait_for_services(1)
            self.unopenable.add("x")
            self._lose(self.services[0])
            self.wait_for_log("cannot start anew")
            self.unopenable.clear()
            self.wait_for_services(2)

        self.assertEqual(0, self.run_with(story))

    def test_it_can_be_ended_while_it_waits(self):
        def story():
            self.wait_for_services(1)
            self.unopenable.add("x")
            self._lose(self.services[0])
            self.wait_for_log("cannot start anew")

        self.assertEqual(1, self.run_with(story))


class ReloadTest(DaemonTest):
    def test_a_changed_file_starts_another_service_with_it(self):
        def story():
            self.wait_for_services(1)
            self.write(RULE | {"bucket": "another"})
            self.wait_for_services(2)

        self.assertEqual(0, self.run_with(story))
        buckets = [s.config.rules[0].bucket for s in self.services]
        self.assertEqual(["bucket", "another"], buckets)
        self.assertTrue(all(service.closed for service in self.services))

    def test_a_broken_file_is_reported_and_the_last_one_stays(self):
        def story():
            self.wait_for_services(1)
            self.write(RULE | {"bucket": 5}, workers=0)
            self.wait_for_log("containers[0].bucket: expected a string")
            self.wait_for_log("workers: expected 1 or more")
            self._write("{")
            self.wait_for_log("not reloaded, the last one stays")

        self.assertEqual(0, self.run_with(story))
        self.assertEqual(1, len(self.services))

    def test_a_missing_file_is_reported_and_the_last_one_stays(self):
        def story():
            self.wait_for_services(1)
            self.path.unlink()
            self.wait_for_log("does not exist")

        self.assertEqual(0, self.run_with(story))
        self.assertEqual(1, len(self.services))

    def test_after_a_broken_file_a_good_one_counts_again(self):
        def story():
            self.wait_for_services(1)
            self._write("{")
            self.wait_for_log("the last one stays")
            self.write(RULE | {"bucket": "another"})
            self.wait_for_services(2)

        self.assertEqual(0, self.run_with(story))

    def test_the_same_content_restarts_nothing(self):
        daemon = Daemon(Options(self.path))
        self.write()
        self.assertFalse(daemon._changed())

    def test_sighup_reads_again(self):
        daemon = Daemon(Options(self.path))
        daemon._listen_to_signals()
        with self.assertNoLogs("s3_sync"):
            self.assertFalse(daemon._changed())
        before = self.path.stat()
        self.write(RULE | {"bucket": "another"})
        os.utime(self.path, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.kill(os.getpid(), signal.SIGHUP)
        with self.assertLogs("s3_sync", "INFO"):
            self.assertTrue(daemon._changed())

    def test_one_of_several_processes_reads_only_when_it_is_told(self):
        daemon = Daemon(Options(self.path, process=1))
        daemon._listen_to_signals()
        self.write(RULE | {"bucket": "another"})
        self.assertFalse(daemon._changed())
        os.kill(os.getpid(), signal.SIGHUP)
        self.assertTrue(daemon._changed())

    def test_what_needs_a_start_is_refused(self):
        for key, value in (("swift_dir", "/elsewhere"), ("processes", 3)):
            self.write()
            daemon = Daemon(Options(self.path))
            self.write(**{key: value})
            with self.subTest(key), self.assertLogs("s3_sync") as logs:
                self.assertFalse(daemon._changed())
            self.assertIn(f"{key}: cannot change while", logs.output[0])

    def test_a_log_file_that_cannot_be_opened_changes_nothing(self):
        def story():
            self.wait_for_services(1)
            self.write(log_file=str(self.folder / "missing" / "log"))
            self.wait_for_log("log_file: ")

        self.assertEqual(0, self.run_with(story))
        self.assertEqual(1, len(self.services))

    def test_one_that_cannot_be_started_gives_way_to_the_last_one(self):
        def story():
            self.wait_for_services(1)
            self.unopenable.add("broken")
            broken = self.folder / "broken"
            broken.mkdir()
            self.write(status_dir=str(broken))
            self.wait_for_services(2)
            self.wait_for_log("no such folder")

        self.assertEqual(0, self.run_with(story))
        folders = [s.config.status_dir for s in self.services]
        self.assertEqual([self.status_dir] * 2, folders)

    def test_once_does_not_look_at_the_file_again(self):
        daemon = Daemon(Options(self.path, once=True))
        self._write("{")
        self.assertFalse(daemon._changed())


class OptionsTest(unittest.TestCase):
    def test_each_process_gets_the_options_and_its_number(self):
        options = Options(Path("/a b.json"), True, True, "debug")
        self.assertEqual(
            [
                *(sys.executable, sys.argv[0]),
                *("--config", "/a b.json", "--process", "3", "--once"),
                *("--console", "--log-level", "debug"),
            ],
            options.command(3),
        )

    def test_what_was_not_said_is_not_said(self):
        command = Options(Path("/x")).command(0)
        self.assertEqual(["--config", "/x", "--process", "0"], command[2:])


class LoggingTest(DaemonTest):
    def test_syslog_is_written_to_as_configured(self):
        self.write(syslog={"host": "127.0.0.1", "port": 5140})
        with mock.patch("logging.handlers.SysLogHandler") as handler:
            handler.return_value.level = logging.NOTSET
            Daemon(Options(self.path, once=True)).run()
        self.assertEqual(("127.0.0.1", 5140), handler.call_args.args[0])

    def test_the_command_line_decides_on_the_level(self):
        options = Options(self.path, once=True, log_level="error")
        Daemon(options).run()
        self.assertEqual(logging.ERROR, logging.getLogger().level)

    def test_each_process_has_its_own_file(self):
        options = Options(self.path, once=True, process=2)
        with mock.patch.object(Daemon, "_end_with_parent", lambda _: None):
            Daemon(options).run()
        self.assertTrue((self.folder / "log-2").exists())
