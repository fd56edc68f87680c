# SPDX-License-Identifier: Apache-2.0
"""Are a container's shards found on this node, and cheaply?"""

import tempfile
import unittest
from pathlib import Path

from container_crawler.container import Container
from container_crawler.database import DatabaseUnreadable
from container_crawler.placement import Placement
from container_crawler.shards import (
    LIST_SECONDS,
    ListingFailed,
    NoSuchAccount,
    Shards,
)
from test.unit.container_crawler.fixtures import (
    LOGGER,
    PHOTOS,
    Clock,
    Cluster,
    databases_opened,
)
from test.unit.container_crawler.sharding import (
    HIDDEN,
    HIGH,
    LOW,
    become_shard,
)

ONE, TWO = "127.0.0.1", "127.0.0.2"
OTHER = Container(PHOTOS.account, "photos-1-other")


class ShardsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cluster = Cluster(self.folder)
        self.clock = Clock()
        self.listing = [LOW.name, HIGH.name]
        self.asked = []
        self.shards = self.on(ONE)

    def on(self, ip):
        placement = Placement(
            self.cluster.swift_dir, self.cluster.devices(ip), ip
        )
        return Shards(placement, self.list_containers, LOGGER, self.clock)

    def list_containers(self, account):
        self.asked.append(account)
        if isinstance(self.listing, Exception):
            raise self.listing
        return self.listing

    def shard(self, container, root=PHOTOS):
        return become_shard(self.cluster.create(container), container, root)

    def paths(self, root=PHOTOS):
        return [replica.path for replica in self.shards.replicas(root)]

    def look_up(self):
        self.clock.now += LIST_SECONDS
        self.shards.look_up(PHOTOS.account)

    def test_shards_are_found_by_what_their_databases_say(self):
        self.shard(LOW)
        self.shard(HIGH)
        self.look_up()
        self.assertEqual([HIDDEN], self.asked)
        self.assertEqual(
            [str(self.cluster.path(each)) for each in (LOW, HIGH)],
            self.paths(),
        )

    def test_a_name_that_looks_like_a_shard_of_ours_is_none(self):
        self.shard(LOW, root=OTHER)
        self.look_up()
        self.assertEqual([], self.paths())
        self.assertEqual([str(self.cluster.path(LOW))], self.paths(OTHER))

    def test_shards_on_other_nodes_are_left_alone(self):
        self.cluster = Cluster(self.folder / "two", ((TWO, "sda"),))
        self.shard(LOW)
        self.shards = self.on(ONE)
        self.look_up()
        self.assertEqual([], self.paths())

    def test_our_place_is_that_of_the_shard_s_partition(self):
        primaries = ((TWO, "sda"), (TWO, "sdb"), (ONE, "sda"))
        self.cluster = Cluster(self.folder / "three", primaries)
        path = self.cluster.path(LOW, ordinal=2)
        become_shard(self.cluster.create(LOW, ordinal=2), LOW)
        self.shards = self.on(ONE)
        self.look_up()
        (replica,) = self.shards.replicas(PHOTOS)
        self.assertEqual((str(path), 2, 3), replica)

    def test_a_shard_that_comes_later_is_found_then(self):
        self.look_up()
        self.assertEqual([], self.paths())
        self.shard(LOW)
        self.look_up()
        self.assertEqual([str(self.cluster.path(LOW))], self.paths())

    def test_a_container_s_own_database_may_name_them_sooner(self):
        self.shard(LOW)
        self.shards.note([LOW, HIGH])
        self.assertEqual([str(self.cluster.path(LOW))], self.paths())
        self.assertEqual([], self.asked)

    def test_the_account_is_not_listed_at_every_poll(self):
        self.look_up()
        self.clock.now += LIST_SECONDS - 1
        self.shards.look_up(PHOTOS.account)
        self.assertEqual(1, len(self.asked))
        self.shards.look_up("AUTH_other")
        self.assertEqual(2, len(self.asked))

    def test_each_database_is_asked_once(self):
        self.shard(LOW)
        self.look_up()
        with databases_opened() as opened:
            self.look_up()
            self.shards.note([LOW])
        self.assertEqual([], opened)

    def test_without_a_hidden_account_there_are_no_shards(self):
        self.listing = NoSuchAccount("404")
        self.look_up()
        self.assertEqual([], self.paths())

    def test_a_failing_listing_is_told_and_forgets_nothing(self):
        self.shard(LOW)
        self.look_up()
        self.listing = ListingFailed("503")
        for _ in range(2):  # and is tried again at once
            with self.assertRaises(ListingFailed):
                self.look_up()
                self.shards.look_up(PHOTOS.account)
        self.assertEqual(1, len(self.paths()))

    def test_a_shard_that_cannot_be_read_hides_no_other(self):
        self.shard(LOW)
        self.shard(HIGH)
        self.cluster.path(LOW).write_bytes(b"")
        with self.assertRaises(DatabaseUnreadable):
            self.look_up()
        self.assertEqual([str(self.cluster.path(HIGH))], self.paths())

    def test_a_shard_that_is_not_listed_any_more_stays_while_it_is_here(self):
        self.shard(LOW)
        self.look_up()
        self.listing = []
        self.look_up()
        self.assertEqual(1, len(self.paths()))
        self.cluster.path(LOW).unlink()
        self.look_up()
        self.assertEqual([], self.paths())

    def test_a_shard_that_is_gone_may_come_again(self):
        self.shard(LOW)
        for listing in ([LOW.name], [], [LOW.name]):
            self.listing = listing
            if listing and not self.cluster.path(LOW).exists():
                self.shard(LOW)
            self.look_up()
            if not listing:
                self.cluster.path(LOW).unlink()
                self.look_up()
        self.assertEqual(1, len(self.paths()))
