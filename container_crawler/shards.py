# SPDX-License-Identifier: Apache-2.0
"""Which shard databases on this node belong to a container?

A shard is a container of a hidden account, anywhere in the ring; only its
own database tells whose it is. Its name is known from the listing of that
account, which Swift's container-updater keeps, and sooner, on a node that
has the container's own database, from there.
"""

import logging
import time
from collections.abc import Callable, Iterable

from container_crawler.container import Container
from container_crawler.database import (
    Database,
    DatabaseUnreadable,
    shards_account,
)
from container_crawler.placement import Placement, Replica

LIST_SECONDS = 15.0
"""How often the hidden account is listed."""


class ListingFailed(Exception):
    """The containers of an account cannot be listed now."""


class NoSuchAccount(ListingFailed):
    """There is no such account."""


ListContainers = Callable[[str], list[str]]
"""Return all container names of an account, or raise ListingFailed."""


class Shards:
    """The shards that were heard of, and those that are on this node."""

    def __init__(
        self,
        placement: Placement,
        list_containers: ListContainers,
        logger: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._placement = placement
        self._list_containers = list_containers
        self._logger = logger
        self._clock = clock
        self._roots: dict[Container, Container | None] = {}
        self._shards: dict[Container, list[Container]] = {}
        self._list_again: dict[str, float] = {}

    def look_up(self, account: str) -> None:
        """Find the shards of an account's containers, if it is time to.

        Raises ListingFailed and DatabaseUnreadable.
        """
        if self._clock() < self._list_again.get(account, 0.0):
            return
        hidden = shards_account(account)
        try:
            names = self._list_containers(hidden)
        except NoSuchAccount:
            names = []  # no container was ever sharded
        listed = [Container(hidden, name) for name in names]
        self._forget_others(hidden, set(listed))
        for shard in listed:
            self._roots.setdefault(shard)
        self._open(shard for shard in self._roots if shard.account == hidden)
        self._list_again[account] = self._clock() + LIST_SECONDS

    def note(self, shards: Iterable[Container]) -> None:
        """Take shards that a container's own database names.

        Raises DatabaseUnreadable.
        """
        new = [shard for shard in shards if shard not in self._roots]
        for shard in new:
            self._roots[shard] = None
        self._open(new)

    def replicas(self, container: Container) -> list[Replica]:
        """Return our places in the known shards of a container."""
        return [
            replica
            for shard in self._shards.get(container, ())
            for replica in self._placement.replicas(shard)
        ]

    def _open(self, shards: Iterable[Container]) -> None:
        """Ask the shards that came to this node whose they are, once.

        All are asked, also after one that cannot be read.
        """
        failure = None
        for shard in list(shards):
            if self._roots[shard]:
                continue
            try:
                root = self._root_of(shard)
            except DatabaseUnreadable as error:
                failure = error
                continue
            if root:
                self._roots[shard] = root
                self._shards.setdefault(root, []).append(shard)
        if failure:
            raise failure

    def _root_of(self, shard: Container) -> Container | None:
        for replica in self._placement.replicas(shard):
            files = replica.files()
            if files:
                database = Database(files[-1], self._logger)
                database.close()
                return database.container
        return None

    def _forget_others(self, account: str, listed: set[Container]) -> None:
        """Forget shards that are neither listed any more nor here."""
        for shard, root in list(self._roots.items()):
            if shard.account != account or shard in listed:
                continue
            replicas = self._placement.replicas(shard)
            if any(replica.exists() for replica in replicas):
                continue
            del self._roots[shard]
            if root:
                self._shards[root].remove(shard)
                if not self._shards[root]:
                    del self._shards[root]
