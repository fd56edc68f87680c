# SPDX-License-Identifier: Apache-2.0
"""How do the tests of the crawler run one, and end it in any case?"""

import logging
import tempfile
import threading
import time
import unittest
from pathlib import Path

from container_crawler.container import Container
from container_crawler.crawler import ContainerCrawler, CrawlerConf
from container_crawler.handler import Target
from container_crawler.shards import ListingFailed, NoSuchAccount
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    Clock,
    Cluster,
    RecordingHandler,
    put,
)

SLACK = 3600.0
ACCOUNT = "AUTH_test"
ONE, TWO = "127.0.0.1", "127.0.0.2"
DEADLINE = 20.0


def containers(*names):
    return [Container(ACCOUNT, name) for name in names]


def wait_until(condition):
    give_up = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError("waited in vain")
        time.sleep(0.002)


class CaseWithCrawler(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cluster = Cluster(self.folder)
        self.clock = Clock()
        self.handler = RecordingHandler()
        self.listing = {}
        self.logged = []
        self.logger = logging.getLogger(self.id())
        self.logger.addHandler(logging.NullHandler())
        self.logger.addFilter(
            lambda record: self.logged.append(record.getMessage())
        )

    def list_containers(self, account):
        names = self.listing.get(account)
        if names is None and account.startswith("."):
            raise NoSuchAccount(f"{account}: 404")
        if names is None:
            raise ListingFailed(f"{account}: 503")
        return list(names)

    def crawler(self, targets=(PHOTOS.name,), handlers=None, **conf):
        """Make a crawler of this account's containers called `targets`."""
        values = {
            "targets": [
                each if isinstance(each, Target) else Target(ACCOUNT, each)
                for each in targets
            ],
            "swift_dir": self.cluster.swift_dir,
            "devices": self.cluster.devices(conf.get("bind_ip", ONE)),
            "bind_ip": ONE,
            "poll_interval": 0.01,
            "verification_slack": SLACK,
        } | conf
        return ContainerCrawler(
            CrawlerConf(**values),
            handlers or [self.handler],
            self.list_containers,
            self.logger,
            self.clock,
        )

    def fill(self, container=PHOTOS, names=("a", "b"), ordinal=0):
        broker = self.cluster.create(container, ordinal)
        put(broker, *names)
        return broker

    def drive(self, crawler, beside, *, always=False):
        """Run a crawler while `beside` runs in another thread.

        The crawler keeps this thread: eventlet's tpool, in which Swift
        merges rows, serves one thread only. `beside` gets an event that is
        set when the crawler has ended; with `always` its end stops it.
        """
        errors, ended = [], threading.Event()

        def work():
            try:
                beside(ended)
            except AssertionError as error:
                errors.append(error)
            if always or errors:
                crawler.stop()

        thread = threading.Thread(target=work)
        watchdog = threading.Timer(DEADLINE, crawler.stop)
        thread.start()
        watchdog.start()
        result = crawler.run_always() if always else crawler.run_once()
        self.assertTrue(watchdog.is_alive(), "the crawler did not end")
        watchdog.cancel()
        ended.set()
        thread.join()
        self.assertEqual([], errors)
        return result

    def end_rows(self, ended):
        """Let all open rows end, for `drive`."""
        while not ended.wait(0.001):
            self.handler.end()
