# SPDX-License-Identifier: Apache-2.0
"""How far is each rule, and what is it waiting for?"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from container_crawler.backlog import backlog
from container_crawler.container import Container
from container_crawler.database import Database
from container_crawler.placement import Placement, Replica
from container_crawler.shards import NoSuchAccount, Shards
from container_crawler.slices import Slice
from s3_sync.config import Config, Rule
from s3_sync.errors import NotFound
from s3_sync.model.row import Row
from s3_sync.replication.journal import Journal, Parked
from s3_sync.stores.local import LocalCluster

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class ContainerStatus:
    """One container under one rule, on this node.

    `pending` rows are ours and not yet settled; `oldest` is the time of the
    earliest of them in seconds since the epoch, None without any.
    """

    container: Container
    pending: int
    oldest: float | None
    parked: tuple[Parked, ...]


@dataclass(frozen=True)
class RuleStatus:
    """The containers of one rule that this node knows of."""

    rule: Rule
    containers: tuple[ContainerStatus, ...]


def read_status(config: Config) -> list[RuleStatus]:
    """Look at the journal and at this node's container databases.

    Works while the daemon runs. Raises JournalError, StoreError and
    DatabaseUnreadable.
    """
    journal = Journal(config.status_dir, read_only=True)
    try:
        reader = _Reader(config, journal)
        return [reader.rule(rule) for rule in config.rules]
    finally:
        journal.close()


class _Reader:
    def __init__(self, config: Config, journal: Journal) -> None:
        self._config = config
        self._journal = journal
        self._cluster = LocalCluster(config.internal_client_path, "status")
        self._placement = Placement(
            config.swift_dir, config.devices, config.swift_bind_ip
        )
        self._shards = Shards(self._placement, self._list_shards, LOGGER)

    def _list_shards(self, account: str) -> list[str]:
        try:
            return self._cluster.containers(account)
        except NotFound as error:
            raise NoSuchAccount(str(error)) from error

    def rule(self, rule: Rule) -> RuleStatus:
        self._shards.look_up(rule.account)
        parked = self._journal.parked(rule.id)
        return RuleStatus(
            rule,
            tuple(
                self._container(
                    rule,
                    container,
                    tuple(p for p in parked if p.container == container),
                )
                for container in self._containers(rule)
            ),
        )

    def _containers(self, rule: Rule) -> Iterable[Container]:
        if not rule.all_containers:
            return [Container(rule.account, rule.container)]
        listed = self._cluster.containers(rule.account)
        names = {Container(rule.account, name) for name in listed}
        known = self._journal.known_containers(rule.id)
        return sorted(names.union(known), key=str)

    def _container(
        self, rule: Rule, container: Container, parked: tuple[Parked, ...]
    ) -> ContainerStatus:
        pending, oldest = 0, float("inf")
        for row in self._pending(rule, container):
            pending += 1
            oldest = min(oldest, row.stamps.data.seconds)
        return ContainerStatus(
            container, pending, oldest if pending else None, parked
        )

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
