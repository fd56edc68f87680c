# SPDX-License-Identifier: Apache-2.0
"""Which of a handler's databases have rows now, and whose turn is it?"""

import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from swift.common.exceptions import Timeout

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from container_crawler.handler import EVERY_CONTAINER, Handler, Target
from container_crawler.placement import (
    Fingerprint,
    Placement,
    Replica,
    fingerprint,
)
from container_crawler.slices import Slice
from container_crawler.visit import Visit

SETTLED_SECONDS = 2.0
"""A file written more recently may change again within its time's tick."""

_BREATH = 200
"""Containers between two breaths that the other green threads get."""


class ListingFailed(Exception):
    """The containers of an account cannot be listed now."""


ListContainers = Callable[[str], list[str]]
"""Return all container names of an account, or raise ListingFailed."""


@dataclass(frozen=True)
class Surroundings:
    """What all tours of a crawler have in common; times in seconds."""

    placement: Placement
    list_containers: ListContainers
    verification_slack: float
    process: int
    processes: int
    logger: logging.Logger
    clock: Callable[[], float]

    def share(self, replica: Replica) -> Slice:
        """Return this process's slice of a database."""
        return Slice(
            replica.ordinal, replica.nodes, self.process, self.processes
        )


class _Idle(NamedTuple):
    """A database that needs no visit while it looks the same."""

    fingerprint: Fingerprint
    until: float


class _Ongoing(NamedTuple):
    visit: Visit
    fingerprint: Fingerprint
    looked_at: float


