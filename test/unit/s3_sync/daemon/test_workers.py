# SPDX-License-Identifier: Apache-2.0
"""Does all work get done, each lane in its turn, by threads that end?"""

import threading
import unittest
from functools import partial

from s3_sync.daemon.workers import Workers

PATIENCE = 10.0
"""Seconds; nothing here waits that long unless it is broken."""


class Gate:
    """Open until told otherwise."""

    def __init__(self, most=1000):
        self.most = most

    def is_open(self, busy):
        return busy < self.most


class WorkersTest(unittest.TestCase):
    def setUp(self):
        self.before = set(threading.enumerate())

    def _open(self, size):
        self.workers = Workers(size)
        self.addCleanup(self.workers.close)
        return self.workers

    def _threads(self):
        return set(threading.enumerate()) - self.before

    def _occupy(self):
        """Keep one worker busy until the returned event is set."""
        started, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def work():
            started.set()
            go_on.wait(PATIENCE)

        self.workers.submit("occupied", work)
        self.assertTrue(started.wait(PATIENCE))
        return go_on

    def test_work_is_done_in_the_order_of_its_lane(self):
        self._open(1)
        done, ended = [], threading.Event()
        for number in range(100):
            self.workers.submit("lane", lambda n=number: done.append(n))
        self.workers.submit("lane", ended.set)
        self.assertTrue(ended.wait(PATIENCE))
        self.assertEqual(list(range(100)), done)

    def test_lanes_take_turns(self):
        self._open(1)
        go_on = self._occupy()
        done, ended = [], threading.Event()
        for lane, count in (("a", 5), ("b", 2), ("c", 1)):
            for number in range(count):
                self.workers.submit(
                    lane, lambda x=f"{lane}{number}": done.append(x)
                )
        self.workers.submit("a", ended.set)
        go_on.set()
        self.assertTrue(ended.wait(PATIENCE))
        self.assertEqual(
            ["a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4"], done
        )

    def test_sites_that_hang_leave_another_its_share(self):
        self._open(12)
        go_on, done = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)
        for lane in ("hangs", "hangs too", "works"):
            self.workers.guard(lane, Gate())
        for lane in ("hangs", "hangs too"):
            for _ in range(20):
                self.workers.submit(lane, partial(go_on.wait, PATIENCE))
        self.workers.submit("works", done.set)
        self.assertTrue(done.wait(PATIENCE / 2))

    def test_one_site_may_have_all_workers(self):
        self._open(4)
        gate = Gate()
        self.workers.guard("lane", gate)
        self.workers.guard("same site", gate)
        together = threading.Barrier(5)
        for _ in range(4):
            self.workers.submit("lane", partial(together.wait, PATIENCE))
        together.wait(PATIENCE)

    def test_a_lane_that_comes_late_does_not_wait_for_a_long_one(self):
        self._open(1)
        go_on = self._occupy()
        done, ended = [], threading.Event()
        for number in range(1000):
            self.workers.submit("long", lambda n=number: done.append(n))
        self.workers.submit("short", lambda: done.append("short"))
        self.workers.submit("long", ended.set)
        go_on.set()
        self.assertTrue(ended.wait(PATIENCE))
        self.assertLess(done.index("short"), 3)

    def test_as_many_work_at_once_as_there_are_threads(self):
        self._open(4)
        together = threading.Barrier(4)
        met, all_met = [], threading.Event()

        def work():
            together.wait(PATIENCE)
            met.append(1)
            if len(met) == 4:
                all_met.set()

        for _ in range(4):
            self.workers.submit("lane", work)
        self.assertTrue(all_met.wait(PATIENCE))

    def test_work_that_many_threads_submit_is_done_once_each(self):
        self._open(8)
        done, ended = [], threading.Semaphore(0)

        def work(item):
            done.append(item)
            ended.release()

        def submit(lane):
            for number in range(200):
                item = (lane, number)
                self.workers.submit(lane, lambda i=item: work(i))

        submit("main")
        threads = [threading.Thread(target=submit, args=(n,)) for n in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        for _ in range(800):
            self.assertTrue(ended.acquire(timeout=PATIENCE))
        self.assertEqual(800, len(set(done)))

    def test_closing_ends_the_threads_after_what_was_submitted(self):
        self._open(3)
        go_on = self._occupy()
        done = []
        for number in range(50):
            self.workers.submit("lane", lambda n=number: done.append(n))
        threads = self._threads()
        self.assertEqual(3, len(threads))
        self.workers.close()
        go_on.set()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(set(), self._threads())
        self.assertEqual(list(range(50)), sorted(done))

    # A lane behind a gate does not take all the workers.

    def _wait_in(self, lane, number, started=None):
        """Submit work that waits; return how to let it go."""
        started = started or threading.Semaphore(0)
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def work():
            started.release()
            go_on.wait(PATIENCE)

        for _ in range(number):
            self.workers.submit(lane, work)
        return started, go_on

    def test_others_go_on_while_one_site_makes_its_own_wait(self):
        self._open(4)
        gate = Gate(2)
        for lane in ("slow 1", "slow 2"):
            self.workers.guard(lane, gate)
        started = threading.Semaphore(0)
        for lane in ("slow 1", "slow 2"):
            self._wait_in(lane, 10, started)
        for _ in range(2):
            self.assertTrue(started.acquire(timeout=PATIENCE))
        done = threading.Semaphore(0)
        for _ in range(100):
            self.workers.submit("fast", done.release)
        for _ in range(100):
            self.assertTrue(done.acquire(timeout=PATIENCE))
        self.assertFalse(started.acquire(blocking=False))

    def test_all_of_it_is_done_in_the_end(self):
        self._open(4)
        self.workers.guard("slow", Gate(1))
        started, go_on = self._wait_in("slow", 20)
        self.assertTrue(started.acquire(timeout=PATIENCE))
        go_on.set()
        for _ in range(19):
            self.assertTrue(started.acquire(timeout=PATIENCE))

    def test_a_gate_that_opens_is_noticed_when_somebody_says_so(self):
        self._open(2)
        gate = Gate(0)
        self.workers.guard("shut", gate)
        done = threading.Event()
        self.workers.submit("shut", done.set)
        self.assertFalse(done.is_set())
        gate.most = 1
        self.workers.look_again()
        self.assertTrue(done.wait(PATIENCE))

    def test_closing_waits_for_the_gate(self):
        self._open(3)
        self.workers.guard("slow", Gate(1))
        _, go_on = self._wait_in("slow", 5)
        threads = self._threads()
        self.workers.close()
        go_on.set()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(set(), self._threads())
