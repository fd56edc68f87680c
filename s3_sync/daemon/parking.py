# SPDX-License-Identifier: Apache-2.0
"""Which rows of a rule wait, and when are they tried again?"""

import random
from collections.abc import Callable
from typing import Protocol

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from s3_sync.daemon.opened import Databases, Opened
from s3_sync.daemon.task import Task
from s3_sync.errors import StoreError
from s3_sync.model.decide import Action, Op
from s3_sync.model.row import Row
from s3_sync.replication.backoff import backoff
from s3_sync.replication.journal import DueKey, Journal, Parked
from s3_sync.replication.skipped import AgainKey, Origin, SkippedName

AT_ONCE = 200
"""Most skipped rows that one look reads again."""


class Containers(Databases, Protocol):
    """Where a row's container is, and whose it is; the crawler knows."""

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether this process, of the node's, acts on a name."""
        ...


class Parking:
    """What a rule comes back to: failed rows, and skipped ones if it changed.

    Every method raises JournalError.
    """

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
        self._any = journal.has_parked(rule_id)
        self._any_skipped = journal.skipped.any(rule_id)
        self._after: DueKey | None = None
        self._again_after: AgainKey | None = None

    def park(self, task: Task, error: BaseException) -> Parked:
        """Keep a failed row until its next attempt."""
        parked = self._keep(task.container, task.row, error)
        self._drop_skipped(task)
        return parked

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

    def settled(self, task: Task, action: Action) -> None:
        """Forget the failures of a name that is settled now.

        One that is skipped is counted. A row of another storage policy than
        the container's may decide nothing about its name.
        """
        of_another_policy = task.row.policy != task.policy
        if of_another_policy and action.op is Op.NOTHING and not task.parked:
            return
        if action.op is Op.SKIP:
            self._skip(task, action.reason)
        else:
            self._drop_skipped(task)
        if self._any:
            self._journal.unpark(self._rule_id, task.container, task.row.name)

    def _skip(self, task: Task, reason: str) -> None:
        self._any_skipped = True
        self._journal.skipped.note(
            self._rule_id,
            SkippedName(task.container, task.row.name, reason, self._clock()),
            task.database.id if task.database else "",
            task.row.rowid,
        )

    def _drop_skipped(self, task: Task) -> None:
        if self._any_skipped:
            self._journal.skipped.drop(
                self._rule_id, task.container, task.row.name
            )

    def due(self, limit: int) -> list[Task]:
        """Return up to `limit` rows whose time has come."""
        if not limit:
            return []
        tasks = self._parked_due(limit) if self._any else []
        if self._any_skipped and len(tasks) < limit:
            tasks += self._skipped_again(min(limit - len(tasks), AT_ONCE))
        return tasks

    def _parked_due(self, limit: int) -> list[Task]:
        due = self._journal.due(
            self._rule_id,
            self._clock(),
            limit,
            self._containers.acts_on,
            self._after,
        )
        self._after = due.resume
        self._any = self._journal.has_parked(self._rule_id)
        tasks = []
        opened = Opened(self._containers)
        for parked in due.rows:
            try:
                database = opened.newest(parked.container, parked.row.name)
            except DatabaseUnreadable as error:  # the others go on
                self._keep(parked.container, parked.row, error)
            else:
                tasks.append(_attempt(parked, database))
        opened.close_all_but(task.database for task in tasks)
        return tasks

    def _skipped_again(self, limit: int) -> list[Task]:
        origins, self._again_after = self._journal.skipped.again(
            self._rule_id, limit, self._again_after
        )
        tasks = []
        opened = Opened(self._containers)
        for origin in origins:
            try:
                task = self._look_again(origin, opened)
            except DatabaseUnreadable:
                continue  # it stays marked, for the next look
            tasks += [task] if task else []
        opened.close_all_but(task.database for task in tasks)
        return tasks

    def _look_again(self, origin: Origin, opened: Opened) -> Task | None:
        """Read a skipped row; without it, its name is no longer skipped.

        Then a newer row of the name has come, or comes soon.
        """
        database = opened.by_id(origin.container, origin.database_id)
        row = _row_at(database, origin.rowid) if database else None
        if row is None:
            self._journal.skipped.drop_digest(origin.digest)
            return None
        if not self._containers.acts_on(origin.container, row.name):
            return None
        return _again(row, origin.container, database)


def _row_at(database: Database, rowid: int) -> Row | None:
    """Return a row that decides about its name; None: it is gone."""
    for record in database.rows_since(rowid - 1, 1):
        row = Row.from_record(record)
        if row.rowid == rowid and row.policy == database.policy:
            return row
    return None


def _attempt(parked: Parked, database: Database | None) -> Task:
    task = _again(parked.row, parked.container, database)
    task.parked = True
    return task


def _again(row: Row, container: Container, database: Database | None) -> Task:
    def done(_: bool) -> None:
        if database:
            database.close()  # whoever reads it after that opens it again

    return Task(row, container, database, done, compare=True, delayed=True)
