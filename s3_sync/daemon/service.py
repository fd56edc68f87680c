# SPDX-License-Identifier: Apache-2.0
"""Which parts make up the daemon, and how do they start and stop?"""

import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from container_crawler.container import Container
from container_crawler.crawler import ContainerCrawler, CrawlerConf
from container_crawler.database import Database
from container_crawler.handler import Target
from s3_sync import __version__
from s3_sync.config import Config, Rule
from s3_sync.daemon.figures import Figures
from s3_sync.daemon.handler import RuleHandler
from s3_sync.daemon.listing import list_containers
from s3_sync.daemon.pause_notes import PauseNotes
from s3_sync.daemon.statsd import Statsd
from s3_sync.daemon.workers import Workers
from s3_sync.errors import JournalUnusable
from s3_sync.log import NAME, event
from s3_sync.replication.replicator import Replicator
from s3_sync.replication.set_aside import open_journal, set_aside_if_broken
from s3_sync.stores.base import ObjectStore
from s3_sync.stores.local import LocalCluster
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from s3_sync.stores.s3_site import S3Sites
from s3_sync.stores.swift import SwiftAccount
from s3_sync.stores.swift_site import SwiftSites
from s3_sync.stores.throttle import Throttles

LOGGER = logging.getLogger(__name__)

TICK_SECONDS = 0.25
REPORT_SECONDS = 10.0
ROWS_UNDER_WAY = 8000
"""For all rules together; each has its share, at most `MOST_ROWS`."""

MOST_ROWS = 2000
LEAST_ROWS = 64


