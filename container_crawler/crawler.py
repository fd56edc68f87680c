# SPDX-License-Identifier: Apache-2.0
"""Which databases have rows for us now, and in what turns are they read?"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from swift.common.exceptions import Timeout

from container_crawler.container import Container
from container_crawler.database import Database, DatabaseUnreadable
from container_crawler.handler import (
    EVERY_CONTAINER,
    Handler,
    Target,
)
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

MAX_VISITS = 256
"""Databases open at once; the others wait for their turn.

Every handler has its share, so that one whose rows do not end leaves the
others theirs."""

GATHER_SECONDS = 0.02
FINISH_SECONDS = 30.0


class ListingFailed(Exception):
    """The containers of an account cannot be listed now."""


ListContainers = Callable[[str], list[str]]
"""Return all container names of an account, or raise ListingFailed."""


@dataclass(frozen=True)
class CrawlerConf:
    """What is crawled, and how; times in seconds.

    `verification_slack` is how long a row is left to its owner before the
    other nodes look after it.
    """

    targets: Sequence[Target]
    swift_dir: Path
    devices: Path
    bind_ip: str
    poll_interval: float
    verification_slack: float
    process: int = 0
    processes: int = 1


class _Place(NamedTuple):
    """One handler's work on one database of this node."""

    handler: int
    container: Container
    replica: Replica


class _Idle(NamedTuple):
    """A database that needs no visit while it looks the same."""

    fingerprint: Fingerprint
    until: float


class _Ongoing(NamedTuple):
    visit: Visit
    fingerprint: Fingerprint
    looked_at: float


