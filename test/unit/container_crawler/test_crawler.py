# SPDX-License-Identifier: Apache-2.0
"""Does a crawler handle all rows there are, and end when it should?"""

from unittest import mock

from container_crawler import crawler as crawler_module
from container_crawler.container import Container
from container_crawler.slices import Slice
from test.unit.container_crawler.crawling import (
    ACCOUNT,
    ONE,
    SLACK,
    TWO,
    CaseWithCrawler,
    wait_until,
)
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    Cluster,
    RecordingHandler,
    put,
)


class OnceTest(CaseWithCrawler):
    def test_all_rows_are_handled(self):
        self.fill()
        self.assertIs(True, self.crawler().run_once())
        self.assertEqual(["a", "b"], self.handler.names)

    def test_a_container_that_is_not_there_is_no_error(self):
        self.assertIs(True, self.crawler().run_once())
        self.assertEqual([], self.logged)

    def test_a_container_of_other_nodes_is_left_alone(self):
        self.cluster = Cluster(self.folder / "x", ((TWO, "sda"),))
        self.fill()
        self.crawler().run_once()
        self.assertEqual([], self.handler.names)

    def test_rows_that_end_later_are_waited_for(self):
        self.fill()
        self.handler.answer = lambda found: None

        def beside(ended):
            wait_until(lambda: len(self.handler.open) == 2)
            for name in ("b", "a"):
                self.assertFalse(ended.is_set())
                self.handler.end(name)

        self.assertIs(True, self.drive(self.crawler(), beside))
        self.assertEqual(2, self.handler.saves[-1][1][0].rowid)

    def test_a_row_that_is_not_durable_makes_it_incomplete(self):
        self.fill()
        self.handler.answer = lambda found: found.record["name"] != "a"
        self.assertIs(False, self.crawler().run_once())

    def test_that_row_is_read_again_at_the_next_poll(self):
        self.fill()
        self.handler.answer = lambda found: found.record["name"] != "a"
        crawler = self.crawler()
        crawler.run_once()
        self.handler.answer = lambda found: True
        self.assertIs(True, crawler.run_once())
        self.assertEqual(["a", "b", "a", "b"], self.handler.names)
        self.assertIs(True, crawler.run_once())
        self.assertEqual(4, len(self.handler.names))

    def test_a_handler_that_closed_makes_it_incomplete(self):
        self.fill()
        self.handler.closed = True
        self.assertIs(False, self.crawler().run_once())
        self.assertEqual([], self.handler.names)

    def test_a_handler_that_closes_midway_ends_the_visit(self):
        self.fill(names=("a", "b", "c"))

        def close(_found):
            self.handler.closed = True
            return True

        self.handler.answer = close
        self.assertIs(False, self.crawler().run_once())
        self.assertEqual(["a"], self.handler.names)
        self.assertEqual(1, self.handler.saves[-1][1][0].rowid)

    def test_a_visit_is_kept_until_its_point_is_saved(self):
        self.fill()
        self.handler.saving = False

        def beside(ended):
            wait_until(lambda: len(self.handler.names) == 2)
            self.assertFalse(ended.wait(0.05))
            self.handler.saving = True

        self.assertIs(True, self.drive(self.crawler(), beside))
        self.assertEqual(2, self.handler.saves[-1][1][0].rowid)
        self.assertEqual(["a", "b"], self.handler.names)

    def test_each_row_is_handed_out_once_within_the_capacity(self):
        self.fill(names=[f"o{number}" for number in range(20)])
        self.fill(Container(ACCOUNT, "b"), [f"b{n}" for n in range(20)])
        self.handler = RecordingHandler(lambda found: None, capacity=7)
        crawler = self.crawler((PHOTOS.name, "b"), [self.handler] * 2)
        self.assertIs(True, self.drive(crawler, self.end_rows))
        self.assertEqual(40, len(self.handler.names))
        self.assertEqual(40, len(set(self.handler.names)))

    def test_a_stop_before_it_begins_is_heeded(self):
        self.fill()
        crawler = self.crawler()
        crawler.stop()
        self.assertIs(False, crawler.run_once())
        self.assertEqual([], self.handler.names)


