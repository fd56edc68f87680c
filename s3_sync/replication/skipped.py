# SPDX-License-Identifier: Apache-2.0
"""Which objects were left out for good, and why?

Each name counts once, by a digest of it: some 50 bytes a row. Names are kept
of the newest 1,000 of each reason; all others are found again by their ROWID.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from container_crawler.container import Container
from s3_sync.replication.journal_file import JournalFile

NAMES_KEPT = 1000
TRIM_EVERY = 64
"""Names: a few more than are shown may be kept, for the trimming costs."""

REASONS_KEPT = 50
OTHER_REASONS = "other reasons"
_CHUNK = 10_000


@dataclass(frozen=True)
class SkippedName:
    """A name that was left out; `noted` in seconds since the epoch."""

    container: Container
    name: str
    reason: str
    noted: float


@dataclass(frozen=True)
class Origin:
    """Where the row of a skipped name was read, and where it is kept here."""

    container: Container
    database_id: str
    rowid: int
    digest: int


class AgainKey(NamedTuple):
    """Where an origin is in the order in which they are looked at again."""

    reason: int
    digest: int


class SkippedRows:
    """The names that were left out. Every method raises JournalError."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._connection = file.connection

    def note(
        self, rule: str, skipped: SkippedName, database_id: str, rowid: int
    ) -> None:
        """Count a name, under this reason only; keep it while it is new."""
        container = skipped.container
        digest = digest_of(rule, container, skipped.name)
        with self._file.writing("note a skipped row"):
            source = self._id_of(
                "skip_sources (rule, account, container, database_id)",
                (rule, container.account, container.name, database_id),
            )
            reason = self._reason(rule, skipped.reason)
            self._connection.execute(
                "INSERT OR REPLACE INTO skipped"
                " VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
                (
                    digest,
                    source,
                    rowid,
                    reason,
                    skipped.name,
                    skipped.reason,
                    skipped.noted,
                ),
            )
            if digest % TRIM_EVERY == 0:
                self._trim(reason)

    def _trim(self, reason: int) -> None:
        """Forget the names of all but the newest."""
        self._connection.execute(
            "UPDATE skipped SET name = NULL, detail = NULL"  # noqa: S608
            " WHERE digest IN (SELECT digest FROM skipped"
            " WHERE reason = ? AND name IS NOT NULL"
            f" ORDER BY noted DESC LIMIT -1 OFFSET {NAMES_KEPT})",
            (reason,),
        )

    def _reason(self, rule: str, text: str) -> int:
        """Return the number of a reason; numbers in it make no other one."""
        kind = re.sub(r"\d+", "…", text)
        known = self._connection.execute(
            "SELECT count(*), max(reason = ?) FROM skip_reasons"
            " WHERE rule = ?",
            (kind, rule),
        ).fetchone()
        if known[0] >= REASONS_KEPT and not known[1]:
            kind = OTHER_REASONS
        return self._id_of("skip_reasons (rule, reason)", (rule, kind))

    def _id_of(self, table: str, values: tuple[str, ...]) -> int:
        """Return the number of a row that holds `values`, if need be anew."""
        marks = ", ".join("?" * len(values))
        name, columns = table.split(" ", 1)
        query = f"SELECT id FROM {name} WHERE {columns} = ({marks})"  # noqa: S608
        found = self._connection.execute(query, values).fetchone()
        if found:
            return int(found[0])
        added = self._connection.execute(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
            values,
        )
        return int(added.lastrowid or 0)

    def drop(self, rule: str, container: Container, name: str) -> None:
        """Count a name no more; writes only if it was counted."""
        self.drop_digest(digest_of(rule, container, name))

    def drop_digest(self, digest: int) -> None:
        """Count a name no more whose row is gone."""
        with self._file.reporting("look for a skipped row"):
            found = self._connection.execute(
                "SELECT 1 FROM skipped WHERE digest = ?", (digest,)
            ).fetchone()
        if found:
            with self._file.writing("drop a skipped row"):
                self._connection.execute(
                    "DELETE FROM skipped WHERE digest = ?", (digest,)
                )

    def forget(self, rule: str, container: Container) -> None:
        """Drop what is known of a container, in the caller's transaction."""
        values = (rule, container.account, container.name)
        which = "WHERE rule = ? AND account = ? AND container = ?"
        known = self._connection.execute(
            f"SELECT 1 FROM skip_sources {which} LIMIT 1",  # noqa: S608
            values,
        ).fetchone()
        if known:
            self._connection.execute(
                "DELETE FROM skipped WHERE source IN"  # noqa: S608
                f" (SELECT id FROM skip_sources {which})",
                values,
            )
            self._connection.execute(
                f"DELETE FROM skip_sources {which}",  # noqa: S608
                values,
            )

    def any(self, rule: str) -> bool:
        """Tell whether a rule may have skipped anything, ever."""
        with self._file.reporting("look for skipped rows"):
            found = self._connection.execute(
                "SELECT 1 FROM skip_reasons WHERE rule = ? LIMIT 1", (rule,)
            ).fetchone()
        return found is not None

    def counts(self, rule: str) -> dict[str, int]:
        """Return how many names are left out, by reason."""
        with self._file.reading("count skipped rows"):
            rows = self._connection.execute(
                "SELECT r.reason, count(*) FROM skipped s"
                " JOIN skip_reasons r ON r.id = s.reason WHERE r.rule = ?"
                " GROUP BY r.reason ORDER BY r.reason",
                (rule,),
            )
            return {str(reason): int(count) for reason, count in rows}

    def names(self, rule: str) -> Iterator[SkippedName]:
        """Return the names that are kept, by reason, the newest first."""
        with self._file.reading("read skipped rows"):
            rows = self._connection.execute(
                "SELECT r.id, q.account, q.container, s.name, s.detail,"
                " s.noted"
                " FROM skip_reasons r JOIN skipped s ON s.reason = r.id"
                " JOIN skip_sources q ON q.id = s.source"
                " WHERE r.rule = ? AND s.name IS NOT NULL"
                " ORDER BY r.reason, s.noted DESC, s.name",
                (rule,),
            )
            shown: Counter[int] = Counter()
            for reason, account, container, *rest in rows:
                shown[reason] += 1
                if shown[reason] <= NAMES_KEPT:
                    yield SkippedName(Container(account, container), *rest)

    # Looking at them again.

    def begin_edition(self, rule: str, edition: str) -> None:
        """Look at all again if the rule is another than it was.

        Its identity is the same; `edition` stands for all the rest that
        decides what is left out.
        """
        with self._file.reading("read a rule's edition"):
            known = self._connection.execute(
                "SELECT edition FROM editions WHERE rule = ?", (rule,)
            ).fetchone()
        if known == (edition,):
            return
        self.look_again(rule, None)
        with self._file.writing("note a rule's edition"):
            self._connection.execute(
                "INSERT OR REPLACE INTO editions VALUES (?, ?)",
                (rule, edition),
            )

    def look_again(self, rule: str, container: Container | None) -> int:
        """Let all names be looked at again; return how many.

        None: those of all containers.
        """
        where = "rule = ?"
        values: tuple[str, ...] = (rule,)
        if container:
            where += " AND account = ? AND container = ?"
            values += (container.account, container.name)
        source = f"(SELECT id FROM skip_sources WHERE {where})"  # noqa: S608
        count, moved = 0, _CHUNK
        while moved == _CHUNK:  # in pieces: others write meanwhile
            with self._file.writing("mark skipped rows"):
                moved = self._connection.execute(
                    "UPDATE skipped SET again = 1 WHERE digest IN"  # noqa: S608
                    " (SELECT digest FROM skipped WHERE NOT again"
                    f" AND source IN {source} LIMIT {_CHUNK})",
                    values,
                ).rowcount
            count += moved
        return count

    def again(
        self, rule: str, limit: int, after: AgainKey | None = None
    ) -> tuple[list[Origin], AgainKey | None]:
        """Return what must be looked at again, and where to go on.

        None: at the beginning.
        """
        with self._file.reading("read skipped rows"):
            rows = self._connection.execute(
                "SELECT s.reason, q.account, q.container, q.database_id,"
                " s.rowid_seen, s.digest FROM skip_reasons r"
                " JOIN skipped s ON s.reason = r.id"
                " JOIN skip_sources q ON q.id = s.source"
                " WHERE r.rule = ? AND s.again"
                " AND (s.reason, s.digest) > (?, ?)"
                " ORDER BY s.reason, s.digest LIMIT ?",
                (rule, *(after or (-1, 0)), limit),
            ).fetchall()
        origins = [
            Origin(Container(account, container), database_id, rowid, digest)
            for _, account, container, database_id, rowid, digest in rows
        ]
        if len(rows) < limit:
            return origins, None
        return origins, AgainKey(rows[-1][0], origins[-1].digest)


def digest_of(rule: str, container: Container, name: str) -> int:
    """Return what a name is counted by: 64 bits, signed as SQLite's are."""
    text = "\0".join((rule, container.account, container.name, name))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
