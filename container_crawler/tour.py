# SPDX-License-Identifier: Apache-2.0
"""Which of a handler's databases have rows now, and whose turn is it?"""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
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
from container_crawler.shards import ListContainers, ListingFailed, Shards
from container_crawler.slices import Slice
from container_crawler.visit import Visit

SETTLED_SECONDS = 2.0
"""A file written more recently may change again within its time's tick."""

_BREATH = 200
"""Databases between two breaths that the other green threads get."""


@dataclass(frozen=True)
class Surroundings:
    """What all tours of a crawler have in common; times in seconds."""

    placement: Placement
    shards: Shards
    list_containers: ListContainers
    verification_slack: float
    process: int
    processes: int
    boot: str
    logger: logging.Logger
    clock: Callable[[], float]

    def replicas(self, container: Container) -> Iterator[Replica]:
        """Return our places in a container and in its shards.

        What visiting the first ones tells of shards is heeded.
        """
        yield from self.placement.replicas(container)
        yield from self.shards.replicas(container)

    def share(self, replica: Replica) -> Slice:
        """Return this process's slice of a database."""
        return Slice(
            replica.ordinal, replica.nodes, self.process, self.processes
        )


class _Idle(NamedTuple):
    """A database that needs no visit while it looks the same."""

    fingerprint: Fingerprint
    until: float


@dataclass
class _Look:
    """What a database looked like, and which files are not drained yet."""

    replica: Replica
    fingerprint: Fingerprint
    time: float
    undrained: set[Replica]
    next_ripe: float = float("inf")


class _Ongoing(NamedTuple):
    visit: Visit
    look: _Look