class AlwaysTest(CaseWithCrawler):
    def saved(self):
        saves = self.handler.saves
        return saves[-1][1][0].rowid if saves else None

    def test_new_rows_are_handled_until_it_is_stopped(self):
        broker = self.fill()

        def beside(_ended):
            wait_until(lambda: self.handler.names == ["a", "b"])
            put(broker, "c")
            wait_until(lambda: self.handler.names == ["a", "b", "c"])

        self.drive(self.crawler(), beside, always=True)
        self.assertEqual(3, self.saved())

    def test_rows_that_come_while_others_are_under_way_do_not_wait(self):
        broker = self.fill()
        self.handler.answer = lambda found: None

        def beside(_ended):
            wait_until(lambda: len(self.handler.open) == 2)
            put(broker, "c")
            wait_until(lambda: "c" in self.handler.open)
            self.handler.end()

        self.drive(self.crawler(), beside, always=True)
        self.assertEqual(["a", "b", "c"], self.handler.names)

    def test_a_stop_does_not_wait_for_the_next_poll(self):
        self.fill()
        crawler = self.crawler(poll_interval=1000.0)
        self.drive(crawler, lambda ended: wait_until(self.saved), always=True)

    def test_a_stop_waits_for_what_is_in_flight_and_saves_it(self):
        self.fill()
        self.handler.answer = lambda found: None
        crawler = self.crawler()

        def beside(ended):
            wait_until(lambda: len(self.handler.open) == 2)
            crawler.stop()
            self.assertFalse(ended.wait(0.05))
            self.handler.end()

        self.drive(crawler, beside, always=True)
        self.assertEqual(2, self.saved())

    def test_a_stop_does_not_wait_for_ever(self):
        self.fill()
        self.handler.answer = lambda found: None

        def beside(_ended):
            wait_until(lambda: len(self.handler.open) == 2)

        with mock.patch.object(crawler_module, "FINISH_SECONDS", 0.1):
            self.drive(self.crawler(), beside, always=True)
        self.assertEqual(0, self.saved())

    def test_a_row_that_ends_is_followed_before_the_next_poll(self):
        self.fill()
        self.handler = RecordingHandler(lambda found: None, capacity=1)

        def beside(_ended):
            for name in ("a", "b"):
                wait_until(lambda name=name: name in self.handler.open)
                self.handler.end()
            wait_until(lambda: self.saved() == 2)

        self.drive(self.crawler(poll_interval=1000.0), beside, always=True)


class ReplicasTest(CaseWithCrawler):
    def test_every_replica_on_the_node_is_crawled(self):
        folder = self.folder / "two"
        self.cluster = Cluster(folder, ((ONE, "sda"), (ONE, "sdb")))
        names = [f"o{number}" for number in range(8)]
        for ordinal in (0, 1):
            self.fill(names=names, ordinal=ordinal)
        self.crawler().run_once()
        self.assertEqual(sorted(names), sorted(self.handler.names))
        owners = {
            found.record["name"]: found.database.path
            for found in self.handler.found
        }
        for name, path in owners.items():
            ordinal = 0 if Slice(0, 2).owns(name) else 1
            self.assertEqual(str(self.cluster.path(ordinal=ordinal)), path)

    def test_all_nodes_and_processes_together_handle_each_name_once(self):
        folder = self.folder / "three"
        nodes = [(f"127.0.0.{number}", "sda") for number in (1, 2, 3)]
        self.cluster = Cluster(folder, nodes)
        names = [f"o{number}" for number in range(30)]
        for ordinal in range(3):
            self.fill(names=names, ordinal=ordinal)
        for ip, _ in nodes:
            for process in (0, 1):
                self.crawler(
                    bind_ip=ip, process=process, processes=2
                ).run_once()
        self.assertEqual(sorted(names), sorted(self.handler.names))

    def test_others_rows_are_verified_when_the_slack_has_passed(self):
        folder = self.folder / "two"
        self.cluster = Cluster(folder, ((ONE, "sda"), (TWO, "sda")))
        names = [f"o{number}" for number in range(8)]
        self.fill(names=names)
        crawler = self.crawler()
        crawler.run_once()
        own = len(self.handler.names)
        self.clock.now += SLACK
        crawler.run_once()
        verified = self.handler.found[own:]
        self.assertTrue(all(found.verify for found in verified))
        self.assertEqual(sorted(names), sorted(self.handler.names))

    def test_one_process_of_the_node_acts_on_a_name(self):
        self.fill()
        every = [
            self.crawler(process=process, processes=3) for process in range(3)
        ]
        for name in ("a", "b", "c", "d"):
            acting = [each for each in every if each.acts_on(PHOTOS, name)]
            self.assertEqual(1, len(acting))

    def test_the_first_process_acts_where_the_node_has_no_replica(self):
        folder = self.folder / "other"
        self.cluster = Cluster(folder, ((TWO, "sda"),))
        for process, acts in ((0, True), (1, False)):
            crawler = self.crawler(process=process, processes=2)
            self.assertEqual(acts, crawler.acts_on(PHOTOS, "a"))

    def test_the_databases_of_a_container_can_be_opened(self):
        crawler = self.crawler()
        self.assertEqual([], list(crawler.databases(PHOTOS)))
        self.fill()
        (database,) = crawler.databases(PHOTOS)
        self.addCleanup(database.close)
        self.assertEqual(1, len(database.records_of("a")))
