# SPDX-License-Identifier: Apache-2.0
"""How does an operator learn which rules wait, and for what?"""

from s3_sync.daemon.pause import Pause
from s3_sync.errors import JournalError
from s3_sync.replication.pauses import NotedPause, Pauses


class PauseNotes:
    """Keeps this process's notes in the journal true."""

    def __init__(self, pauses: Pauses, process: int) -> None:
        self._pauses = pauses
        self._process = process
        self._noted: dict[str, NotedPause] = {}

    def follow(self, rule: str, pause: Pause) -> None:
        """Note what has changed since the last call."""
        now = None
        if pause.reason is not None:
            now = NotedPause(self._process, pause.reason, pause.since)
        if now == self._noted.get(rule):
            return
        try:
            self._write(rule, now)
        except JournalError:
            return  # often it is what the rule waits for: the next call again
        if now:
            self._noted[rule] = now
        else:
            del self._noted[rule]

    def _write(self, rule: str, pause: NotedPause | None) -> None:
        if pause:
            self._pauses.note(rule, pause)
        else:
            self._pauses.end(rule, self._process)
