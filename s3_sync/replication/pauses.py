# SPDX-License-Identifier: Apache-2.0
"""What does each rule wait for at this moment, as others may know?"""

from dataclasses import dataclass

from s3_sync.replication.journal_file import JournalFile


@dataclass(frozen=True)
class NotedPause:
    """A rule's pause in one of the daemon's processes.

    `since` is in seconds since the epoch.
    """

    process: int
    reason: str
    since: float


class Pauses:
    """The pauses that the daemon noted. Every method raises JournalError."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def note(self, rule: str, pause: NotedPause) -> None:
        """Note that a rule waits in a process, or why it does by now."""
        with self._file.writing("note a pause"):
            self._file.connection.execute(
                "INSERT OR REPLACE INTO pauses VALUES (?, ?, ?, ?)",
                (rule, pause.process, pause.reason, pause.since),
            )

    def end(self, rule: str, process: int) -> None:
        """Note that a rule goes on in a process."""
        with self._file.writing("end a pause"):
            self._file.connection.execute(
                "DELETE FROM pauses WHERE rule = ? AND process = ?",
                (rule, process),
            )

    def clear(self) -> None:
        """Drop what a daemon noted that has ended; writes only if need be."""
        with self._file.reporting("look for pauses"):
            found = self._file.connection.execute(
                "SELECT 1 FROM pauses LIMIT 1"
            ).fetchone()
        if found:
            with self._file.writing("drop old pauses"):
                self._file.connection.execute("DELETE FROM pauses")

    def of(self, rule: str) -> list[NotedPause]:
        """Return a rule's pauses by process."""
        with self._file.reading("read pauses"):
            rows = self._file.connection.execute(
                "SELECT process, reason, since FROM pauses WHERE rule = ?"
                " ORDER BY process",
                (rule,),
            )
            return [NotedPause(*row) for row in rows]
