# SPDX-License-Identifier: Apache-2.0
"""Can the journal's file be used, and what if it breaks?

It runs in WAL mode without a sync for each commit: after a power cut the
last commits may be missing, but always the last ones, so a sync point never
survives the parked rows that it passed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from s3_sync.errors import JournalError, JournalUnusable
from s3_sync.replication import journal_schema as schema

FILE_NAME = "journal.sqlite"
COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database's file, by the end of its name."""

CHECKED_BYTES = 64 * 1024
"""A journal that takes less has no room to work in."""

SMALL = 64 * 1024 * 1024
"""Bytes that are checked whole at a start, in a fifth of a second; what is
damaged in a larger journal is found when it is read."""

HINT = "is status_dir full, read-only or not ours?"

Use = Literal["make", "write", "read"]


class JournalFile:
    """One process's connection to the journal."""

    def __init__(self, status_dir: Path, use: Use) -> None:
        """Open the file.

        "make" makes a new one where there is none and brings an older one up
        to date; "write" and "read" do neither. Raises JournalUnusable for
        one that no waiting will mend, and leaves it as it is; JournalError
        for all else.
        """
        self.path = status_dir / FILE_NAME
        self.unusable: JournalUnusable | None = None
        """What was found out about the file since it was opened."""
        require_folder(status_dir)
        with self.reporting("open it"):
            if use != "make" or not self._is_new():
                self._inspect(use)
            mode = "ro" if use == "read" else "rwc"
            self.connection = self._connect(f"mode={mode}")
            if use == "make":
                self.connection.execute("PRAGMA journal_mode = WAL")
                schema.migrate(self.connection)
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.inode = self.path.stat().st_ino

    def _is_new(self) -> bool:
        """Tell whether there is nothing yet, not even in a WAL.

        SQLite would throw away the WAL of an empty file.
        """
        return not (_size(self.path) or _size(self._wal))

    @property
    def _wal(self) -> Path:
        return self.path.with_name(FILE_NAME + "-wal")

    def _connect(self, how: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{how}",
            uri=True,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
        )

    def _inspect(self, use: Use) -> None:
        """Look whether the file is a journal of ours; change nothing."""
        if self._is_new():
            raise JournalError(
                f"journal {self.path}: there is none yet: has the daemon run?"
            )
        if not _size(self.path):
            raise self._unusable("corrupt", "emptied, but for its -wal")
        # Without a WAL nobody writes: then not even the files that a reader
        # makes are needed.
        how = "mode=ro" if self._wal.exists() else "mode=ro&immutable=1"
        with closing(self._connect(how)) as connection:
            version = schema.version_of(connection)
            if version > schema.VERSION:
                raise self._unusable(
                    "newer",
                    "written by a later version of this software"
                    f" (schema {version}, not {schema.VERSION})",
                )
            if not schema.is_ours(connection):
                raise self._unusable("foreign", "not written by this software")
            if use == "make" and _size(self.path) <= SMALL:
                [told] = connection.execute("PRAGMA quick_check(1)").fetchone()
                if told != "ok":
                    raise self._unusable("corrupt", f"damaged: {told}")
        if version < schema.VERSION and use != "make":
            raise JournalError(
                f"journal {self.path}: written by an earlier version; start"
                " the daemon, which brings it up to date"
            )

    @property
    def lost(self) -> bool:
        """Whether what is written here will not be found again.

        The file is broken, or is not at its path any more.
        """
        return self.unusable is not None or self.replaced

    @property
    def replaced(self) -> bool:
        """Whether the file is not at its path any more."""
        try:
            return self.path.stat().st_ino != self.inode
        except FileNotFoundError:
            return True
        except OSError:  # who knows; the next write will tell
            return False

    def check(self) -> None:
        """Raise JournalError unless there is room to work in."""
        with self.writing("check"):
            self.connection.execute(
                "INSERT INTO filler VALUES (zeroblob(?))", (CHECKED_BYTES,)
            )
        with self.writing("check"):
            self.connection.execute("DELETE FROM filler")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def writing(self, what: str) -> Iterator[None]:
        """Do the block in one transaction; raises JournalError."""
        with self.reporting(what):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    @contextmanager
    def reporting(self, what: str) -> Iterator[None]:
        """Raise JournalError in place of what SQLite says in the block."""
        try:
            yield
        except sqlite3.Error as error:
            if _is_damage(error):
                raise self._damaged(what, error) from error
            raise JournalError(
                f"journal {self.path}: cannot {what}: {error}; {HINT}"
            ) from error

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Read values in the block: those that we never wrote are damage."""
        with self.reporting(what):
            try:
                yield
            except (ValueError, TypeError, KeyError) as error:
                raise self._damaged(what, error) from error

    def _damaged(self, what: str, error: Exception) -> JournalUnusable:
        self.unusable = self._unusable("corrupt", f"cannot {what}: {error}")
        return self.unusable

    def _unusable(self, reason: str, text: str) -> JournalUnusable:
        return JournalUnusable(reason, f"journal {self.path}: {text}")


def require_folder(status_dir: Path) -> None:
    """Raise JournalError unless `status_dir` is a folder."""
    if not status_dir.is_dir():
        raise JournalError(
            f"status_dir {status_dir} is not a directory:"
            " create it, writable for this user"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file is at fault.

    Python raises a plain DatabaseError for SQLITE_CORRUPT and SQLITE_NOTADB
    only, and an OperationalError for bytes that are no UTF-8.
    """
    return type(error) is sqlite3.DatabaseError or str(error).startswith(
        "Could not decode to UTF-8"
    )