class ContainerCrawler:
    """Hand the rows of this node's container databases to handlers.

    There is one handler for each of the conf's targets, in their order.
    Each poll stats the databases of every target; only those that changed
    are opened and visited. Visits go on in turns until they are drained, so
    no container waits for another's slow rows.
    """

    def __init__(
        self,
        conf: CrawlerConf,
        handlers: Sequence[Handler],
        list_containers: ListContainers,
        logger: logging.Logger,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._conf = conf
        self._placement = Placement(conf.swift_dir, conf.devices, conf.bind_ip)
        self._handlers = handlers
        self._list_containers = list_containers
        self._logger = logger
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._idle: dict[_Place, _Idle] = {}
        self._ongoing: dict[_Place, _Ongoing] = {}
        self._met: dict[int, set[Container]] = {}
        self._most_visits = max(1, MAX_VISITS // max(1, len(handlers)))
        self._rest: dict[int, list[Container]] = {}
        self._left: set[int] = set()

    def run_once(self) -> bool:
        """Handle all rows there are now; False: some were not finished."""
        complete = True
        self._left.update(range(len(self._handlers)))
        while self._left and not self._stopping.is_set():
            complete &= self._look(sorted(self._left))
            while self._ongoing and not self._stopping.is_set():
                complete &= self._advance()
                if self._ongoing:
                    self._wait(self._conf.poll_interval)
            if self._left:
                self._wait(GATHER_SECONDS)
        self._finish()
        return complete and not self._stopping.is_set()

    def run_always(self) -> None:
        """Poll until `stop` is called, then finish what is in flight."""
        while not self._stopping.is_set():
            next_poll = time.monotonic() + self._conf.poll_interval
            self._look(range(len(self._handlers)))
            self._advance()
            while not self._stopping.is_set() and time.monotonic() < next_poll:
                self._wait(next_poll - time.monotonic())
                self._advance()
        self._finish()

    def stop(self) -> None:
        """Make `run_once` and `run_always` return soon."""
        self._stopping.set()
        self._wake.set()

    def databases(self, container: Container) -> Iterator[Database]:
        """Open the databases of `container` on this node, one by one."""
        for replica in self._placement.replicas(container):
            if replica.path.exists():
                yield Database(replica.path, self._logger)

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether, of this node's processes, this one acts on a name."""
        for replica in self._placement.replicas(container):
            return self._share(replica).acts_on(name)
        return self._conf.process == 0

    def _share(self, replica: Replica) -> Slice:
        return Slice(
            replica.ordinal,
            replica.nodes,
            self._conf.process,
            self._conf.processes,
        )

    def _look(self, handlers: Iterable[int]) -> bool:
        """Visit what changed; False: something could not be looked at.

        `_left` keeps the handlers that have more to be looked at.
        """
        complete = True
        for index in handlers:
            if self._handlers[index].closed:
                self._left.discard(index)
                complete = False
            elif not self._handlers[index].paused:
                self._left.discard(index)
                complete &= self._look_for(index)
        return complete

    def _look_for(self, index: int) -> bool:
        """Go on where the last look had to stop, else begin anew."""
        rest = self._rest.pop(index, None)
        try:
            containers = rest or self._containers(index)
        except ListingFailed as error:
            self._logger.error("account skipped for this poll: %s", error)
            return False
        except (Exception, Timeout):
            account = self._conf.targets[index].account
            self._logger.exception(
                "account skipped for this poll: %s", account
            )
            return False
        complete = True
        others = sum(place.handler != index for place in self._ongoing)
        for position, container in enumerate(containers):
            if len(self._ongoing) - others >= self._most_visits:
                self._rest[index] = containers[position:]
                self._left.add(index)
                break
            complete &= self._look_at(index, container)
        return complete

    def _containers(self, index: int) -> list[Container]:
        target = self._conf.targets[index]
        if target.container != EVERY_CONTAINER:
            return [Container(target.account, target.container)]
        listed = [
            Container(target.account, name)
            for name in self._list_containers(target.account)
            if not name.startswith("\0")  # Swift's own, of versioning
        ]
        return listed + self._vanished(index, listed)

    def _vanished(
        self, index: int, listed: list[Container]
    ) -> list[Container]:
        """Return deleted containers that may still hold tombstones."""
        handler = self._handlers[index]
        if index not in self._met:
            self._met[index] = set(handler.known_containers())
        vanished = []
        for container in self._met[index].difference(listed):
            replicas = self._placement.replicas(container)
            if any(replica.path.exists() for replica in replicas):
                vanished.append(container)
            else:
                handler.forget(container)
        self._met[index] = {*listed, *vanished}
        return vanished

    def _look_at(self, index: int, container: Container) -> bool:
        complete = True
        for replica in self._placement.replicas(container):
            now = self._clock()
            seen = fingerprint(replica.path)
            place = _Place(index, container, replica)
            idle = self._idle.get(place)
            if seen is None or (
                idle and idle.fingerprint == seen and now < idle.until
            ):
                continue
            complete &= self._try(
                "a look at a database",
                place,
                partial(self._visit, place, seen, now),
            )
        return complete

    def _visit(self, place: _Place, seen: Fingerprint, now: float) -> None:
        self._idle.pop(place, None)
        ongoing = self._ongoing.get(place)
        if ongoing:
            visit = ongoing.visit
        else:
            visit = Visit(
                Database(place.replica.path, self._logger),
                self._share(place.replica),
                self._handlers[place.handler],
                self._conf.verification_slack,
            )
        visit.look(now)  # if this fails, what was seen does not count
        self._ongoing[place] = _Ongoing(visit, seen, now)

    def _advance(self) -> bool:
        """Move all visits on; False: one ended before it was drained."""
        complete = True
        shares = [self._fair_share(n) for n in range(len(self._handlers))]
        for place, ongoing in list(self._ongoing.items()):
            handler = self._handlers[place.handler]
            step = partial(
                _step, ongoing.visit, self._wake.set, shares[place.handler]
            )
            if not self._try("a visit", place, step):
                ongoing.visit.failed = True
            complete = self._retire(place, ongoing, handler) and complete
        return complete

    def _fair_share(self, index: int) -> int:
        """Return how many rows each visit of a handler may have under way.

        Without it, one full container would leave no room for the others.
        """
        rows = [
            ongoing.visit.open_rows
            for place, ongoing in self._ongoing.items()
            if place.handler == index
        ]
        room = self._handlers[index].room() + sum(rows)
        return max(1, room // max(1, len(rows)))

    def _retire(
        self, place: _Place, ongoing: _Ongoing, handler: Handler
    ) -> bool:
        """End a visit that is over; False: it was not drained.

        A handler that takes no rows must not keep the others from visits.
        """
        visit = ongoing.visit
        refused = not visit.open_rows and (handler.closed or handler.paused)
        if not (visit.drained or visit.failed or refused):
            return True
        visit.close()
        del self._ongoing[place]
        settled = ongoing.fingerprint.changed + SETTLED_SECONDS
        if visit.drained and settled < ongoing.looked_at:
            self._idle[place] = _Idle(ongoing.fingerprint, visit.next_ripe)
        if refused and not (visit.drained or handler.closed):
            self._rest.pop(place.handler, None)
            self._left.add(place.handler)
            return True
        return visit.drained

    def _try(self, what: str, place: _Place, step: Callable[[], None]) -> bool:
        """Take a step; False: it failed, which stops nothing else."""
        try:
            step()
        except DatabaseUnreadable as error:
            self._logger.error("%s failed: %s", what, error)
        except (Exception, Timeout):
            self._logger.exception("%s failed: %s", what, place.container)
        else:
            return True
        return False

    def _wait(self, seconds: float) -> None:
        """Wait for rows to end; many that end together count as one."""
        if self._wake.wait(seconds):
            time.sleep(GATHER_SECONDS)
            self._wake.clear()

    def _finish(self) -> None:
        """Save what ends within the time that an operator may wait."""
        give_up = time.monotonic() + FINISH_SECONDS
        while self._ongoing and time.monotonic() < give_up:
            for place, ongoing in list(self._ongoing.items()):
                ongoing.visit.settle()
                if ongoing.visit.failed or not ongoing.visit.open_rows:
                    ongoing.visit.close()
                    del self._ongoing[place]
            if self._ongoing:
                self._wait(give_up - time.monotonic())


def _step(visit: Visit, wake: Callable[[], None], most: int) -> None:
    visit.settle()
    if not visit.failed:
        visit.hand_out(wake, most)
        visit.settle()
