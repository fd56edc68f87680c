# SPDX-License-Identifier: Apache-2.0
"""How far is each rule, and what is it waiting for?"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from container_crawler.backlog import backlog
from container_crawler.container import Container
from container_crawler.database import Database
from container_crawler.placement import Placement, Replica
from container_crawler.shards import NoSuchAccount, Shards
from container_crawler.slices import Slice
from s3_sync.config import Config, Rule
from s3_sync.daemon.lock import running_daemon
from s3_sync.errors import NotFound
from s3_sync.model.row import Row
from s3_sync.replication.journal import Journal, Parked
from s3_sync.replication.pauses import NotedPause
from s3_sync.replication.skipped import SkippedName
from s3_sync.stores.local import LocalCluster

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class RuleStatus:
    """One rule on this node: why it waits, how much it left out and why."""

    rule: Rule
    pauses: tuple[NotedPause, ...]
    skipped: Mapping[str, int]
    parked: int


@dataclass(frozen=True)
class ContainerStatus:
    """One container under one rule, on this node.

    `pending` rows are ours and not yet settled; `oldest` is the time of the
    earliest of them in seconds since the epoch, None without any. `parked`
    counts those that failed.
    """

    container: Container
    pending: int
    oldest: float | None
    parked: int


class NodeStatus:
    """What the journal and this node's container databases tell.

    Works while the daemon runs, and changes nothing. Rows come one by one,
    for there may be a million. Methods raise JournalError, StoreError and
    DatabaseUnreadable.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._journal = Journal(config.status_dir, read_only=True)
        self._cluster = LocalCluster(config.internal_client_path, "status")
        self._placement = Placement(
            config.swift_dir, config.devices, config.swift_bind_ip
        )
        self._shards = Shards(self._placement, self._list_shards, LOGGER)
        self.daemon = running_daemon(config.status_dir)
        """The process id of the daemon; 0: it is not known, None: none
        runs."""

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def rules(self) -> Iterator[RuleStatus]:
        """Return the rules of the configuration, in its order."""
        journal = self._journal
        for rule in self._config.rules:
            yield RuleStatus(
                rule,
                tuple(journal.pauses.of(rule.id)),
                journal.skipped.counts(rule.id),
                journal.count_parked(rule.id),
            )

    def parked(
        self, rule: Rule, container: Container | None = None
    ) -> Iterator[Parked]:
        """Return the rows that failed; None: of all containers."""
        return self._journal.parked(rule.id, container)

    def skipped(self, rule: Rule) -> Iterator[SkippedName]:
        """Return the names that are kept of what was left out."""
        return self._journal.skipped.names(rule.id)

    def containers(self, rule: Rule) -> Iterator[ContainerStatus]:
        """Return the rule's containers that are known on this node."""
        self._shards.look_up(rule.account)
        for container in self._containers(rule):
            pending, oldest = 0, float("inf")
            for row in self._pending(rule, container):
                pending += 1
                oldest = min(oldest, row.stamps.data.seconds)
            yield ContainerStatus(
                container,
                pending,
                oldest if pending else None,
                self._journal.count_parked(rule.id, container),
            )

    def _list_shards(self, account: str) -> list[str]:
        try:
            return self._cluster.containers(account)
        except NotFound as error:
            raise NoSuchAccount(str(error)) from error

    def _containers(self, rule: Rule) -> Iterable[Container]:
        if not rule.all_containers:
            return [Container(rule.account, rule.container)]
        listed = self._cluster.containers(rule.account)
        names = {Container(rule.account, name) for name in listed}
        known = self._journal.known_containers(rule.id)
        return sorted(names.union(known), key=str)

    def _pending(self, rule: Rule, container: Container) -> Iterator[Row]:
        for replica, database in self._databases(container):
            points = self._journal.sync_points(rule.id, database.id)
            for process in range(self._config.processes):
                share = Slice(
                    replica.ordinal,
                    replica.nodes,
                    process,
                    self._config.processes,
                )
                for record in backlog(database, share, points):
                    yield Row.from_record(record)
            database.close()

    def _databases(
        self, container: Container
    ) -> Iterator[tuple[Replica, Database]]:
        """Open the databases of a container and those of its shards."""
        shards = self._shards
        for replica in self._placement.replicas(container):
            for file in replica.files():
                database = Database(file, LOGGER)
                shards.note(database.shards())
                yield replica, database
        for replica in shards.replicas(container):
            for file in replica.files():
                yield replica, Database(file, LOGGER)
