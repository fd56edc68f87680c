# SPDX-License-Identifier: Apache-2.0
"""Who may act on a name now?"""

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """At most one holder a key; the others wait in the order they came.

    A slow upload that ended after a newer one would win on every server.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[T]] = {}

    def take(self, key: Hashable, task: T) -> bool:
        """Take the turn of `key`; False: `task` waits for it."""
        queue = self._waiting.get(key)
        if queue is None:
            self._waiting[key] = deque()
            return True
        queue.append(task)
        return False

    def pass_on(self, key: Hashable) -> T | None:
        """End a turn; return who has it now, or None if nobody waited."""
        queue = self._waiting[key]
        if queue:
            return queue.popleft()
        del self._waiting[key]
        return None

    def waiting(self, key: Hashable) -> Iterable[T]:
        """Return who waits for the turn of `key`."""
        return self._waiting.get(key, ())

    def taken(self, key: Hashable) -> bool:
        """Tell whether somebody acts on `key`."""
        return key in self._waiting
