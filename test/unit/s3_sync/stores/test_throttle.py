# SPDX-License-Identifier: Apache-2.0
"""Do all who send to a site wait for their turn, in whichever process?"""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from s3_sync.errors import Throttled
from s3_sync.model.pace import Pace
from s3_sync.saio.layout import fastest_folder
from s3_sync.stores.throttle import SharedPace, Throttle, Throttles
from test.doubles.rules import a_site

PATIENCE = 10.0

KILLED = """
import fcntl, os, sys
sys.path.insert(0, sys.argv[2])
from s3_sync.stores.throttle import SharedPace
shared = SharedPace(__import__("pathlib").Path(sys.argv[1]))
for _ in range(100):
    shared.change(lambda pace: pace.accepted(1.0))
fcntl.flock(shared._file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


class SharedPaceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=fastest_folder())
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "pace"

    def _open(self, path=None):
        shared = SharedPace(path or self.path)
        self.addCleanup(shared.close)
        return shared

    def test_what_one_changes_the_other_reads(self):
        first, second = self._open(), self._open()
        pace = Pace(rate=7.0, cut_at=1.0)
        first.change(lambda _: pace)
        self.assertEqual(pace, second.read())
        self.assertEqual(pace, self._open().read())

    def test_no_change_is_lost(self):
        shared = [self._open() for _ in range(4)]

        def count(each):
            for _ in range(200):
                each.change(lambda p: Pace(count=p.count + 1))

        threads = [threading.Thread(target=count, args=(s,)) for s in shared]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(800, shared[0].read().count)

    def test_one_that_is_killed_while_it_holds_the_lock_stops_nobody(self):
        root = str(Path(__file__).parents[4])
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(self.path), root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.assertEqual(b"locked\n", child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdin.close()
        child.stdout.close()
        shared = self._open()
        self.assertEqual(100, shared.read().count)
        file = os.open(self.path, os.O_RDWR)
        self.addCleanup(os.close, file)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_one_that_is_stopped_while_it_holds_the_lock_stops_nobody(self):
        shared = self._open()
        file = os.open(self.path, os.O_RDWR)
        self.addCleanup(os.close, file)
        fcntl.flock(file, fcntl.LOCK_EX)
        shared.change(lambda _: Pace(rate=3.0))
        self.assertEqual(3.0, shared.read().rate)

    def test_a_file_that_makes_no_sense_is_no_limit(self):
        for content in (
            b"",
            b"short",
            b"\xff" * 200,
            struct.pack("<25d", *[float("inf")] * 25),
            struct.pack("<25d", *[-1.0] * 25),
        ):
            with self.subTest(content[:10]):
                self.path.write_bytes(content)
                self.assertEqual(Pace(), self._open().read())

    def test_what_is_from_before_the_machine_s_start_is_no_limit(self):
        shared = self._open()
        late = time.monotonic() + 1000
        shared.change(lambda _: Pace(rate=1.0, refused_at=late))
        self.assertEqual(Pace(), self._open().read())

    def test_without_a_usable_file_a_process_knows_its_own(self):
        with self.assertLogs("s3_sync.stores.throttle") as logs:
            shared = self._open(self.folder / "no" / "pace")
        self.assertIn("throttles by itself", logs.output[0])
        shared.change(lambda _: Pace(rate=3.0))
        self.assertEqual(3.0, shared.read().rate)


class ThrottleTest(unittest.TestCase):
    def setUp(self):
        self.now = time.monotonic()
        self.throttle = Throttle(clock=lambda: self.now)

    def _refuse(self, retry_after=None):
        return self.throttle.refused(self.now, retry_after)

    def test_without_a_refusal_nobody_waits(self):
        for _ in range(1000):
            with self.throttle.request("s3") as sent_at:
                self.assertEqual(self.now, sent_at)
            self.throttle.accepted()
        self.assertFalse(self.throttle.active)

    def test_after_one_requests_take_turns(self):
        for _ in range(100):
            self.throttle.accepted()
        self._refuse()
        self.assertTrue(self.throttle.active)
        waits = []
        for _ in range(5):
            while (wait := self.throttle._take()) > 0:
                waits.append(wait)
                self.now += wait
        self.assertEqual(5, len(waits))
        self.assertTrue(all(0.005 < wait < 0.05 for wait in waits), waits)

    def test_the_wait_is_over_when_its_time_has_come(self):
        throttle = Throttle()
        for _ in range(200):
            throttle.accepted()
        throttle.refused(time.monotonic(), None)
        for _ in range(3):
            with throttle.request("s3"):
                self.assertEqual(1, throttle.under_way)
        self.assertEqual(0, throttle.under_way)

    def test_closing_ends_every_wait(self):
        throttle = Throttle()
        throttle.refused(time.monotonic(), 60.0)
        ended = threading.Semaphore(0)

        def wait():
            try:
                with throttle.request("s3"):
                    pass
            except Throttled:
                ended.release()

        for _ in range(5):
            threading.Thread(target=wait, daemon=True).start()
        throttle.close()
        for _ in range(5):
            self.assertTrue(ended.acquire(timeout=PATIENCE))

    def test_who_fails_is_not_under_way_any_more(self):
        with self.assertRaises(ValueError), self.throttle.request("s3"):
            raise ValueError
        self.assertEqual(0, self.throttle.under_way)

    def test_it_tells_when_one_that_waited_goes_on(self):
        throttle, passed = Throttle(), []
        throttle.passed = lambda: passed.append(throttle.under_way)
        with throttle.request("s3"):
            pass
        throttle.accepted()
        throttle.refused(time.monotonic(), None)
        with throttle.request("s3"):
            pass
        self.assertEqual([1], passed)

    def test_only_so_many_workers_may_wait(self):
        self.throttle.may_wait = 3
        self.assertTrue(self.throttle.is_open(1000))
        self._refuse()
        self.throttle.under_way = 10
        for busy, expected in ((10, True), (12, True), (13, False)):
            with self.subTest(busy):
                self.assertIs(expected, self.throttle.is_open(busy))


class ThrottlesTest(unittest.TestCase):
    def test_there_is_one_for_each_place(self):
        throttles = Throttles()
        first = throttles.of(a_site())
        self.assertIs(first, throttles.of(a_site(identity=None)))
        other = a_site(endpoint="http://other.test")
        self.assertIsNot(first, throttles.of(other))

    def test_workers_that_may_wait_leave_some_for_the_others(self):
        throttles = Throttles()
        sites = [a_site(endpoint=f"http://s{n}.test") for n in range(3)]
        for each in sites:
            throttles.of(each)
        for workers, expected in ((64, 16), (4, 1), (1, 1)):
            throttles.share(workers)
            with self.subTest(workers):
                self.assertEqual(
                    {expected}, {throttles.of(s).may_wait for s in sites}
                )

    def test_processes_share_one_by_its_file_which_tells_no_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            for throttles in (
                Throttles(Path(folder)),
                Throttles(Path(folder)),
            ):
                throttles.of(a_site()).accepted()
                self.addCleanup(throttles.close)
            [path] = Path(folder).iterdir()
            self.assertRegex(path.name, "^pace-[0-9a-f]{16}$")
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
            shared = SharedPace(path)
            self.addCleanup(shared.close)
            self.assertEqual(2, shared.read().count)
