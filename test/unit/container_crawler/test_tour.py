# SPDX-License-Identifier: Apache-2.0
"""Has every container its turn, however many and slow the others are?"""

import time
from unittest import mock

from container_crawler import crawler as crawler_module
from container_crawler.handler import EVERY_CONTAINER
from container_crawler.tour import SETTLED_SECONDS
from test.unit.container_crawler.crawling import (
    ACCOUNT,
    CaseWithCrawler,
    containers,
    wait_until,
)
from test.unit.container_crawler.fixtures import (
    RecordingHandler,
    put,
)


class ManyVisitsTest(CaseWithCrawler):
    def setUp(self):
        super().setUp()
        self.names = [f"c{number}" for number in range(7)]
        self.listing[ACCOUNT] = self.names
        self.brokers = {
            each.name: self.fill(each, [f"in {each.name}"])
            for each in containers(*self.names)
        }
        self.limit(2)

    def limit(self, most):
        patch = mock.patch.object(crawler_module, "MAX_VISITS", most)
        patch.start()
        self.addCleanup(patch.stop)

    def expected(self):
        return [f"in {name}" for name in self.names]

    def test_all_have_their_turn(self):
        self.assertIs(True, self.crawler([EVERY_CONTAINER]).run_once())
        self.assertEqual(self.expected(), self.handler.names)

    def test_one_run_ends_though_databases_keep_changing(self):
        """Young databases are never idle, and would be visited again."""
        self.clock.now = time.time()
        other = RecordingHandler()
        crawler = self.crawler([EVERY_CONTAINER] * 2, [self.handler, other])
        began = time.monotonic()
        self.assertIs(True, self.drive(crawler, lambda ended: None))
        self.assertLess(time.monotonic(), began + SETTLED_SECONDS)
        self.assertEqual(self.expected(), self.handler.names)
        self.assertEqual(self.expected(), other.names)

    def test_no_more_databases_are_open_than_allowed(self):
        self.handler.answer = lambda found: None
        seen = []

        def beside(ended):
            while not ended.wait(0.001):
                seen.append(len(self.handler.open))
                self.handler.end()

        self.drive(self.crawler([EVERY_CONTAINER]), beside)
        self.assertEqual(self.expected(), self.handler.names)
        self.assertEqual(2, max(seen))

    def all_done(self, _ended):
        wait_until(lambda: len(set(self.handler.names)) == 7)

    def test_polls_go_on_where_the_last_one_had_to_stop(self):
        crawler = self.crawler([EVERY_CONTAINER])
        self.drive(crawler, self.all_done, always=True)
        self.assertEqual(self.expected(), self.handler.names)

    def test_a_first_look_at_many_does_not_wait_for_the_next_poll(self):
        crawler = self.crawler([EVERY_CONTAINER], poll_interval=3600)
        self.drive(crawler, self.all_done, always=True)
        self.assertEqual(self.expected(), self.handler.names)

    def test_a_target_without_room_leaves_visits_to_the_others(self):
        paused = RecordingHandler()
        paused.paused = True
        crawler = self.crawler([EVERY_CONTAINER] * 2, [paused, self.handler])
        self.drive(crawler, self.all_done, always=True)
        self.assertEqual(self.expected(), self.handler.names)

    def test_a_target_whose_rows_do_not_end_leaves_visits_to_the_others(self):
        slow = RecordingHandler(lambda found: None)
        crawler = self.crawler([EVERY_CONTAINER] * 2, [slow, self.handler])

        def beside(ended):
            try:
                self.all_done(ended)
            finally:
                crawler.stop()
                slow.end()

        self.drive(crawler, beside, always=True)
        self.assertEqual(self.expected(), self.handler.names)

    def test_a_target_that_pauses_midway_leaves_its_visits(self):
        pausing = RecordingHandler()

        def pause(_found):
            pausing.paused = True
            return True

        pausing.answer = pause
        crawler = self.crawler([EVERY_CONTAINER] * 2, [pausing, self.handler])
        self.drive(crawler, self.all_done, always=True)
        self.assertEqual(self.expected(), self.handler.names)
        self.assertEqual(["in c0"], pausing.names)

    def test_one_run_finishes_what_a_pause_interrupted(self):
        def answer(_found):
            self.handler.paused = next(pauses, False)
            return True

        def beside(ended):
            while not ended.wait(0.05):
                self.handler.paused = False

        for most in (2, 7):
            self.limit(most)
            pauses = iter([True, False, True])
            self.handler = RecordingHandler(answer)
            crawler = self.crawler([EVERY_CONTAINER])
            self.assertIs(True, self.drive(crawler, beside))
            self.assertEqual(
                sorted(self.expected()), sorted(self.handler.names)
            )

    def test_what_waits_for_room_is_not_forgotten(self):
        self.handler = RecordingHandler(lambda found: None, capacity=1)
        self.limit(7)
        crawler = self.crawler([EVERY_CONTAINER])
        self.assertIs(True, self.drive(crawler, self.end_rows))
        self.assertEqual(sorted(self.expected()), sorted(self.handler.names))

    def test_no_container_waits_for_another_s_many_rows(self):
        put(self.brokers["c0"], *(f"many {number}" for number in range(20)))
        self.handler = RecordingHandler(lambda found: None, capacity=2)
        self.limit(7)
        self.drive(self.crawler([EVERY_CONTAINER]), self.end_rows)
        self.assertEqual(27, len(self.handler.names))
        last = max(map(self.handler.names.index, self.expected()))
        self.assertLess(last, 20)
