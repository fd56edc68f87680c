# SPDX-License-Identifier: Apache-2.0
"""What must this node remember when it is killed?

One SQLite file in `status_dir`. It runs in WAL mode without a sync for each
commit: after a power cut the last commits may be missing, but always the
last ones, so a sync point never survives the parked rows that it passed.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from container_crawler.container import Container
from container_crawler.points import FileState, Sighting, SyncPoint
from container_crawler.slices import Slice
from s3_sync.errors import JournalError
from s3_sync.model.row import Row

FILE_NAME = "journal.sqlite"
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE sync_points (
    rule TEXT, account TEXT, container TEXT,
    database_id TEXT, pass TEXT,
    ordinal INTEGER, nodes INTEGER, process INTEGER, processes INTEGER,
    rowid_done INTEGER, existed_until INTEGER, sightings TEXT,
    compare_until INTEGER, inode TEXT, sequence INTEGER, boot TEXT,
    PRIMARY KEY
        (rule, database_id, pass, ordinal, nodes, process, processes)
) WITHOUT ROWID;
CREATE INDEX sync_points_by_container
    ON sync_points (rule, account, container);
CREATE TABLE first_meetings (
    rule TEXT, account TEXT, container TEXT,
    database_id TEXT, was_empty INTEGER,
    PRIMARY KEY (rule, database_id)
) WITHOUT ROWID;
CREATE TABLE parked (
    rule TEXT, account TEXT, container TEXT, name TEXT,
    record TEXT, error TEXT, attempts INTEGER,
    first_failed REAL, next_attempt REAL,
    PRIMARY KEY (rule, account, container, name)
) WITHOUT ROWID;
CREATE INDEX parked_by_time ON parked (rule, next_attempt);
CREATE TABLE quirks (
    rule TEXT, account TEXT, container TEXT, name TEXT,
    created_at TEXT, fields TEXT,
    PRIMARY KEY (rule, account, container, name)
) WITHOUT ROWID;
"""

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


class Journal:
    """Sync points and parked rows. Every method raises JournalError."""

    def __init__(self, status_dir: Path, *, read_only: bool = False) -> None:
        """Open the journal in `status_dir`, or make it.

        `read_only` shows what another process writes; without a journal
        that raises JournalError too.
        """
        self.path = status_dir / FILE_NAME
        if not status_dir.is_dir():
            raise JournalError(
                f"status_dir {status_dir} is not a directory:"
                " create it, writable for this user"
            )
        with self._reporting("open"):
            mode = "ro" if read_only else "rwc"
            self._connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=10,
                isolation_level=None,
                check_same_thread=False,
            )
            self._prepare(read_only=read_only)

    def _prepare(self, *, read_only: bool) -> None:
        if not read_only:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            with self._writing("make it"):
                if self._version() == 0:
                    for statement in _SCHEMA.split(";"):
                        self._connection.execute(statement)
                    self._set_version(SCHEMA_VERSION)
        version = self._version()
        if version != SCHEMA_VERSION:
            raise JournalError(
                f"journal {self.path}: written by another version of this"
                f" software (schema {version}, not {SCHEMA_VERSION})"
            )

    def _version(self) -> int:
        row = self._connection.execute("PRAGMA user_version").fetchone()
        return int(row[0])

    def _set_version(self, version: int) -> None:
        self._connection.execute(f"PRAGMA user_version = {version}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check(self) -> None:
        """Raise JournalError if nothing can be written now."""
        with self._writing("check"):
            self._set_version(SCHEMA_VERSION)

    def sync_points(self, rule: str, database_id: str) -> list[SyncPoint]:
        """Return every point saved for a database under a rule."""
        with self._reporting("read sync points"):
            rows = self._connection.execute(
                "SELECT database_id, pass, ordinal, nodes, process,"
                " processes, rowid_done, existed_until, sightings,"
                " compare_until, inode, sequence, boot"
                " FROM sync_points WHERE rule = ? AND database_id = ?",
                (rule, database_id),
            )
            return [_read_point(row) for row in rows]

    def save(
        self, rule: str, container: Container, points: Sequence[SyncPoint]
    ) -> None:
        """Make sync points durable, all or none."""
        with self._writing("save sync points"):
            self._connection.executemany(
                "INSERT OR REPLACE INTO sync_points"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_point_row(rule, container, point) for point in points],
            )

    def known_containers(self, rule: str) -> list[Container]:
        """Return the containers that have sync points under a rule."""
        with self._reporting("read containers"):
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

    def was_empty(self, rule: str, database_id: str) -> bool | None:
        """Tell if the remote was empty when the rule met the database.

        None: that is not known yet.
        """
        with self._reporting("read a first meeting"):
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

    def due(self, rule: str, now: float, limit: int) -> list[Parked]:
        """Return parked rows whose next attempt has come, oldest first."""
        where = "AND next_attempt <= ? ORDER BY next_attempt LIMIT ?"
        return self._parked(rule, where, (now, limit))

    def parked(self, rule: str) -> list[Parked]:
        """Return all parked rows of a rule by container and name."""
        return self._parked(rule, "ORDER BY account, container, name", ())

    def count_parked(self, rule: str) -> int:
        """Return how many rows of a rule are parked."""
        with self._reporting("count parked rows"):
            count: int = self._connection.execute(
                "SELECT count(*) FROM parked WHERE rule = ?", (rule,)
            ).fetchone()[0]
        return count

    def _parked(
        self, rule: str, where: str, values: tuple[object, ...]
    ) -> list[Parked]:
        columns = (
            "account, container, record, error, attempts, first_failed,"
            " next_attempt"
        )
        with self._reporting("read parked rows"):
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
        with self._reporting("read a quirk"):
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

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        with self._reporting(what):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(
                f"journal {self.path}: cannot {what}: {error};"
                " is status_dir full, read-only or not ours?"
            ) from error


def _point_row(
    rule: str, container: Container, point: SyncPoint
) -> tuple[object, ...]:
    share = point.slice
    return (
        rule,
        container.account,
        container.name,
        point.database_id,
        point.pass_name,
        share.ordinal,
        share.nodes,
        share.process,
        share.processes,
        point.rowid,
        point.existed_until,
        json.dumps([(s.time, s.rowid) for s in point.sightings]),
        point.compare_until,
        str(point.file.inode),  # may exceed SQLite's integers
        point.file.sequence,
        point.file.boot,
    )


def _read_point(row: Sequence[Any]) -> SyncPoint:
    database_id, pass_name, *share, rowid, existed_until = row[:8]
    sightings, compare_until, inode, sequence, boot = row[8:]
    return SyncPoint(
        database_id,
        pass_name,
        Slice(*share),
        rowid,
        existed_until,
        tuple(Sighting(*s) for s in json.loads(sightings)),
        compare_until,
        FileState(int(inode), sequence, boot),
    )
