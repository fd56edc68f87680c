# SPDX-License-Identifier: Apache-2.0
"""Is every name somebody's to handle, whatever becomes of the ring?"""

import shutil
from itertools import chain

from swift.common.ring import RingBuilder
from swift.container.backend import ContainerBroker

from container_crawler.placement import Placement
from test.unit.container_crawler.crawling import CaseWithCrawler
from test.unit.container_crawler.fixtures import (
    LOGGER,
    PHOTOS,
    RecordingHandler,
    create_database,
    merge,
    put,
)

NODES = [f"127.0.0.{number}" for number in (1, 2, 3, 4)]
NAMES = [f"object {number}" for number in range(60)]


class RebalanceTest(CaseWithCrawler):
    """Three replicas on four nodes, in a ring that Swift's builder makes."""

    def setUp(self):
        super().setUp()
        self.builder = RingBuilder(4, 3, 0)
        for number, ip in enumerate(NODES):
            self.builder.add_dev(
                {"id": number, "region": 1, "zone": number, "ip": ip}
                | {"port": 6201, "replication_ip": ip, "device": "sda"}
                | {"replication_port": 6201, "weight": 1.0, "meta": ""}
            )
        self.rebalance()
        self.handlers = {ip: RecordingHandler() for ip in NODES}
        for ip in self.holders():
            self.fill_on(ip)

    def rebalance(self):
        self.builder.rebalance(seed=1)
        self.builder.pretend_min_part_hours_passed()
        ring = self.builder.get_ring()
        ring.save(str(self.cluster.swift_dir / "container.ring.gz"))

    def replica(self, ip):
        swift_dir, devices = self.cluster.swift_dir, self.cluster.devices(ip)
        found = Placement(swift_dir, devices, ip).replicas(PHOTOS)
        return found[0] if found else None

    def holders(self):
        return [ip for ip in NODES if self.replica(ip)]

    def fill_on(self, ip):
        path = self.cluster.folder / self.replica(ip).path
        path.parent.mkdir(parents=True)
        broker = create_database(path)
        put(broker, *NAMES, at=self.clock.now)
        merge(broker)

    def crawl(self):
        """Let every node work; return what each was handed."""
        for ip in self.holders():
            self.handlers[ip].found.clear()
            crawler = self.crawler(handlers=[self.handlers[ip]], bind_ip=ip)
            crawler.run_once()
        return {ip: set(self.handlers[ip].names) for ip in self.holders()}

    def give_copy(self, source, target):
        """Copy a database as container-replicator does: with a new id."""
        path = self.cluster.folder / self.replica(target).path
        path.parent.mkdir(parents=True)
        shutil.copy(self.cluster.folder / source, path)
        ContainerBroker(str(path), logger=LOGGER).newid("the source")

    def test_at_first_each_name_is_one_node_s(self):
        shares = self.crawl()
        self.assertEqual(3, len(shares))
        handled = sorted(chain(*shares.values()))
        self.assertEqual(sorted(NAMES), handled)

    def test_the_share_of_a_node_that_leaves_is_its_successor_s(self):
        before = self.crawl()
        leaving = self.holders()[1]
        (coming,) = set(NODES) - set(self.holders())
        source = self.replica(leaving).path
        self.builder.remove_dev(NODES.index(leaving))
        self.rebalance()
        self.give_copy(source, coming)
        shares = self.crawl()
        self.assertEqual(before[leaving], shares[coming])
        for ip in set(shares) - {coming}:
            self.assertEqual(set(), shares[ip])
        found = self.handlers[coming].found
        self.assertTrue(all(each.existed for each in found))

    def test_with_another_number_of_replicas_all_shares_are_compared(self):
        self.crawl()
        self.builder.set_replicas(2)
        self.rebalance()
        shares = self.crawl()
        self.assertEqual(2, len(shares))
        self.assertEqual(set(NAMES), set.union(*shares.values()))
        for ip in shares:
            found = self.handlers[ip].found
            self.assertTrue(all(each.compare for each in found))

    def test_then_nothing_is_compared_twice(self):
        self.crawl()
        self.builder.set_replicas(2)
        self.rebalance()
        self.crawl()
        self.assertEqual(set(), set.union(*self.crawl().values()))
