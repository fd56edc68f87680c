# SPDX-License-Identifier: Apache-2.0
"""What becomes of a row: done, skipped, parked, or held while a site is down?

Rows come from the crawler and, when their next attempt is due, from the
journal. Each ends exactly once, when its outcome is durable.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

from container_crawler.container import Container
from container_crawler.database import DatabaseUnreadable
from container_crawler.handler import Done, Found
from container_crawler.points import SyncPoint
from container_crawler.shards import ListingFailed
from s3_sync.concurrency import Timeout
from s3_sync.daemon.deletes import Deletes
from s3_sync.daemon.faults import Fate, Refusals, fate
from s3_sync.daemon.parking import Containers, Parking
from s3_sync.daemon.task import Task
from s3_sync.daemon.totals import SENT, Totals
from s3_sync.daemon.turns import Turns
from s3_sync.daemon.waiting import Waiting
from s3_sync.daemon.workers import Workers
from s3_sync.errors import (
    JournalError,
    LimitExceeded,
    NotFound,
    S3SyncError,
    SiteUnavailable,
    StoreError,
)
from s3_sync.log import event
from s3_sync.model.decide import Action, Op
from s3_sync.model.row import Row
from s3_sync.replication.replicator import Replicator

LOGGER = logging.getLogger(__name__)

NEWER_FOLLOWS = Action(Op.NOTHING, "a newer row of the name follows")


class RuleHandler:
    """Handles the rows of one rule; a container_crawler Handler.

    `capacity` bounds the rows under way at once. With `give_up` a site that
    does not answer three probes closes the handler: what is left stays
    before its sync point.
    """

    def __init__(
        self,
        replicator: Replicator,
        workers: Workers,
        containers: Containers,
        *,
        capacity: int,
        give_up: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = replicator.rule
        self._waiting = Waiting(self.rule.name, self._ask_site, clock)
        self.pause = self._waiting.pause
        self.closed = False
        self.under_way = 0
        self.totals = Totals(clock)
        self._replicator = replicator
        self._journal = journal = replicator.journal
        self._workers = workers
        self._capacity = capacity
        self._give_up = give_up
        self._clock = clock
        self._turns: Turns[Task] = Turns()
        self._deletes = Deletes()
        self._refusals = Refusals()
        self._parking = Parking(self.rule.id, journal, containers, clock)

    # What the crawler calls.

    @property
    def paused(self) -> bool:
        """Whether no rows are taken until the site answers again."""
        return self.pause.active

    def room(self) -> int:
        """Return how many rows can be taken now."""
        if self.closed or self.pause.active:
            return 0
        return max(0, self._capacity - self.under_way)

    def handle(self, found: Found, done: Done) -> None:
        """Take a row from the crawler."""
        task = Task(
            Row.from_record(found.record),
            found.database.container,
            found.database,
            done,
            compare=found.compare,
            existed=found.existed,
        )
        self._begin(task)

    def sync_points(self, database_id: str) -> Iterable[SyncPoint]:
        """Return every point that was saved for a database."""
        try:
            return self._journal.sync_points(self.rule.id, database_id)
        except JournalError as error:
            self._hold([], error)
            raise ListingFailed(str(error)) from error

    def save(self, container: Container, points: list[SyncPoint]) -> bool:
        """Make points durable; without a journal the rule pauses."""
        try:
            self._journal.save(self.rule.id, container, points)
        except JournalError as error:
            self._hold([], error)
            return False
        return True

    def known_containers(self) -> Iterable[Container]:
        """Return the containers that points were saved for."""
        try:
            return self._journal.known_containers(self.rule.id)
        except JournalError as error:
            self._hold([], error)
            raise ListingFailed(str(error)) from error

    def forget(self, container: Container) -> None:
        """Drop all that is known of a container that is gone."""
        try:
            self._journal.forget(self.rule.id, container)
        except JournalError as error:  # the next start forgets it
            self._hold([], error)

    # What the daemon calls.

    def tick(self) -> None:
        """Do what is due by the clock; call it a few times a second."""
        now = self._clock()
        for batch in self._deletes.due(now):
            self._submit(partial(self._send_deletes, batch))
        if self.pause.active:
            if self._waiting.probe_is_due():
                # behind a thousand rows it would wait for other rules' work
                self._workers.submit((self.rule.id, "probe"), self._probe)
        else:
            try:
                self._retry_due()
            except JournalError as error:
                self._hold([], error)

    def close(self) -> None:
        """Take and start no more; what is under way ends by itself."""
        self.closed = True
        for batch in self._deletes.due(float("inf")):
            self._submit(partial(self._send_deletes, batch))
        self._let_go()

    # One row's way.

    def _begin(self, task: Task) -> None:
        self.under_way += 1
        if self._turns.take(task.key, task):
            self._submit(partial(self._work, task))
            return
        task.delayed = True
        older = self._deletes.withdraw(task)
        if older:
            self._settle(older, NEWER_FOLLOWS)

    def _submit(self, work: Callable[[], None]) -> None:
        self._workers.submit(self.rule.id, work)

    def _work(self, task: Task) -> None:
        if self.closed or self.pause.active:
            self._hold([task])
            return
        try:
            action = self._act(task)
        except SiteUnavailable as error:
            self._site_failed([task], error)
        except JournalError as error:
            self._hold([task], error)
        except LimitExceeded as error:
            self._settle(task, Action(Op.SKIP, error.detail))
        except (Exception, Timeout) as error:  # noqa: BLE001  it is parked
            self._park(task, error)
        else:
            if action.op is Op.DELETE:
                self._delete_soon(task)
            else:
                self._settle(task, action)

    def _act(self, task: Task) -> Action:
        if task.delayed and task.superseded():
            return NEWER_FOLLOWS
        row, compare, again = task.row, task.compare, task.faults > 0
        if task.existed and task.database:
            if not self._replicator.remote_was_empty(
                task.container, task.database.id
            ):
                compare = True
            elif task.row.deleted:
                return Action(Op.NOTHING, "deleted before it was copied")
        try:
            return self._replicator.replicate(
                row, task.container, task.policy, compare=compare, again=again
            )
        except NotFound:
            if task.superseded():
                return NEWER_FOLLOWS
            raise

    def _delete_soon(self, task: Task) -> None:
        if any(map(task.is_older_than, self._turns.waiting(task.key))):
            self._settle(task, NEWER_FOLLOWS)
            return
        if task.parked or task.faults > 1:  # it might spoil a batch
            batch = [task]
        else:
            batch = self._deletes.add(task, self._clock())
        if batch:
            self._submit(partial(self._send_deletes, batch))

    def _send_deletes(self, batch: list[Task]) -> None:
        if self.pause.active:
            self._hold(batch)
            return
        going = self._still_deleted(batch)
        if not going:
            return
        try:
            store = self._replicator.store(going[0].container)
            outcomes = store.delete([task.row.name for task in going])
        except SiteUnavailable as error:
            self._site_failed(going, error)
        except (Exception, Timeout) as error:  # noqa: BLE001  they are parked
            for task in going:
                self._park(task, error)
        else:
            for task in going:
                self._end_delete(task, outcomes[task.row.name])

    def _end_delete(self, task: Task, failure: StoreError | None) -> None:
        if isinstance(failure, SiteUnavailable):
            self._site_failed([task], failure)
        elif failure:
            self._park(task, failure)
        else:
            self._settle(task, Action(Op.DELETE, "deleted"))

    def _still_deleted(self, batch: list[Task]) -> list[Task]:
        """Read the rows again; keep those that are tombstones even now."""
        going = []
        for task in batch:
            try:
                superseded = task.superseded()
            except DatabaseUnreadable as error:
                self._park(task, error)
                continue
            if superseded:
                self._settle(task, NEWER_FOLLOWS)
            elif task.row.deleted:
                going.append(task)
            else:
                self._submit(partial(self._work, task))
        return going

    # How a row ends.

    def _settle(self, task: Task, action: Action) -> None:
        try:
            self._parking.settled(task, action)
        except JournalError as error:
            self._hold([task], error)
            return
        if action.op in SENT:
            self.pause.succeeded()
            self._refusals.clear()
        self.totals.settled(action.op, task.row)
        level = logging.DEBUG if action.op is Op.NOTHING else logging.INFO
        self._log(level, action.op.value, task, reason=action.reason)
        self._end(task, durable=True)

    def _park(self, task: Task, error: BaseException) -> None:
        if self._refused_alike(task, error):
            return
        try:
            parked = self._parking.park(task, error)
        except JournalError as journal_error:
            self._hold([task], journal_error)
            return
        self.totals.parked()
        self._log(
            logging.WARNING,
            "parked",
            task,
            reason=parked.error,
            attempts=parked.attempts,
            again_in=f"{parked.next_attempt - self._clock():.0f}s",
        )
        self._end(task, durable=True)

    def _end(self, task: Task, *, durable: bool) -> None:
        self.under_way -= 1
        following = self._turns.pass_on(task.key)
        task.done(durable)
        if following:
            self._submit(partial(self._work, following))

    # Waiting for the site, and for parked rows' time.

    def _site_failed(self, tasks: list[Task], error: SiteUnavailable) -> None:
        for task in tasks:
            became = fate(task, error)
            if became is Fate.PARK:
                self._park(task, error)
            elif became is Fate.HOLD or self.closed:
                self._hold([task], error)
            else:
                task.delayed = True
                self._submit(partial(self._work, task))

    def _refused_alike(self, task: Task, error: BaseException) -> bool:
        """Hold a row in place of parking it, if many are refused alike."""
        if self.pause.active and self._refusals.are_like(error):
            self._hold([task])
            return True
        many = self._refusals.are_many(task, error)
        if many:
            self._hold([task], many)
        return many is not None

    def _hold(
        self, tasks: Iterable[Task], error: S3SyncError | None = None
    ) -> None:
        """Keep rows until the site answers again, and pause the rule."""
        self._waiting.hold(tasks, error)
        if self.closed:
            self._let_go()

    def _let_go(self) -> None:
        for task in self._waiting.release():
            self._end(task, durable=False)

    def _ask_site(self, container: Container | None) -> None:
        self._journal.check()
        if container:
            self._replicator.store(container).is_empty()

    def _probe(self) -> None:
        well = self._waiting.probe()
        if self._give_up and self.pause.hopeless:
            self.close()
        elif well:
            for task in self._waiting.release():
                self._submit(partial(self._work, task))

    def _retry_due(self) -> None:
        for task in self._parking.due(self.room()):
            if self._turns.taken(task.key):
                task.done(False)
            else:
                self._begin(task)

    def _log(
        self, level: int, text: str, task: Task, **fields: object
    ) -> None:
        if LOGGER.isEnabledFor(level):
            LOGGER.log(
                level,
                event(
                    text,
                    account=task.container.account,
                    container=task.container.name,
                    object=task.row.name,
                    rowid=task.row.rowid,
                    **fields,
                ),
            )
