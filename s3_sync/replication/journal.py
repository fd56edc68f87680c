# SPDX-License-Identifier: Apache-2.0
"""What must this node remember when it is killed?

One SQLite file in `status_dir`: how far each rule is in each database, and
which rows wait for their next attempt. What was left out for good is in
`skipped`, what a rule waits for in `pauses`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from container_crawler.container import Container
from container_crawler.points import SyncPoint
from s3_sync.model.row import Row
from s3_sync.replication.journal_file import JournalFile, Use
from s3_sync.replication.pauses import Pauses
from s3_sync.replication.point_rows import COLUMNS, point_row, read_point
from s3_sync.replication.skipped import SkippedRows

PAGE = 1000
"""Rows that are read at once when there may be a million."""

SCANNED = 5000
"""Most rows of other processes that one look passes over."""

_BY_CONTAINER = ("sync_points", "first_meetings", "parked", "quirks")


@dataclass(frozen=True)
class Parked:
    """A row whose action failed; times in seconds since the epoch."""

    container: Container
    row: Row
    error: str
    attempts: int
    first_failed: float
    next_attempt: float


DueKey = tuple[float, str, str, str]
"""Where a parked row is in the order in which they come due."""


class Due(NamedTuple):
    """Rows whose next attempt has come.

    `resume` is where the next look goes on; None: at the beginning.
    """

    rows: list[Parked]
    resume: DueKey | None


class Journal:
    """Sync points and parked rows. Every method raises JournalError."""

    def __init__(
        self, status_dir: Path, *, read_only: bool = False, make: bool = True
    ) -> None:
        """Open the journal in `status_dir`, or make it.

        `read_only` shows what another process writes. That, and `make`
        False, neither make one nor bring an older one up to date. Raises
        JournalUnusable for a file that must be set aside first.
        """
        use: Use = "read" if read_only else "make" if make else "write"
        self.file = JournalFile(status_dir, use)
        self.path = self.file.path
        self._connection = self.file.connection
        self._writing = self.file.writing
        self._reading = self.file.reading
        self.skipped = SkippedRows(self.file)
        self.pauses = Pauses(self.file)

    @property
    def lost(self) -> bool:
        """Whether the file is broken, or not at its path any more."""
        return self.file.lost

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def check(self) -> None:
        """Raise JournalError unless there is room to work in."""
        self.file.check()

    def sync_points(self, rule: str, database_id: str) -> list[SyncPoint]:
        """Return every point saved for a database under a rule."""
        with self._reading("read sync points"):
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM sync_points"  # noqa: S608
                " WHERE rule = ? AND database_id = ?",
                (rule, database_id),
            )
            return [read_point(row) for row in rows]

    def save(
        self, rule: str, container: Container, points: Sequence[SyncPoint]
    ) -> None:
        """Make sync points durable, all or none."""
        with self._writing("save sync points"):
            self._connection.executemany(
                "INSERT OR REPLACE INTO sync_points"  # noqa: S608
                f" (rule, account, container, {COLUMNS})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [point_row(rule, container, point) for point in points],
            )

    def known_containers(self, rule: str) -> list[Container]:
        """Return the containers that have sync points under a rule."""
        with self._reading("read containers"):
            rows = self._connection.execute(
                "SELECT DISTINCT account, container FROM sync_points"
                " WHERE rule = ?",
                (rule,),
            )
            return [Container(*row) for row in rows]

    def forget(self, rule: str, container: Container) -> None:
        """Drop what is known of a container under a rule."""
        with self._writing("forget a container"):
            for table in _BY_CONTAINER:
                self._connection.execute(
                    f"DELETE FROM {table} WHERE rule = ?"  # noqa: S608
                    " AND account = ? AND container = ?",
                    (rule, container.account, container.name),
                )
            self.skipped.forget(rule, container)

    def was_empty(self, rule: str, database_id: str) -> bool | None:
        """Tell if the remote was empty when the rule met the database.

        None: that is not known yet.
        """
        with self._reading("read a first meeting"):
            row = self._connection.execute(
                "SELECT was_empty FROM first_meetings"
                " WHERE rule = ? AND database_id = ?",
                (rule, database_id),
            ).fetchone()
        return bool(row[0]) if row else None

    def note_first_meeting(
        self,
        rule: str,
        container: Container,
        database_id: str,
        *,
        was_empty: bool,
    ) -> None:
        """Remember whether the remote was empty."""
        with self._writing("note a first meeting"):
            self._connection.execute(
                "INSERT OR REPLACE INTO first_meetings VALUES (?, ?, ?, ?, ?)",
                (
                    rule,
                    container.account,
                    container.name,
                    database_id,
                    was_empty,
                ),
            )

    def park(self, rule: str, parked: Parked) -> None:
        """Keep a row until its next attempt; replaces what the name had."""
        with self._writing("park a row"):
            self._connection.execute(
                "INSERT OR REPLACE INTO parked"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    rule,
                    parked.container.account,
                    parked.container.name,
                    parked.row.name,
                    json.dumps(asdict(parked.row)),
                    parked.error,
                    parked.attempts,
                    parked.first_failed,
                    parked.next_attempt,
                ),
            )

    def unpark(self, rule: str, container: Container, name: str) -> None:
        """Drop a parked row whose name is settled."""
        with self._writing("unpark a row"):
            self._connection.execute(
                "DELETE FROM parked WHERE rule = ? AND account = ?"
                " AND container = ? AND name = ?",
                (rule, container.account, container.name, name),
            )

    def find_parked(
        self, rule: str, container: Container, name: str
    ) -> Parked | None:
        """Return the parked row of a name; None: there is none."""
        where = "AND account = ? AND container = ? AND name = ?"
        found = self._parked(
            rule, where, (container.account, container.name, name)
        )
        return found[0] if found else None

    def due(
        self,
        rule: str,
        now: float,
        limit: int,
        mine: Callable[[Container, str], bool] = lambda *_: True,
        after: DueKey | None = None,
    ) -> Due:
        """Return up to `limit` parked rows that are due, oldest first.

        `mine` tells which of them are wanted. Rows that are not are passed
        over, but no more than `SCANNED` in one look: `after` is where the
        last one stopped.
        """
        found: list[Parked] = []
        keys = self._due_keys(rule, now, after) if limit else []
        for key in keys:
            _, account, name, object_name = key
            container = Container(account, name)
            if mine(container, object_name):
                row = self.find_parked(rule, container, object_name)
                found += [row] if row else []
                if len(found) == limit:
                    return Due(found, key)
        return Due(found, keys[-1] if len(keys) == SCANNED else None)

    def _due_keys(
        self, rule: str, now: float, after: DueKey | None
    ) -> list[DueKey]:
        with self._reading("read due rows"):
            return self._connection.execute(
                "SELECT next_attempt, account, container, name FROM parked"
                " WHERE rule = ? AND next_attempt <= ?"
                " AND (next_attempt, account, container, name) > (?, ?, ?, ?)"
                " ORDER BY next_attempt, account, container, name LIMIT ?",
                (rule, now, *(after or (-1.0, "", "", "")), SCANNED),
            ).fetchall()

    def make_due(
        self, rule: str, container: Container | None, now: float
    ) -> int:
        """Let parked rows come due now; return how many there are.

        None: those of all containers. A thousand at a time, so that nobody
        waits for long.
        """
        where, values = _of(container)
        where = f"rule = ? AND next_attempt > ? {where}"
        chunk = (
            f"(SELECT account, container, name FROM parked WHERE {where}"  # noqa: S608
            f" LIMIT {PAGE})"
        )
        moved = PAGE
        while moved == PAGE:
            with self._writing("make rows due"):
                moved = self._connection.execute(
                    "UPDATE parked SET next_attempt = ? WHERE rule = ?"  # noqa: S608
                    f" AND (account, container, name) IN {chunk}",
                    (now, rule, rule, now, *values),
                ).rowcount
        return self.count_parked(rule, container)

    def parked(
        self, rule: str, container: Container | None = None
    ) -> Iterator[Parked]:
        """Return parked rows of a rule by container and name, one by one.

        None: those of all containers. Rows that are parked meanwhile may be
        among them.
        """
        where, values = _of(container)
        where += " AND (account, container, name) > (?, ?, ?)"
        order = f" ORDER BY account, container, name LIMIT {PAGE}"
        last = ("", "", "")
        while True:
            page = self._parked(rule, where + order, (*values, *last))
            yield from page
            if len(page) < PAGE:
                return
            found = page[-1].container
            last = (found.account, found.name, page[-1].row.name)

    def count_parked(
        self, rule: str, container: Container | None = None
    ) -> int:
        """Return how many rows are parked; None: in all containers."""
        where, values = _of(container)
        with self._reading("count parked rows"):
            count: int = self._connection.execute(
                f"SELECT count(*) FROM parked WHERE rule = ? {where}",  # noqa: S608
                (rule, *values),
            ).fetchone()[0]
        return count

    def has_parked(self, rule: str) -> bool:
        """Tell whether any row of a rule is parked."""
        with self._reading("look for parked rows"):
            row = self._connection.execute(
                "SELECT 1 FROM parked WHERE rule = ? LIMIT 1", (rule,)
            ).fetchone()
        return row is not None

    def _parked(
        self, rule: str, where: str, values: tuple[object, ...]
    ) -> list[Parked]:
        columns = (
            "account, container, record, error, attempts, first_failed,"
            " next_attempt"
        )
        with self._reading("read parked rows"):
            rows = self._connection.execute(
                f"SELECT {columns} FROM parked WHERE rule = ? {where}",  # noqa: S608
                (rule, *values),
            )
            return [
                Parked(
                    Container(account, container),
                    Row(**json.loads(record)),
                    *rest,
                )
                for account, container, record, *rest in rows
            ]

    def note_quirk(
        self, rule: str, container: Container, row: Row, fields: Sequence[str]
    ) -> None:
        """Remember which metadata of a row's version the site changes."""
        with self._writing("note a quirk"):
            self._connection.execute(
                "INSERT OR REPLACE INTO quirks VALUES (?, ?, ?, ?, ?, ?)",
                (
                    rule,
                    container.account,
                    container.name,
                    row.name,
                    row.created_at,
                    json.dumps(fields),
                ),
            )

    def quirk(self, rule: str, container: Container, row: Row) -> list[str]:
        """Return what the site changes in this version; []: nothing known."""
        with self._reading("read a quirk"):
            found = self._connection.execute(
                "SELECT fields FROM quirks WHERE rule = ? AND account = ?"
                " AND container = ? AND name = ? AND created_at = ?",
                (
                    rule,
                    container.account,
                    container.name,
                    row.name,
                    row.created_at,
                ),
            ).fetchone()
        return list(json.loads(found[0])) if found else []


def _of(container: Container | None) -> tuple[str, tuple[str, ...]]:
    """Return a condition for the rows of a container, and its values."""
    if container is None:
        return "", ()
    values = (container.account, container.name)
    return "AND account = ? AND container = ?", values
