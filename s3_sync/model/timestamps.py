# SPDX-License-Identifier: Apache-2.0
"""When did Swift accept an object's data, content type and metadata?

A container row holds the three times in one string, `created_at`:
`<data>[+-<hex delta to content type>[+-<hex delta to metadata>]]`, in units
of 10 microseconds (Swift's `encode_timestamps`). A time may carry an offset
(`_<hex>`), which orders events that share one time.
"""

import re
from typing import NamedTuple

TICKS_PER_SECOND = 100_000

_TIME = re.compile(r"(\d{1,10})(?:\.(\d{1,9}))?(?:_([0-9a-f]{1,16}))?")
_DELTA = re.compile(r"([+-])([0-9a-f]{1,16})")


class Timestamp(NamedTuple):
    """A moment in Swift's time: 10 µs ticks since the epoch, and an offset."""

    ticks: int
    offset: int = 0

    @classmethod
    def parse(cls, text: str) -> "Timestamp":
        """Read `1795174740.91482` or `1795174740.91482_1`.

        Raises ValueError.
        """
        match = _TIME.fullmatch(text)
        if not match:
            raise ValueError(f"not a Swift timestamp: {text!r}")
        seconds, fraction, offset = match.groups()
        ticks = int(((fraction or "") + "00000")[:5])
        return cls(
            int(seconds) * TICKS_PER_SECOND + ticks, int(offset or "0", 16)
        )

    @classmethod
    def at(cls, seconds: float) -> "Timestamp":
        """Return the moment `seconds` after the epoch."""
        return cls(round(seconds * TICKS_PER_SECOND))

    def plus(self, ticks: int) -> "Timestamp":
        """Return the moment `ticks` later, without the offset.

        No ticks: the same moment, offset included (as Swift does).
        """
        return Timestamp(self.ticks + ticks) if ticks else self

    @property
    def seconds(self) -> float:
        """Seconds since the epoch."""
        return self.ticks / TICKS_PER_SECOND

    def __str__(self) -> str:
        seconds, ticks = divmod(self.ticks, TICKS_PER_SECOND)
        offset = f"_{self.offset:x}" if self.offset else ""
        return f"{seconds:010d}.{ticks:05d}{offset}"


class Stamps(NamedTuple):
    """The three times of one version of an object."""

    data: Timestamp
    content_type: Timestamp
    metadata: Timestamp

    @classmethod
    def parse(cls, created_at: str) -> "Stamps":
        """Read a row's `created_at`. Raises ValueError."""
        base = re.match(r"[^+-]*", created_at)
        text = base.group() if base else ""
        rest = created_at[len(text) :]
        deltas = [
            int(digits, 16) * (-1 if sign == "-" else 1)
            for sign, digits in _DELTA.findall(rest)
        ]
        if len(deltas) > 2 or _DELTA.sub("", rest):
            raise ValueError(f"not Swift timestamps: {created_at!r}")
        data = Timestamp.parse(text)
        content_type = data.plus(deltas[0]) if deltas else data
        metadata = content_type.plus(deltas[1]) if deltas[1:] else content_type
        return cls(data, content_type, metadata)

    @property
    def changed_after_put(self) -> bool:
        """Whether a POST followed the PUT that wrote the data."""
        return self.metadata != self.data or self.content_type != self.data

    def __str__(self) -> str:
        first = self.content_type.ticks - self.data.ticks
        second = self.metadata.ticks - self.content_type.ticks
        if not first and not second:
            return str(self.data)
        return f"{self.data}{_signed(first)}{_signed(second)}"


def _signed(delta: int) -> str:
    return f"{'-' if delta < 0 else '+'}{abs(delta):x}"
