# SPDX-License-Identifier: Apache-2.0
"""Does each poll look at what changed, and nothing stop at one bad thing?"""

import os
import shutil
from unittest import mock

from swift.common.exceptions import Timeout
from swift.common.utils import Timestamp

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from container_crawler.handler import EVERY_CONTAINER, Target
from test.unit.container_crawler.crawling import (
    ACCOUNT,
    ONE,
    SLACK,
    TWO,
    CaseWithCrawler,
    containers,
)
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    Cluster,
    RecordingHandler,
    databases_opened,
    merge,
    put,
)


class IdleTest(CaseWithCrawler):
    def opened_by(self, crawler):
        with databases_opened() as opened:
            self.assertIs(True, crawler.run_once())
        return len(opened)

    def settled(self):
        """Return a crawler whose only database has become idle."""
        self.broker = self.fill()
        crawler = self.crawler()
        crawler.run_once()
        crawler.run_once()
        return crawler

    def test_an_idle_database_is_not_opened(self):
        crawler = self.settled()
        self.assertEqual([0, 0], [self.opened_by(crawler) for _ in "12"])
        self.assertEqual(["a", "b"], self.handler.names)

    def test_a_row_that_waits_ends_the_idling(self):
        crawler = self.settled()
        put(self.broker, "c")
        self.assertGreater(self.opened_by(crawler), 0)
        self.assertEqual(["a", "b", "c"], self.handler.names)

    def test_a_row_that_another_merged_ends_the_idling(self):
        crawler = self.settled()
        put(self.broker, "c")
        merge(self.broker)
        self.assertGreater(self.opened_by(crawler), 0)
        self.assertEqual(["a", "b", "c"], self.handler.names)

    def test_a_database_that_was_just_written_is_never_idle(self):
        crawler = self.settled()
        written = self.cluster.path().stat().st_mtime
        put(self.broker, "c")
        merge(self.broker)
        for path in (self.cluster.path(), self.cluster.path().parent):
            os.utime(path, (written, written))
        for age, opens in (
            (0.0, True),
            (1.9, True),
            (2.1, True),
            (2.2, False),
        ):
            with self.subTest(age):
                self.clock.now = written + age
                self.assertEqual(opens, bool(self.opened_by(crawler)))

    def test_a_database_with_open_rows_is_not_idle(self):
        self.settled()
        put(self.broker, "c")
        self.handler.answer = lambda found: False
        crawler = self.crawler()
        for _ in range(3):
            self.assertIs(False, crawler.run_once())
        self.assertEqual(["c"] * 3, self.handler.names[2:])

    def test_idling_ends_when_rows_ripen(self):
        folder = self.folder / "two"
        self.cluster = Cluster(folder, ((ONE, "sda"), (TWO, "sda")))
        crawler = self.settled()
        self.assertEqual(0, self.opened_by(crawler))
        self.clock.now += SLACK
        self.assertGreater(self.opened_by(crawler), 0)
        self.assertEqual(["a", "b"], sorted(self.handler.names))

    def test_a_database_of_two_targets_idles_for_each(self):
        self.broker = self.fill()
        other = RecordingHandler(lambda found: False)
        crawler = self.crawler([PHOTOS.name] * 2, [self.handler, other])
        crawler.run_once()
        crawler.run_once()
        other.answer = lambda found: True
        crawler.run_once()
        self.assertEqual(["a", "b"], self.handler.names)
        self.assertEqual(6, len(other.names))


