# SPDX-License-Identifier: Apache-2.0
"""Where does a pass over a database begin?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from container_crawler.slices import Slice

PRIMARY = "primary"
VERIFY = "verify"

BEFORE_ALL = 0
"""The sync point of a database that was never read; ROWIDs begin at 1."""

REBOOT_ROWS = 10_000
"""How many of a database's last ROWIDs a power cut may let be given anew."""


@dataclass(frozen=True)
class Sighting:
    """By `time` (seconds) this node had seen all rows up to `rowid`."""

    time: float
    rowid: int


@dataclass(frozen=True)
class FileState:
    """What tells whether a database's ROWIDs still mean what they did.

    `sequence` is the highest ROWID that was ever given, `boot` names the
    start of the system.
    """

    inode: int = 0
    sequence: int = BEFORE_ALL
    boot: str = ""


@dataclass(frozen=True)
class SyncPoint:
    """A pass's durable progress in one container database.

    Rows up to `existed_until` were there when the rule first met the
    database: the remote may hold them already. Rows up to `compare_until`
    were handed out before, or others by their ROWIDs were. `sightings` are
    the verify pass's.
    """

    database_id: str
    pass_name: str
    slice: Slice
    rowid: int
    existed_until: int = BEFORE_ALL
    sightings: tuple[Sighting, ...] = ()
    compare_until: int = BEFORE_ALL
    file: FileState = FileState()


def step_back(point: SyncPoint, file: FileState) -> SyncPoint:
    """Return where to go on in what may not be the file that it was.

    Another inode, or a sequence that went back: the file was put back from
    a copy, and gives ROWIDs to other rows that it had given before; they
    are all looked at again. After another start of the system that may be
    so with the last rows, since Swift does not wait for the disk. A point
    that was saved before files were looked at tells nothing of its own.
    """
    was = point.file
    if was == FileState() and file.sequence >= point.rowid:
        return point
    if was.inode != file.inode or file.sequence < max(
        was.sequence, point.rowid
    ):
        return replace(
            point,
            rowid=BEFORE_ALL,
            existed_until=BEFORE_ALL,
            sightings=(),
            compare_until=file.sequence,
        )
    if was.boot != file.boot:
        return replace(
            point,
            rowid=max(BEFORE_ALL, point.rowid - REBOOT_ROWS),
            existed_until=min(point.existed_until, was.sequence - REBOOT_ROWS),
            compare_until=max(point.compare_until, point.rowid),
        )
    return point


def starting_point(
    points: Iterable[SyncPoint], pass_name: str, share: Slice
) -> SyncPoint | None:
    """Return the point to go on from; None: start before all rows.

    When the slicing changed (ring, number of processes), rows that others
    had before are ours now: the lowest point of all other slicings is safe.
    What may have been handled above it is compared.
    """
    others = []
    for point in points:
        if point.slice.slicing != share.slicing:
            others.append(point)
        elif point.slice == share and point.pass_name == pass_name:
            return point
    if not others:
        return None
    lowest = min(others, key=lambda point: point.rowid)
    known = max(
        max(point.rowid, point.existed_until, point.compare_until)
        for point in others
    )
    return replace(
        lowest,
        pass_name=pass_name,
        slice=share,
        existed_until=BEFORE_ALL,
        compare_until=known,
    )


class Sightings:
    """When did this node first see a row?

    Rows carry their own times, but these may lie in the future or, for a
    row that a returning node brings, far in the past. Only a few samples
    are kept, `slack / 16` seconds apart.
    """

    def __init__(
        self, slack: float, sightings: Iterable[Sighting] = ()
    ) -> None:
        self._slack = slack
        self._seen = list(sightings)

    def note(self, rowid: int, now: float) -> bool:
        """Note the highest ROWID at `now`; tell whether it was recorded."""
        self._thin_out(now)
        last = self._seen[-1] if self._seen else Sighting(0, BEFORE_ALL)
        if rowid <= last.rowid or now < last.time + self._slack / 16:
            return False
        self._seen.append(Sighting(now, rowid))
        return True

    def _thin_out(self, now: float) -> None:
        """Keep one ripe sample, and none of a clock that was put back."""
        seen = [Sighting(min(s.time, now), s.rowid) for s in self._seen]
        ripe = [s for s in seen if s.time + self._slack <= now]
        self._seen = ripe[-1:] + seen[len(ripe) :]

    def ripe(self, now: float) -> int:
        """Return the highest ROWID that was seen `slack` seconds ago."""
        seen = [s.rowid for s in self._seen if s.time + self._slack <= now]
        return max(seen, default=BEFORE_ALL)

    def forget(self, rowid: int) -> None:
        """Drop the samples up to `rowid`: those rows are verified."""
        self._seen = [s for s in self._seen if s.rowid > rowid]

    @property
    def next_ripe(self) -> float:
        """When the oldest sample ripens; infinity when there is none."""
        if not self._seen:
            return float("inf")
        return self._seen[0].time + self._slack

    def __iter__(self) -> Iterator[Sighting]:
        return iter(self._seen)
