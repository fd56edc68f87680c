# SPDX-License-Identifier: Apache-2.0
"""Which rows of a rule have failed, and when are they tried again?"""

import random
from collections.abc import Callable, Iterator

from container_crawler.container import Container
from container_crawler.database import Database
from s3_sync.daemon.task import Task
from s3_sync.errors import StoreError
from s3_sync.replication.backoff import backoff
from s3_sync.replication.journal import Journal, Parked

FindDatabases = Callable[[Container], Iterator[Database]]
"""Open the databases of a container on this node."""


class Parking:
    """The parked rows of one rule. Every method raises JournalError."""

    def __init__(
        self,
        rule_id: str,
        journal: Journal,
        find_databases: FindDatabases,
        clock: Callable[[], float],
    ) -> None:
        self._rule_id = rule_id
        self._journal = journal
        self._find_databases = find_databases
        self._clock = clock
        self._any = journal.count_parked(rule_id) > 0

    def park(self, task: Task, error: BaseException) -> Parked:
        """Keep a failed row until its next attempt."""
        reason = str(error) if isinstance(error, StoreError) else repr(error)
        now = self._clock()
        before = self._journal.find_parked(
            self._rule_id, task.container, task.row.name
        )
        attempts = before.attempts + 1 if before else 1
        wait = backoff(attempts, random.random())  # noqa: S311  no secret
        parked = Parked(
            task.container,
            task.row,
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
        return [self._attempt(parked) for parked in due]

    def _attempt(self, parked: Parked) -> Task:
        database = next(self._find_databases(parked.container), None)

        def done(_: bool) -> None:
            if database:
                database.close()

        return Task(
            parked.row,
            parked.container,
            database,
            done,
            compare=True,
            parked=True,
            delayed=True,
        )
