# SPDX-License-Identifier: Apache-2.0
"""In which of a container's databases on this node is a row looked up?"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from s3_sync.model.row import current
from s3_sync.model.timestamps import Timestamp


class Databases(Protocol):
    """Where the databases of a container are; the crawler knows."""

    def databases(self, container: Container) -> Iterator[Database]:
        """Open the databases of a container on this node."""
        ...


class Opened:
    """Databases that many rows are looked up in: each is opened once.

    Files are scarce: call `close_all_but` in the end.
    """

    def __init__(self, where: Databases) -> None:
        self._where = where
        self._opened: dict[Container, list[Database]] = {}

    def newest(self, container: Container, name: str) -> Database | None:
        """Return the database that knows the newest of a name.

        A container may have several here: its shards, and two files while
        it is sharded, or replicas on two devices. None: there is none.
        Raises DatabaseUnreadable.
        """
        databases = self._of(container)
        covering = [each for each in databases if each.covers(name)]
        if len(covering) < 2:
            return next(iter(covering or databases), None)
        return max(covering, key=partial(_last_change, name))

    def by_id(self, container: Container, wanted: str) -> Database | None:
        """Return the database with this id; None: it is not here.

        Raises DatabaseUnreadable.
        """
        for database in self._of(container):
            if database.id == wanted:
                return database
        return None

    def _of(self, container: Container) -> list[Database]:
        if container not in self._opened:
            self._opened[container] = []
            try:
                for database in self._where.databases(container):
                    self._opened[container].append(database)
            except DatabaseUnreadable:
                _close(self._opened.pop(container))
                raise
        return self._opened[container]

    def close_all_but(self, needed: Iterable[Database | None]) -> None:
        """Close those that no row will be read from."""
        kept = list(needed)
        for databases in self._opened.values():
            _close(each for each in databases if each not in kept)


def _last_change(name: str, database: Database) -> tuple[Timestamp, ...]:
    try:
        row = current(database.records_of(name), database.policy)
        return tuple(row.stamps) if row else ()
    except ValueError:  # what makes no sense is never the newest
        return ()


def _close(databases: Iterable[Database]) -> None:
    for database in databases:
        database.close()
