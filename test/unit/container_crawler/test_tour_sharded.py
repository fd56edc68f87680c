# SPDX-License-Identifier: Apache-2.0
"""Are all rows of a sharded container handled, wherever they are?"""

from swift.common.utils import ShardRange, Timestamp

from container_crawler.handler import EVERY_CONTAINER
from container_crawler.shards import ListingFailed
from test.unit.container_crawler.crawling import (
    ACCOUNT,
    ONE,
    TWO,
    CaseWithCrawler,
)
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    Cluster,
    databases_opened,
    merge,
    put,
)
from test.unit.container_crawler.sharding import (
    HIDDEN,
    HIGH,
    LOW,
    become_shard,
    begin_sharding,
    end_sharding,
)


class ShardedCase(CaseWithCrawler):
    def shard(self, shard, *names, **how):
        broker = become_shard(self.cluster.create(shard), shard, **how)
        put(broker, *names, at=self.clock.now)
        return broker

    def names(self):
        found, self.handler.found = self.handler.found, []
        return sorted(each.record["name"] for each in found)

    def containers(self):
        return {each.database.container for each in self.handler.found}


class ShardedTest(ShardedCase):
    def test_while_a_container_is_sharded_all_its_files_are_read(self):
        broker = self.fill()
        merge(broker)
        begin_sharding(broker)
        put(broker, "c")
        self.shard(LOW, "a", state=ShardRange.CREATED)
        self.assertIs(True, self.crawler().run_once())
        self.assertEqual({PHOTOS}, self.containers())
        self.assertTrue(all(found.compare for found in self.handler.found))
        self.assertEqual(["a", "a", "b", "c"], self.names())

    def test_once_sharded_the_shards_are_read(self):
        broker = self.fill()
        begin_sharding(broker)
        end_sharding(broker)
        crawler = self.crawler()
        self.shard(LOW, "a")
        high = self.shard(HIGH, "z")
        self.assertIs(True, crawler.run_once())
        self.assertEqual({PHOTOS}, self.containers())
        self.assertEqual(["a", "z"], self.names())
        put(high, "y", at=self.clock.now)
        crawler.run_once()
        (found,) = self.handler.found
        self.assertFalse(found.compare)
        self.assertEqual(["y"], self.names())

    def test_rows_that_a_shard_gets_back_when_another_shrinks_are_late(self):
        low = self.shard(LOW, "a")
        self.listing[HIDDEN] = [LOW.name]
        crawler = self.crawler()
        crawler.run_once()
        self.names()
        put(low, "moved", at=self.clock.now - 4000)
        crawler.run_once()
        (found,) = self.handler.found
        self.assertTrue(found.compare)

    def test_a_collapsed_container_is_read_like_any_other(self):
        broker = self.fill()
        begin_sharding(broker)
        end_sharding(broker)
        ranges = broker.get_shard_ranges()
        for each in ranges:
            each.update_state(ShardRange.SHRUNK, Timestamp(70))
            each.set_deleted(Timestamp(70))
        broker.merge_shard_ranges(ranges)
        put(broker, "c")
        self.crawler().run_once()
        self.assertEqual(["c"], self.names())

    def test_a_node_with_a_shard_but_not_its_container_reads_the_shard(self):
        self.listing[HIDDEN] = [LOW.name]
        self.shard(LOW, "a")
        self.assertIs(True, self.crawler().run_once())
        self.assertEqual(["a"], self.names())

    def test_no_other_container_s_shards_are_read(self):
        self.listing[HIDDEN] = [LOW.name]
        self.shard(LOW, "a")
        self.crawler(["others"]).run_once()
        self.assertEqual([], self.names())

    def test_all_nodes_handle_each_row_of_a_shard_once(self):
        self.cluster = Cluster(
            self.folder / "two", ((TWO, "sda"), (ONE, "sda"))
        )
        names = [f"o{number}" for number in range(20)]
        self.listing[HIDDEN] = [LOW.name]
        for ordinal in (0, 1):
            broker = become_shard(self.cluster.create(LOW, ordinal), LOW)
            put(broker, *names)
        for ip in (ONE, TWO):
            self.crawler(bind_ip=ip).run_once()
        self.assertEqual(sorted(names), self.names())

    def test_several_rules_each_read_the_shards(self):
        self.listing[HIDDEN] = [LOW.name]
        self.shard(LOW, "a")
        other = type(self.handler)()
        self.crawler([PHOTOS.name] * 2, [self.handler, other]).run_once()
        self.assertEqual(["a"], self.names())
        self.assertEqual(["a"], other.names)

    def test_shards_that_cannot_be_looked_up_make_it_incomplete(self):
        self.fill()
        list_containers = self.list_containers

        def failing(account):
            if account == HIDDEN:
                raise ListingFailed("503")
            return list_containers(account)

        self.list_containers = failing
        crawler = self.crawler()
        for _ in range(2):
            self.assertIs(False, crawler.run_once())
        self.assertEqual(["a", "b"], self.names())
        self.assertEqual(1, len(self.logged))

    def test_idle_shards_are_not_opened(self):
        broker = self.fill()
        begin_sharding(broker)
        self.shard(LOW, "a")
        crawler = self.crawler()
        for _ in range(3):
            crawler.run_once()
        with databases_opened() as opened:
            crawler.run_once()
        self.assertEqual([], opened)
        end_sharding(broker)
        with databases_opened() as opened:
            crawler.run_once()
        self.assertTrue(opened)

    def test_the_databases_of_a_container_are_those_of_its_shards_too(self):
        broker = self.fill()
        begin_sharding(broker)
        self.shard(LOW, "a")
        crawler = self.crawler()
        crawler.run_once()
        found = list(crawler.databases(PHOTOS))
        for database in found:
            self.addCleanup(database.close)
        self.assertEqual(3, len(found))

    def test_more_shards_than_may_be_open_all_have_their_turn(self):
        from unittest import mock

        from container_crawler import crawler as crawler_module

        self.listing[HIDDEN] = [LOW.name, HIGH.name]
        self.shard(LOW, "a")
        self.shard(HIGH, "z")
        with mock.patch.object(crawler_module, "MAX_VISITS", 1):
            crawler = self.crawler()
        self.assertIs(True, crawler.run_once())
        self.assertEqual(["a", "z"], self.names())


class DeletedTest(ShardedCase):
    """Containers of an account that were deleted, with their shards."""

    def setUp(self):
        super().setUp()
        self.listing = {ACCOUNT: [], HIDDEN: [LOW.name]}
        self.handler.known = [PHOTOS]

    def crawl(self):
        crawler = self.crawler([EVERY_CONTAINER])
        return crawler.run_once()

    def test_a_deleted_container_s_shards_are_drained(self):
        self.shard(LOW, "a")
        self.crawl()
        self.assertEqual(["a"], self.names())
        self.assertEqual([], self.handler.forgotten)

    def test_it_is_forgotten_when_its_shards_are_gone(self):
        self.crawl()
        self.assertEqual([PHOTOS], self.handler.forgotten)

    def test_nothing_is_forgotten_while_its_shards_are_unknown(self):
        list_containers = self.list_containers

        def failing(account):
            if account == HIDDEN:
                raise ListingFailed("503")
            return list_containers(account)

        self.list_containers = failing
        self.assertIs(False, self.crawl())
        self.assertEqual([], self.handler.forgotten)
