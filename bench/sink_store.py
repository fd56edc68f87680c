# SPDX-License-Identifier: Apache-2.0
"""What does the sink remember of the objects that it was sent?"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Everything about an object but its bytes."""

    etag: str
    size: int
    metadata: dict[str, str]
    headers: dict[str, str]
    received: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload."""

    etag: str
    size: int
    received: float


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that is neither completed nor aborted."""

    id: str
    key: str
    metadata: dict[str, str]
    headers: dict[str, str]
    initiated: float
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `last` is where the next one continues."""

    keys: list[str]
    groups: list[str]
    last: str
    truncated: bool


class Bucket:
    """The objects and open uploads of one bucket."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.objects: dict[str, StoredObject] = {}
        self.uploads: dict[str, Upload] = {}
        self._sorted: list[str] = []
        self._added: set[str] = set()  # since _sorted was made
        self._removed: set[str] = set()

    def put(self, key: str, stored: StoredObject) -> None:
        """Keep an object."""
        if key not in self.objects:
            if key in self._removed:
                self._removed.discard(key)
            else:
                self._added.add(key)
        self.objects[key] = stored

    def delete(self, key: str) -> None:
        """Forget an object, if it is there."""
        if self.objects.pop(key, None) is None:
            return
        if key in self._added:
            self._added.discard(key)
        else:
            self._removed.add(key)

    def clear(self) -> None:
        """Forget all objects and uploads."""
        for each in self.objects, self.uploads, self._added, self._removed:
            each.clear()
        self._sorted = []

    def page(self, prefix: str, delimiter: str, after: str, most: int) -> Page:
        """List at most so many keys and groups that come after a name."""
        names = self._names()
        at = max(bisect_left(names, prefix), bisect_right(names, after))
        if not after:
            at = bisect_left(names, prefix)  # a key cannot be empty
        end = _end_of_group(names, prefix, at)
        keys: list[str] = []
        groups: list[str] = []
        last = ""
        while at < end and len(keys) + len(groups) < most:
            group = _group(names[at], prefix, delimiter)
            if not group:
                last = names[at]
                keys.append(last)
                at += 1
                continue
            # A page that ended with a group is continued behind it.
            if group != after:
                last = group
                groups.append(group)
            at = _end_of_group(names, group, at)
        return Page(keys, groups, last, at < end and most > 0)

    def _names(self) -> list[str]:
        """Return the keys in the order of their UTF-8 bytes.

        That is the order of Python's strings. Sorting a sorted list with
        a few more names behind it takes linear time.
        """
        if self._removed:
            gone = self._removed
            self._sorted = [name for name in self._sorted if name not in gone]
            self._removed = set()
        if self._added:
            self._sorted += sorted(self._added)
            self._sorted.sort()
            self._added = set()
        return self._sorted


def _group(name: str, prefix: str, delimiter: str) -> str:
    """Return the common prefix that a name is listed under, or nothing."""
    if not delimiter:
        return ""
    found = name.find(delimiter, len(prefix))
    return "" if found < 0 else name[: found + len(delimiter)]


def _end_of_group(names: list[str], prefix: str, start: int) -> int:
    """Return where the names with this prefix end."""

    def beyond(name: str) -> bool:
        return not name.startswith(prefix)

    return bisect_left(names, True, start, key=beyond)
