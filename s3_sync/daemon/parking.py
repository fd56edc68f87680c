# SPDX-License-Identifier: Apache-2.0
"""Which rows of a rule have failed, and when are they tried again?"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Protocol

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from s3_sync.daemon.task import Task
from s3_sync.errors import StoreError
from s3_sync.model.row import Row, current
from s3_sync.model.timestamps import Timestamp
from s3_sync.replication.backoff import backoff
from s3_sync.replication.journal import Journal, Parked


class Containers(Protocol):
    """Where a parked row's container is; the crawler knows."""

    def databases(self, container: Container) -> Iterator[Database]:
        """Open the databases of a container on this node."""
        ...

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether this process, of the node's, acts on a name."""
        ...


class Parking:
    """The parked rows of one rule. Every method raises JournalError."""

    def __init__(
        self,
        rule_id: str,
        journal: Journal,
        containers: Containers,
        clock: Callable[[], float],
    ) -> None:
        self._rule_id = rule_id
        self._journal = journal
        self._containers = containers
        self._clock = clock
        self._any = journal.count_parked(rule_id) > 0

    def park(self, task: Task, error: BaseException) -> Parked:
        """Keep a failed row until its next attempt."""
        return self._keep(task.container, task.row, error)

    def _keep(
        self, container: Container, row: Row, error: BaseException
    ) -> Parked:
        reason = str(error) if isinstance(error, StoreError) else repr(error)
        now = self._clock()
        before = self._journal.find_parked(self._rule_id, container, row.name)
        attempts = before.attempts + 1 if before else 1
        wait = backoff(attempts, random.random())  # noqa: S311  no secret
        parked = Parked(
            container,
            row,
            reason,
            attempts,
            before.first_failed if before else now,
            now + wait,
        )
        self._journal.park(self._rule_id, parked)
        self._any = True
        return parked

    def settled(self, task: Task) -> None:
        """Forget the failures of a name that is settled now."""
        if self._any:
            self._journal.unpark(self._rule_id, task.container, task.row.name)

    def due(self, limit: int) -> list[Task]:
        """Return up to `limit` rows whose next attempt has come."""
        if not self._any:
            return []
        due = self._journal.due(self._rule_id, self._clock(), limit)
        self._any = self._journal.count_parked(self._rule_id) > 0
        tasks = []
        opened = _Opened(self._containers)
        for parked in due:
            container, row = parked.container, parked.row
            try:
                if not self._containers.acts_on(container, row.name):
                    continue
                database = opened.database(container, row.name)
            except DatabaseUnreadable as error:  # the others go on
                self._keep(container, row, error)
            else:
                tasks.append(_attempt(parked, database))
        opened.close_all_but([task.database for task in tasks])
        return tasks


class _Opened:
    """The databases of the rows that are due: files are scarce."""

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self._databases: dict[Container, list[Database]] = {}

    def database(self, container: Container, name: str) -> Database | None:
        """Return the one that knows the newest of a name, if any is here."""
        if container not in self._databases:
            found = self._containers.databases(container)
            self._databases[container] = list(found)
        return _newest_of(self._databases[container], name)

    def close_all_but(self, used: list[Database | None]) -> None:
        """Close those that no row needs."""
        needed = set(map(id, used))
        for database in chain(*self._databases.values()):
            if id(database) not in needed:
                database.close()


def _newest_of(databases: list[Database], name: str) -> Database | None:
    """Return the one that knows the newest of a name; None: there is none.

    A container may have several here: its shards, and two files while it is
    sharded, or replicas on two devices.
    """
    covering = [each for each in databases if each.covers(name)]
    if len(covering) < 2:
        return next(iter(covering or databases), None)
    return max(covering, key=partial(_last_change, name))


def _last_change(name: str, database: Database) -> tuple[Timestamp, ...]:
    try:
        row = current(database.records_of(name), database.policy)
        return tuple(row.stamps) if row else ()
    except ValueError:  # what makes no sense is never the newest
        return ()


def _attempt(parked: Parked, database: Database | None) -> Task:
    def done(_: bool) -> None:
        if database:
            database.close()  # whoever reads it after that opens it again

    return Task(
        parked.row,
        parked.container,
        database,
        done,
        compare=True,
        parked=True,
        delayed=True,
    )