_Place = tuple[Container, Replica]


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
        self._ongoing: dict[Replica, _Ongoing] = {}  # by file
        self._met: set[Container] | None = None
        self._places: Iterator[_Place] = iter(())
        self._put_back: _Place | None = None
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
        complete = True
        place = self._next_place()
        if not place:
            complete = self._begin()
            place = self._next_place()
        for position in count(1):
            if not place:
                break
            if len(self._ongoing) >= self._most_visits:
                self._put_back = place
                self.unfinished = True
                break
            if position % _BREATH == 0:
                time.sleep(0)
            complete &= self._look_at(*place)
            place = self._next_place()
        return complete

    def _next_place(self) -> _Place | None:
        place, self._put_back = self._put_back, None
        return place or next(self._places, None)

    def _begin(self) -> bool:
        """Begin a round; False: not all containers or shards are known."""
        account = self._target.account
        look_up = partial(self._around.shards.look_up, account)
        shards = self._try("look up shards of", account, look_up, "shards")
        listing = partial(self._list, shards_known=shards)
        return self._try("listing", account, listing, "listing") and shards

    def _list(self, *, shards_known: bool) -> None:
        account, name = self._target.account, self._target.container
        if name != EVERY_CONTAINER:
            self._places = self._places_of([Container(account, name)])
            return
        listed = [
            Container(account, name)
            for name in self._around.list_containers(account)
            if not name.startswith("\0")  # Swift's own, of versioning
        ]
        vanished = self._vanished(listed, shards_known=shards_known)
        self._places = self._places_of(listed + vanished)

    def _places_of(self, containers: list[Container]) -> Iterator[_Place]:
        for container in containers:
            for replica in self._around.replicas(container):
                yield container, replica

    def _vanished(
        self, listed: list[Container], *, shards_known: bool
    ) -> list[Container]:
        """Return deleted containers that may still hold tombstones."""
        if self._met is None:
            self._met = set(self.handler.known_containers())
        vanished = []
        for container in self._met.difference(listed):
            replicas = self._around.replicas(container)
            if not shards_known or any(each.exists() for each in replicas):
                vanished.append(container)
            else:
                self.handler.forget(container)
        self._met = {*listed, *vanished}
        return vanished

    def _look_at(self, container: Container, replica: Replica) -> bool:
        now = self._around.clock()
        idle = self._idle.get(replica)
        seen = fingerprint(replica, idle.fingerprint if idle else None)
        if seen is None or (
            idle and idle.fingerprint == seen and now < idle.until
        ):
            return True
        self._idle.pop(replica, None)
        files = [replica.at(file.path) for file in seen.files]
        look = _Look(replica, seen, now, set(files))
        complete = True
        for file in files:
            visit = partial(self._visit, file, look)
            complete &= self._try("look at", container, visit, file.path)
        return complete

    def _visit(self, file: Replica, look: _Look) -> None:
        ongoing = self._ongoing.get(file)
        if ongoing:
            visit = ongoing.visit
        else:
            visit = Visit(
                Database(file.path, self._around.logger),
                self._around.share(file),
                self.handler,
                self._around.verification_slack,
                self._around.boot,
            )
        visit.look(look.time)  # if this fails, what was seen does not count
        self._ongoing[file] = _Ongoing(visit, look)
        self._around.shards.note(visit.shards())

    def advance(self, wake: Callable[[], None]) -> bool:
        """Move all visits on; False: one ended before it was drained.

        `wake` is called, from any thread, when it is worth to call again.
        """
        complete = True
        share = self._fair_share()
        for file, ongoing in list(self._ongoing.items()):
            visit = ongoing.visit
            step = partial(_step, visit, wake, share)
            if not self._try("visit to", visit.container, step, file.path):
                visit.failed = True
            complete &= self._retire(file, ongoing)
        return complete

    def _fair_share(self) -> int:
        """Return how many rows each visit may have under way.

        Without it, one full container would leave no room for the others.
        """
        rows = [ongoing.visit.open_rows for ongoing in self._ongoing.values()]
        room = self.handler.room() + sum(rows)
        return max(1, room // max(1, len(rows)))

    def _retire(self, file: Replica, ongoing: _Ongoing) -> bool:
        """End a visit that is over; False: it was not drained.

        A handler that takes no rows keeps no database open.
        """
        visit, handler = ongoing.visit, self.handler
        refused = not visit.open_rows and (handler.closed or handler.paused)
        if not (visit.drained or visit.failed or refused):
            return True
        self._end(file)
        if visit.drained:
            self._note_drained(file, ongoing)
            return True
        if refused and not handler.closed:
            self._places, self._put_back = iter(()), None
            self.unfinished = True
            return True
        return False

    def _note_drained(self, file: Replica, ongoing: _Ongoing) -> None:
        visit, look = ongoing
        look.undrained.discard(file)
        look.next_ripe = min(look.next_ripe, visit.next_ripe)
        settled = look.fingerprint.changed + SETTLED_SECONDS < look.time
        if settled and not look.undrained:
            self._idle[look.replica] = _Idle(look.fingerprint, look.next_ripe)

    def finish(self) -> None:
        """Save what has ended by now; end the visits that wait for nothing."""
        for file, ongoing in list(self._ongoing.items()):
            ongoing.visit.settle()
            if ongoing.visit.failed or not ongoing.visit.open_rows:
                self._end(file)

    def _end(self, file: Replica) -> None:
        self._ongoing.pop(file).visit.close()

    def _try(
        self, what: str, subject: object, step: Callable[[], None], place: str
    ) -> bool:
        """Take a step; False: it failed, which stops nothing else."""
        try:
            step()
        except (DatabaseUnreadable, ListingFailed) as error:
            self._tell_once(what, subject, str(error), place)
            return False
        except (Exception, Timeout):
            self._around.logger.exception("%s %s failed", what, subject)
            return False
        self._told.pop((what, place), None)
        return True

    def _tell_once(
        self, what: str, subject: object, reason: str, place: str
    ) -> None:
        """Log a failure, but not at every poll again."""
        if self._told.get((what, place)) != reason:
            self._told[what, place] = reason
            self._around.logger.error(
                "%s %s failed: %s", what, subject, reason
            )


def _step(visit: Visit, wake: Callable[[], None], most: int) -> None:
    visit.settle()
    if not visit.failed:
        visit.hand_out(wake, most)
        visit.settle()
