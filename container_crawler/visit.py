# SPDX-License-Identifier: Apache-2.0
"""What is left to hand out and to wait for in one container database?"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from container_crawler.container import Container
from container_crawler.database import Database, Record
from container_crawler.handler import Found, Handler
from container_crawler.lateness import Lateness
from container_crawler.points import (
    BEFORE_ALL,
    PRIMARY,
    VERIFY,
    FileState,
    Sightings,
    SyncPoint,
    starting_point,
    step_back,
)
from container_crawler.slices import Slice
from container_crawler.window import Window

BATCH = 1000
"""Most rows read at once: more would hold up the container's writers."""


class Pass:
    """One walk over a database's rows, primary or verify.

    Both read in ROWID order and hand out the rows for which `is_mine` is
    true; they differ in whose rows these are and in how far they may go.
    """

    def __init__(
        self,
        name: str,
        is_mine: Callable[[str], bool],
        start: SyncPoint | None,
        existed_until: int,
    ) -> None:
        self.name = name
        self.window = Window(start.rowid if start else BEFORE_ALL)
        self.existed_until = start.existed_until if start else existed_until
        self.saved: int | None = None
        """The sync point that is durable; None: it must be saved anew."""
        self._compare_until = start.compare_until if start else BEFORE_ALL
        self._is_mine = is_mine
        self._ended: deque[tuple[int, bool]] = deque()

    def hand_out(
        self,
        database: Database,
        handler: Handler,
        until: int,
        lateness: Lateness,
        room: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        """Give rows up to `until` to the handler while there is room."""
        while self.window.last_read < until and room() > 0:
            limit = min(BATCH, room())
            records = database.rows_since(self.window.last_read, limit)
            for record in records:
                rowid = record["ROWID"]
                if rowid > until:
                    break
                if not self._is_mine(record["name"]):
                    self.window.pass_over(rowid)
                    continue
                if room() <= 0:
                    return
                self.window.open(rowid)
                found = self._found(database, record, lateness)
                handler.handle(found, partial(self._end, rowid, wake))
            if len(records) < limit or records[-1]["ROWID"] > until:
                # Rows that are missing up to there were overwritten, which
                # gave them a higher ROWID, or reclaimed.
                self.window.pass_over(until)

    def _found(
        self, database: Database, record: Record, lateness: Lateness
    ) -> Found:
        rowid = record["ROWID"]
        verify = self.name == VERIFY
        known = verify or database.moving or rowid <= self._compare_until
        existed = not known and rowid <= self.existed_until
        return Found(
            database,
            record,
            verify=verify,
            existed=existed,
            compare=known or (not existed and lateness.is_late(record)),
        )

    @property
    def compare_until(self) -> int:
        """Up to which row the next visit must compare."""
        return max(self._compare_until, self.window.last_read)

    def _end(
        self, rowid: int, wake: Callable[[], None], durable: bool
    ) -> None:
        self._ended.append((rowid, durable))
        wake()

    def collect(self) -> bool:
        """Close the rows that ended; False: one will not become durable.

        That one stays open, so the sync point never passes it.
        """
        all_durable = True
        while self._ended:
            rowid, durable = self._ended.popleft()
            if durable:
                self.window.close(rowid)
            else:
                all_durable = False
        return all_durable


class Visit:
    """Both passes of one handler over one database, while there is work.

    Call `hand_out` and `settle` in turns until the visit is `drained`. One
    that has `failed` must be thrown away: the outcome of some row will not
    become durable, and only the saved sync points count.
    """

    def __init__(
        self,
        database: Database,
        share: Slice,
        handler: Handler,
        slack: float,
        boot: str = "",
    ) -> None:
        """Find where to go on in a database just opened.

        `slack` is in seconds, `boot` names the start of the system.
        """
        self.failed = False
        self._looked = False
        self._database = database
        self._opened = database.id, database.inode
        self._share = share
        self._handler = handler
        self._lateness = Lateness(slack)
        self._last_row = self._ripe = BEFORE_ALL
        self._file = FileState(database.inode, database.max_row(), boot)
        saved = list(handler.sync_points(database.id))
        points = [step_back(point, self._file) for point in saved]
        primary = starting_point(points, PRIMARY, share)
        verify = starting_point(points, VERIFY, share)
        existed_until = BEFORE_ALL if primary else self._file.sequence
        self._primary = Pass(PRIMARY, share.owns, primary, existed_until)
        self._verify = Pass(VERIFY, share.verifies, verify, BEFORE_ALL)
        for walk, start in (self._primary, primary), (self._verify, verify):
            if start in saved:
                walk.saved = walk.window.sync_point
        # One node after the other: the rows that one has sent, those that
        # follow find at the remote.
        turn = slack * (1 + share.ordinal / share.nodes)
        self._sightings = Sightings(turn, verify.sightings if verify else ())

    def look(self, now: float) -> None:
        """Note which rows there are at `now` (seconds).

        Once the file was replaced, the visit has failed.
        """
        if self._looked:  # else it was read just now
            self._database.refresh()
        self._looked = True
        if (self._database.id, self._database.inode) != self._opened:
            self.failed = True
            return
        self._last_row = self._database.max_row()
        self._file = replace(self._file, sequence=self._last_row)
        self._lateness.look(self._last_row, now)
        if self._share.nodes > 1:  # else nobody's rows are left to verify
            if self._sightings.note(self._last_row, now):
                self._verify.saved = None
            self._ripe = self._sightings.ripe(now)

    def hand_out(self, wake: Callable[[], None], most: int) -> None:
        """Hand out rows until `most` are under way, or there is no room.

        `wake` is called, from any thread, whenever a row has ended.
        """

        def room() -> int:
            return min(self._handler.room(), most - self.open_rows)

        passes = (self._primary, self._last_row), (self._verify, self._ripe)
        for walk, until in passes:
            walk.hand_out(
                self._database,
                self._handler,
                until,
                self._lateness,
                room,
                wake,
            )

    def settle(self) -> None:
        """Close the rows that ended and save how far that got us."""
        for walk in (self._primary, self._verify):
            self.failed = self.failed or not walk.collect()
        self._save()

    def _save(self) -> None:
        self._sightings.forget(self._verify.window.sync_point)
        moved = self._unsaved()
        points = [self._point(walk) for walk in moved]
        if points and self._handler.save(self._database.container, points):
            for walk, point in zip(moved, points, strict=True):
                walk.saved = point.rowid

    def _unsaved(self) -> list[Pass]:
        passes = [self._primary]
        if self._share.nodes > 1:
            passes.append(self._verify)
        return [w for w in passes if w.window.sync_point != w.saved]

    def _point(self, walk: Pass) -> SyncPoint:
        return SyncPoint(
            self._database.id,
            walk.name,
            self._share,
            walk.window.sync_point,
            walk.existed_until,
            tuple(self._sightings) if walk is self._verify else (),
            walk.compare_until,
            self._file,
        )

    def shards(self) -> list[Container]:
        """Return the shards that the container has, if it is their root."""
        return self._database.shards()

    @property
    def container(self) -> Container:
        """The container whose database this is."""
        return self._database.container

    @property
    def open_rows(self) -> int:
        """How many rows are handed out and not yet durable."""
        return self._primary.window.open_rows + self._verify.window.open_rows

    @property
    def drained(self) -> bool:
        """Whether nothing is left to hand out, wait for or save."""
        return (
            not self.open_rows
            and not self._unsaved()
            and self._primary.window.last_read >= self._last_row
            and self._verify.window.last_read >= self._ripe
        )

    @property
    def next_ripe(self) -> float:
        """When rows become old enough to be verified, in seconds."""
        return self._sightings.next_ripe

    def close(self) -> None:
        """Close the database."""
        self._database.close()