class EveryContainerTest(CaseWithCrawler):
    def crawl(self, crawler):
        self.handler.found.clear()
        complete = crawler.run_once()
        self.assertEqual([], self.logged)
        self.assertIs(True, complete)
        return self.handler.names

    def test_all_containers_of_the_account_are_crawled(self):
        for each in containers("one", "two"):
            self.fill(each, [f"in {each.name}"])
        self.fill(Container("AUTH_other", "one"), ["in other"])
        self.listing[ACCOUNT] = ["one", "two"]
        crawler = self.crawler([EVERY_CONTAINER])
        self.assertEqual(["in one", "in two"], self.crawl(crawler))

    def test_a_new_container_is_found(self):
        self.listing[ACCOUNT] = []
        crawler = self.crawler([EVERY_CONTAINER])
        self.assertEqual([], self.crawl(crawler))
        self.fill()
        self.listing[ACCOUNT] = [PHOTOS.name]
        self.assertEqual(["a", "b"], self.crawl(crawler))

    def test_swift_s_own_containers_are_skipped(self):
        hidden = "\0versions\0photos"
        self.fill(Container(ACCOUNT, hidden), ["hidden"])
        self.fill()
        self.listing[ACCOUNT] = [hidden, PHOTOS.name]
        crawler = self.crawler([EVERY_CONTAINER])
        self.assertEqual(["a", "b"], self.crawl(crawler))

    def test_a_deleted_container_is_drained_then_forgotten(self):
        broker = self.fill(names=["a"])
        self.listing[ACCOUNT] = [PHOTOS.name]
        crawler = self.crawler([EVERY_CONTAINER])
        self.crawl(crawler)
        put(broker, "a", at=2000, deleted=1)
        broker.delete_db(Timestamp(2001).internal)
        self.listing[ACCOUNT] = []
        self.assertEqual(["a"], self.crawl(crawler))
        self.assertEqual(1, self.handler.found[0].record["deleted"])
        self.assertEqual([], self.handler.forgotten)
        shutil.rmtree(self.cluster.path().parent)
        self.assertEqual([], self.crawl(crawler))
        self.assertEqual([PHOTOS], self.handler.forgotten)
        self.crawl(crawler)
        self.assertEqual([PHOTOS], self.handler.forgotten)

    def test_one_that_was_deleted_while_we_were_away_is_drained(self):
        self.fill(names=["a"])
        self.listing[ACCOUNT] = []
        self.handler.known = [PHOTOS, *containers("gone")]
        crawler = self.crawler([EVERY_CONTAINER])
        self.assertEqual(["a"], self.crawl(crawler))
        self.assertEqual(containers("gone"), self.handler.forgotten)

    def test_a_container_that_comes_back_is_no_longer_vanished(self):
        self.fill(names=["a"])
        self.handler.known = [PHOTOS]
        crawler = self.crawler([EVERY_CONTAINER])
        for listed in ([], [PHOTOS.name], []):
            self.listing[ACCOUNT] = listed
            self.crawl(crawler)
        self.assertEqual([], self.handler.forgotten)

    def test_a_listing_error_skips_the_account_and_nothing_else(self):
        self.fill(Container("AUTH_other", "c"), ["in other"])
        self.fill(Container("AUTH_bad", "c"), ["in bad"])
        self.listing["AUTH_other"] = ["c"]
        bad = RecordingHandler()
        bad.known = [Container("AUTH_bad", "c"), Container("AUTH_bad", "d")]
        crawler = self.crawler(
            [
                Target("AUTH_bad", EVERY_CONTAINER),
                Target("AUTH_other", EVERY_CONTAINER),
            ],
            [bad, self.handler],
        )
        self.assertIs(False, crawler.run_once())
        self.assertEqual(["in other"], self.handler.names)
        self.assertEqual([], bad.forgotten)
        self.assertRegex("\n".join(self.logged), "AUTH_bad: 503")
        self.listing["AUTH_bad"] = ["c"]
        self.assertIs(True, crawler.run_once())
        self.assertEqual(["in bad"], bad.names)

    def test_what_a_handler_cannot_tell_or_forget_stops_nothing_else(self):
        self.fill()
        self.listing[ACCOUNT] = []

        def fail(*_):
            raise ZeroDivisionError

        for case, error in (
            ("tell", {"known_containers": fail}),
            ("forget", {"known": containers("gone"), "forget": fail}),
        ):
            with self.subTest(case):
                failing, handler = RecordingHandler(), RecordingHandler()
                vars(failing).update(error)
                crawler = self.crawler(
                    [EVERY_CONTAINER, PHOTOS.name], [failing, handler]
                )
                self.assertIs(False, crawler.run_once())
                self.assertEqual(["a", "b"], handler.names)
                self.assertIn(ACCOUNT, self.logged.pop())


class UnreadableTest(CaseWithCrawler):
    def garbage(self, container=PHOTOS):
        path = self.cluster.path(container)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"garbage" * 1000)
        return path

    def test_a_file_that_is_no_database_is_reported_and_others_go_on(self):
        bad, good = containers("bad", "good")
        path = self.garbage(bad)
        self.fill(good)
        crawler = self.crawler(["bad", "good"], [RecordingHandler()] * 2)
        handler = crawler._tours[1].handler
        self.assertIs(False, crawler.run_once())
        self.assertEqual(["a", "b"], handler.names)
        self.assertIn(str(path), "\n".join(self.logged))

    def test_a_handler_that_fails_does_not_stop_the_others(self):
        bad, good = containers("bad", "good")
        self.fill(bad)
        self.fill(good)

        def fail(_found):
            raise ZeroDivisionError

        for case, error in (
            ("handle", {"answer": fail}),
            ("sync_points", {"sync_points": fail}),
            ("time-out", {"sync_points": self.time_out}),
        ):
            with self.subTest(case):
                failing, handler = RecordingHandler(), RecordingHandler()
                vars(failing).update(error)
                crawler = self.crawler(["bad", "good"], [failing, handler])
                self.assertIs(False, crawler.run_once())
                self.assertEqual(["a", "b"], handler.names)
                self.assertIn("AUTH_test/bad", self.logged.pop())

    def time_out(self, _database_id):
        raise Timeout(None)  # one that has no clock of its own

    def test_one_that_breaks_during_the_visit_is_reported(self):
        self.fill()
        with mock.patch.object(
            Database, "rows_since", side_effect=DatabaseUnreadable("locked")
        ):
            crawler = self.crawler()
            self.assertIs(False, crawler.run_once())
        self.assertEqual(
            ["visit to AUTH_test/photos failed: locked"], self.logged
        )
        self.assertIs(True, crawler.run_once())
        self.assertEqual(["a", "b"], self.handler.names)

    def test_one_that_could_not_be_looked_at_is_not_idle(self):
        """A lock that lasts too long, at the last of several readings."""
        merge(self.fill())
        max_row = Database.max_row
        outcomes = [None, DatabaseUnreadable("locked")]

        def locked(database):
            error = outcomes.pop(0) if outcomes else None
            if error:
                raise error
            return max_row(database)

        crawler = self.crawler()
        with mock.patch.object(Database, "max_row", locked):
            self.assertIs(False, crawler.run_once())
        self.assertEqual([], self.handler.names)
        self.assertIs(True, crawler.run_once())
        self.assertEqual(["a", "b"], self.handler.names)
