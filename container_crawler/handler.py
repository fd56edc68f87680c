# SPDX-License-Identifier: Apache-2.0
"""What does the crawler expect of whoever handles the rows?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from container_crawler.container import Container
from container_crawler.database import Database, Record
from container_crawler.points import SyncPoint

Done = Callable[[bool], None]
"""Tell that a row's outcome is durable; False: that it will not be, so the
row must be read again later. Called once, from any thread."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row that this process should handle."""

    database: Database
    record: Record
    verify: bool
    """Whether the row is another node's, who should have handled it."""
    existed: bool
    """Whether the row was there before the handler met the database."""
    compare: bool = False
    """Whether the remote may hold this version, or a newer one, already:
    the row was handed out before, or comes late from elsewhere."""


class Handler(Protocol):
    """Handles the rows of one target; slow work happens elsewhere."""

    @property
    def closed(self) -> bool:
        """Whether no more rows will be taken, ever."""
        ...

    @property
    def paused(self) -> bool:
        """Whether no rows are taken for now."""
        ...

    def room(self) -> int:
        """Return how many rows can be taken now; 0: none, ask later."""
        ...

    def handle(self, found: Found, done: Done) -> None:
        """Take a row; return at once, call `done` when it is settled."""
        ...

    def sync_points(self, database_id: str) -> Iterable[SyncPoint]:
        """Return every point that was saved for a database."""
        ...

    def save(self, container: Container, points: list[SyncPoint]) -> bool:
        """Make points durable; False: it cannot be done now."""
        ...

    def known_containers(self) -> Iterable[Container]:
        """Return the containers that points were saved for."""
        ...

    def forget(self, container: Container) -> None:
        """Drop all that is known of a container that is gone."""
        ...


@dataclass(frozen=True)
class Target:
    """The containers that one handler is for.

    `container` is a name, or `EVERY_CONTAINER` of the account.
    """

    account: str
    container: str


EVERY_CONTAINER = "/*"
