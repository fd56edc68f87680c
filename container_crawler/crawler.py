# SPDX-License-Identifier: Apache-2.0
"""When are the container databases of this node looked at?"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from container_crawler.container import Container
from container_crawler.database import Database
from container_crawler.handler import Handler, Target
from container_crawler.placement import Placement
from container_crawler.shards import ListContainers, Shards
from container_crawler.tour import Surroundings, Tour

MAX_VISITS = 256
"""Databases open at once, for all targets together."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Names the start of the system that we live in."""

GATHER_SECONDS = 0.02
FINISH_SECONDS = 30.0


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


class ContainerCrawler:
    """Hand the rows of this node's container databases to handlers.

    There is one handler for each of the conf's targets, in their order.
    Each poll stats the databases of every target; only those that changed
    are opened and visited.
    """

    def __init__(
        self,
        conf: CrawlerConf,
        handlers: Sequence[Handler],
        list_containers: ListContainers,
        logger: logging.Logger,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._poll_interval = conf.poll_interval
        placement = Placement(conf.swift_dir, conf.devices, conf.bind_ip)
        self._around = Surroundings(
            placement,
            Shards(placement, list_containers, logger),
            list_containers,
            conf.verification_slack,
            conf.process,
            conf.processes,
            BOOT_ID.read_text().strip(),
            logger,
            clock,
        )
        most_visits = max(1, MAX_VISITS // max(1, len(handlers)))
        self._tours = [
            Tour(target, handler, most_visits, self._around)
            for target, handler in zip(conf.targets, handlers, strict=True)
        ]
        self._wake = threading.Event()
        self._stopping = threading.Event()

    def run_once(self) -> bool:
        """Handle all rows there are now; False: some were not finished."""
        complete = True
        for tour in self._tours:
            tour.unfinished = True
        while not self._stopping.is_set():
            due = [tour for tour in self._tours if tour.unfinished]
            for tour in due:
                complete &= tour.look()
            complete &= self._advance()
            if self._visits:
                self._wait(self._poll_interval)
            elif not due:
                break
            else:
                self._wait(GATHER_SECONDS)
        self._finish()
        return complete and not self._stopping.is_set()

    def run_always(self) -> None:
        """Poll until `stop` is called, then finish what is in flight."""
        while not self._stopping.is_set():
            next_poll = time.monotonic() + self._poll_interval
            for tour in self._tours:
                tour.look()
            self._advance()
            while not self._stopping.is_set() and time.monotonic() < next_poll:
                eager = [tour for tour in self._tours if tour.eager]
                for tour in eager:
                    tour.look()
                if not eager:
                    self._wait(next_poll - time.monotonic())
                self._advance()
        self._finish()

    def stop(self) -> None:
        """Make `run_once` and `run_always` return soon."""
        self._stopping.set()
        self._wake.set()

    def databases(self, container: Container) -> Iterator[Database]:
        """Open the databases of `container` on this node, one by one.

        Its shards' are among them. Raises DatabaseUnreadable.
        """
        for replica in self._around.replicas(container):
            for file in replica.files():
                yield Database(file, self._around.logger)

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether, of this node's processes, this one acts on a name."""
        for replica in self._around.replicas(container):
            return self._around.share(replica).acts_on(name)
        return self._around.process == 0

    @property
    def _visits(self) -> int:
        return sum(tour.visits for tour in self._tours)

    def _advance(self) -> bool:
        """Move all visits on; False: one ended before it was drained."""
        complete = True
        for tour in self._tours:
            complete &= tour.advance(self._wake.set)
        return complete

    def _wait(self, seconds: float) -> None:
        """Wait for rows to end; many that end together count as one."""
        if self._wake.wait(seconds):
            time.sleep(GATHER_SECONDS)
            self._wake.clear()

    def _finish(self) -> None:
        """Save what ends within the time that an operator may wait."""
        give_up = time.monotonic() + FINISH_SECONDS
        while self._visits and time.monotonic() < give_up:
            for tour in self._tours:
                tour.finish()
            if self._visits:
                self._wait(give_up - time.monotonic())