class Tour:
    """One handler's way through the databases of its target.

    `look` stats them and opens those that changed, at most `most_visits` at
    once; `advance` moves the visits on, each with its fair share of the
    handler's room, so that no container waits for another's slow rows.
    """

    def __init__(
        self,
        target: Target,
        handler: Handler,
        most_visits: int,
        around: Surroundings,
    ) -> None:
        self.handler = handler
        self.unfinished = True
        """Whether a look is due that did not wait for the next poll."""
        self._target = target
        self._most_visits = most_visits
        self._around = around
        self._idle: dict[Replica, _Idle] = {}
        self._ongoing: dict[Replica, _Ongoing] = {}
        self._met: set[Container] | None = None
        self._rest: list[Container] = []
        self._told: dict[Hashable, str] = {}

    @property
    def visits(self) -> int:
        """How many databases are being visited."""
        return len(self._ongoing)

    @property
    def eager(self) -> bool:
        """Whether more is to be looked at, and half of the visits are free."""
        return (
            self.unfinished
            and not self.handler.paused
            and len(self._ongoing) * 2 <= self._most_visits
        )

    def look(self) -> bool:
        """Visit what changed; False: something could not be looked at.

        Goes on where the last look had to stop, else it begins anew.
        """
        if self.handler.closed:
            self.unfinished = False
            return False
        if self.handler.paused:
            return True
        self.unfinished = False
        containers, self._rest = self._rest, []
        complete = True
        if not containers:
            complete = self._try("listing", self._target.account, self._list)
            containers, self._rest = self._rest, []
        for position, container in enumerate(containers):
            if len(self._ongoing) >= self._most_visits:
                self._rest = containers[position:]
                self.unfinished = True
                break
            if position % _BREATH == 0:
                time.sleep(0)
            complete &= self._look_at(container)
        return complete

    def _list(self) -> None:
        account, name = self._target.account, self._target.container
        if name != EVERY_CONTAINER:
            self._rest = [Container(account, name)]
            return
        listed = [
            Container(account, name)
            for name in self._around.list_containers(account)
            if not name.startswith("\0")  # Swift's own, of versioning
        ]
        self._rest = listed + self._vanished(listed)

    def _vanished(self, listed: list[Container]) -> list[Container]:
        """Return deleted containers that may still hold tombstones."""
        if self._met is None:
            self._met = set(self.handler.known_containers())
        vanished = []
        for container in self._met.difference(listed):
            replicas = self._around.placement.replicas(container)
            if any(replica.exists() for replica in replicas):
                vanished.append(container)
            else:
                self.handler.forget(container)
        self._met = {*listed, *vanished}
        return vanished

    def _look_at(self, container: Container) -> bool:
        complete = True
        for replica in self._around.placement.replicas(container):
            now = self._around.clock()
            seen = fingerprint(replica)
            idle = self._idle.get(replica)
            if seen is None or (
                idle and idle.fingerprint == seen and now < idle.until
            ):
                continue
            visit = partial(self._visit, replica, seen, now)
            complete &= self._try("look at", container, visit)
        return complete

    def _visit(self, replica: Replica, seen: Fingerprint, now: float) -> None:
        self._idle.pop(replica, None)
        ongoing = self._ongoing.get(replica)
        if ongoing:
            visit = ongoing.visit
        else:
            visit = Visit(
                Database(replica.path, self._around.logger),
                self._around.share(replica),
                self.handler,
                self._around.verification_slack,
            )
        visit.look(now)  # if this fails, what was seen does not count
        self._ongoing[replica] = _Ongoing(visit, seen, now)

    def advance(self, wake: Callable[[], None]) -> bool:
        """Move all visits on; False: one ended before it was drained.

        `wake` is called, from any thread, when it is worth to call again.
        """
        complete = True
        share = self._fair_share()
        for replica, ongoing in list(self._ongoing.items()):
            step = partial(_step, ongoing.visit, wake, share)
            if not self._try("visit to", ongoing.visit.container, step):
                ongoing.visit.failed = True
            complete &= self._retire(replica, ongoing)
        return complete

    def _fair_share(self) -> int:
        """Return how many rows each visit may have under way.

        Without it, one full container would leave no room for the others.
        """
        rows = [ongoing.visit.open_rows for ongoing in self._ongoing.values()]
        room = self.handler.room() + sum(rows)
        return max(1, room // max(1, len(rows)))

    def _retire(self, replica: Replica, ongoing: _Ongoing) -> bool:
        """End a visit that is over; False: it was not drained.

        A handler that takes no rows keeps no database open.
        """
        visit, handler = ongoing.visit, self.handler
        refused = not visit.open_rows and (handler.closed or handler.paused)
        if not (visit.drained or visit.failed or refused):
            return True
        self._end(replica)
        settled = ongoing.fingerprint.changed + SETTLED_SECONDS
        if visit.drained and settled < ongoing.looked_at:
            self._idle[replica] = _Idle(ongoing.fingerprint, visit.next_ripe)
        if refused and not (visit.drained or handler.closed):
            self._rest = []
            self.unfinished = True
            return True
        return visit.drained

    def finish(self) -> None:
        """Save what has ended by now; end the visits that wait for nothing."""
        for replica, ongoing in list(self._ongoing.items()):
            ongoing.visit.settle()
            if ongoing.visit.failed or not ongoing.visit.open_rows:
                self._end(replica)

    def _end(self, replica: Replica) -> None:
        self._ongoing.pop(replica).visit.close()

    def _try(
        self, what: str, subject: Hashable, step: Callable[[], None]
    ) -> bool:
        """Take a step; False: it failed, which stops nothing else."""
        try:
            step()
        except (DatabaseUnreadable, ListingFailed) as error:
            self._tell_once(what, subject, str(error))
            return False
        except (Exception, Timeout):
            self._around.logger.exception("%s %s failed", what, subject)
            return False
        self._told.pop(subject, None)
        return True

    def _tell_once(self, what: str, subject: Hashable, reason: str) -> None:
        """Log a failure, but not at every poll again."""
        if self._told.get(subject) != reason:
            self._told[subject] = reason
            self._around.logger.error(
                "%s %s failed: %s", what, subject, reason
            )


def _step(visit: Visit, wake: Callable[[], None], most: int) -> None:
    visit.settle()
    if not visit.failed:
        visit.hand_out(wake, most)
        visit.settle()
