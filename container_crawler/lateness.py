# SPDX-License-Identifier: Apache-2.0
"""Which rows come so late that the remote may hold something newer?"""

from collections import deque

from container_crawler.database import Record, data_time

PROMPT_SECONDS = 15.0
"""A deletion that is seen within this time was announced as it happened;
else it waited on some node, and the object may be there again."""

_MOST = 64


class Lateness:
    """Knows when the rows of a database were first seen, in one visit.

    A row is late when it is older than `slack` (seconds): other nodes may
    have handled it. A tombstone is late sooner: to send it again does harm.
    """

    def __init__(self, slack: float) -> None:
        self._slack = slack
        self._now = 0.0
        self._seen: deque[tuple[int, float]] = deque()

    def look(self, last_row: int, now: float) -> None:
        """Note which rows there are at `now` (seconds)."""
        self._now = now
        if self._seen and self._seen[-1][0] >= last_row:
            return
        if len(self._seen) == _MOST:  # then some count as seen later
            self._seen.pop()
        self._seen.append((last_row, now))

    def is_late(self, record: Record) -> bool:
        """Tell whether to look at the remote first; ask in ROWID order."""
        written = data_time(record)
        if written < self._now - self._slack:
            return True
        if not record["deleted"]:
            return False
        return written < self._first_seen(record["ROWID"]) - PROMPT_SECONDS

    def _first_seen(self, rowid: int) -> float:
        while len(self._seen) > 1 and self._seen[0][0] < rowid:
            self._seen.popleft()
        return self._seen[0][1] if self._seen else self._now