class Service:
    """The daemon's parts for one configuration."""

    def __init__(
        self, config: Config, *, once: bool = False, process: int = 0
    ) -> None:
        """Open everything; raises JournalError.

        `process` is this one's number among the node's `processes`.
        """
        self.journal_lost = False
        """Whether it stopped because nothing could be kept any more."""
        self._journal = open_journal(config.status_dir)
        if config.processes == 1:
            self._journal.pauses.clear()
        self._pause_notes = PauseNotes(self._journal.pauses, process)
        self._cluster = LocalCluster(config.internal_client_path, NAME)
        self._workers = Workers(config.workers)
        self._throttles = Throttles(config.status_dir)
        self._clients = S3Clients(config.workers + 4)
        self._s3_sites = S3Sites(self._clients, self._throttles)
        self._swift_sites = SwiftSites(config.workers + 4, self._throttles)
        share = ROWS_UNDER_WAY // len(config.rules)
        self._capacity = max(LEAST_ROWS, min(MOST_ROWS, share))
        self._once = once
        self._handlers = [self._handler(rule) for rule in config.rules]
        self._throttles.share(config.workers)
        self._stopped = threading.Event()
        self._crawler = self._make_crawler(config, process)
        self._figures = self._make_figures(config, process)

    def _make_crawler(self, config: Config, process: int) -> ContainerCrawler:
        rules = [Target(rule.account, rule.container) for rule in config.rules]
        return ContainerCrawler(
            CrawlerConf(
                targets=rules,
                swift_dir=config.swift_dir,
                devices=config.devices,
                bind_ip=config.swift_bind_ip,
                poll_interval=config.poll_interval,
                verification_slack=config.verification_slack * 60,
                process=process,
                processes=config.processes,
            ),
            self._handlers,
            partial(list_containers, self._cluster),
            logging.getLogger("container-crawler"),
        )

    def _handler(self, rule: Rule) -> RuleHandler:
        throttle = self._throttles.of(rule.site)
        throttle.passed = self._workers.look_again
        self._workers.guard(rule.id, throttle)
        self._journal.skipped.begin_edition(rule.id, _edition(rule))
        replicator = Replicator(
            rule, self._cluster, self._stores(rule), self._journal
        )
        return RuleHandler(
            replicator,
            self._workers,
            self,
            capacity=self._capacity,
            give_up=self._once,
        )

    def _stores(self, rule: Rule) -> Callable[[Container], ObjectStore]:
        """Return how the stores of a rule's containers are opened."""
        if rule.to_swift:
            account = SwiftAccount(rule, self._swift_sites)
            return lambda container: account.container(container.name)
        bucket = S3Bucket(rule, self._clients, sites=self._s3_sites)
        return lambda container: bucket.container(
            container.account, container.name
        )

    def _make_figures(self, config: Config, process: int) -> Figures | None:
        if config.statsd is None:
            return None
        where = config.statsd
        return Figures(
            Statsd(where.host, where.port, where.prefix),
            self._handlers,
            lambda: {
                "local": self._cluster.requests,
                "remote": self._clients.requests + self._swift_sites.requests,
            },
            process if config.processes > 1 else None,
        )

    def databases(self, container: Container) -> Iterator[Database]:
        """Open the databases of `container` on this node, one by one."""
        return self._crawler.databases(container)

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether this process, of the node's, acts on a name."""
        return self._crawler.acts_on(container, name)

    def run(self) -> bool:
        """Work until `stop` is called or, once, until all that is due is done.

        False: something is parked, or was not finished.
        """
        ticker = threading.Thread(target=self._tick, name="ticker")
        ticker.start()
        reporter = threading.Thread(target=self._report, name="reporter")
        reporter.start()
        try:
            return self._run_once() if self._once else self._run_always()
        finally:
            self._stopped.set()
            ticker.join()
            reporter.join()
            self._log_totals()

    def _run_always(self) -> bool:
        self._crawler.run_always()
        return True

    def _run_once(self) -> bool:
        begun = time.time()
        complete = self._crawler.run_once()
        try:
            while self._under_way() or self._any_due(begun):
                self._stopped.wait(TICK_SECONDS)
            return complete and not self._any_parked()
        except JournalUnusable:
            self._watch_journal()
            return False

    def _under_way(self) -> bool:
        return any(handler.under_way for handler in self._handlers)

    def _any_due(self, begun: float) -> bool:
        """Tell whether rows wait that were due when the run began."""
        return any(
            self._journal.due(handler.rule.id, begun, 1, self.acts_on).rows
            for handler in self._handlers
            if not handler.closed
        )

    def _any_parked(self) -> bool:
        return any(
            self.acts_on(parked.container, parked.row.name)
            for handler in self._handlers
            for parked in self._journal.parked(handler.rule.id)
        )

    def stop(self) -> None:
        """Make `run` end, after what is under way."""
        for handler in self._handlers:
            handler.close()
        self._throttles.close()
        self._crawler.stop()

    def close(self) -> None:
        """End the workers and close the journal.

        A damaged journal is set aside; raises JournalError if it cannot be.
        """
        self._workers.close()
        self._throttles.close()
        try:
            set_aside_if_broken(self._journal)
        finally:
            self._journal.close()

    def _tick(self) -> None:
        while not self._stopped.is_set():
            for handler in self._handlers:
                try:
                    handler.tick()
                except Exception:
                    LOGGER.exception("rule %s: tick failed", handler.rule.name)
                self._pause_notes.follow(handler.rule.id, handler.pause)
            self._watch_journal()
            self._stopped.wait(TICK_SECONDS)

    def _watch_journal(self) -> None:
        """Stop when the journal is lost; who runs this begins another."""
        if self._journal.lost and not self.journal_lost:
            self.journal_lost = True
            LOGGER.warning(
                "journal %s: damaged, moved or deleted while it was in use;"
                " starting again",
                self._journal.path,
            )
            self.stop()

    def _report(self) -> None:
        """Send figures now and then, and what is left at the end."""
        if self._figures is None:
            return
        while not self._stopped.wait(REPORT_SECONDS):
            self._figures.report()
        self._figures.report()

    def _log_totals(self) -> None:
        totals: Counter[str] = Counter()
        for handler in self._handlers:
            totals += handler.totals.counts
        LOGGER.info(
            event(
                "totals",
                local_requests=self._cluster.requests,
                remote_requests=self._clients.requests,
                **{name.lower(): count for name, count in totals.items()},
            )
        )


def _edition(rule: Rule) -> str:
    """Return what changes when other objects than before may be left out.

    The rule's own text, in which secrets are masked, and this software's
    version: a later one may copy what this one skips.
    """
    return hashlib.sha256(f"{__version__} {rule!r}".encode()).hexdigest()[:16]
