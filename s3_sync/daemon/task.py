# SPDX-License-Identifier: Apache-2.0
"""What must be known of a row while it is on its way?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from container_crawler.container import Container
from container_crawler.database import Database
from s3_sync.model.row import Row, current


@dataclass(slots=True, eq=False)
class Task:
    """A row, where it came from, and whom to tell when it is settled."""

    row: Row
    container: Container
    database: Database | None
    """None: a parked row whose database is not on this node any more."""
    done: Callable[[bool], None]
    compare: bool = False
    """The remote may hold the version already: look before acting."""
    existed: bool = False
    """The row was there before the rule was."""
    parked: bool = False
    """It failed before; this is another attempt."""
    delayed: bool = False
    """Time has passed since the row was read: read it again."""
    faults: int = 0
    """How often the site failed when this row was its turn."""

    @property
    def key(self) -> tuple[Container, str]:
        """What only one task may act on at a time."""
        return self.container, self.row.name

    @property
    def policy(self) -> int:
        """The container's storage policy."""
        return self.database.policy if self.database else self.row.policy

    def is_older_than(self, other: "Task") -> bool:
        """Tell whether `other`, of the same name, comes after this event.

        Two replicas on one node can hand out their rows in any order.
        """
        try:
            return self.row.stamps.data < other.row.stamps.data
        except ValueError:  # what makes no sense overtakes nothing
            return False

    def superseded(self) -> bool:
        """Read the name's row again; True: a newer one follows by itself.

        A parked row is not superseded: the newer one takes its place.
        Raises DatabaseUnreadable.
        """
        if self.database is None:
            return False
        row = current(
            self.database.records_of(self.row.name), self.database.policy
        )
        if row is None or not _follows(row, self.row):
            return False
        if self.parked:
            self.row = row
            return False
        return True


def _follows(row: Row, read: Row) -> bool:
    """Tell whether `row` came after the one that was read.

    ROWIDs tell nothing: the two may be of different files.
    """
    if replace(row, rowid=read.rowid) == read:
        return False
    try:
        return row.stamps >= read.stamps
    except ValueError:
        return True
