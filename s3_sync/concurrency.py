# SPDX-License-Identifier: Apache-2.0
"""The only module that knows eventlet.

Everything else uses the standard library (`threading`, `time`, `socket`),
which `patch` makes green, or the few names below. The day OpenStack Swift
leaves eventlet, this file changes and no other.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
import eventlet  # noqa: E402  the filter above must stand before it
import eventlet.debug  # noqa: E402

Timeout = eventlet.Timeout
"""What Swift's modules raise when something takes too long; it is no
Exception, so a loop that must go on has to name it."""


class DeadlinePassed(Exception):
    """The block of a `deadline` took longer than it may."""


def patch() -> None:
    """Make the standard library green; call it before any other import.

    Swift itself patches only sockets, select and threads. `time` is patched
    as well, else one sleeping library stops every other request.
    """
    eventlet.monkey_patch()
    eventlet.debug.hub_exceptions(False)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `DeadlinePassed` in the block when `seconds` have gone by.

    Interrupts only what waits for the network or sleeps, and only under
    `patch`.
    """
    timer = eventlet.Timeout(seconds, DeadlinePassed(f"{seconds:.0f} s"))
    try:
        yield
    finally:
        timer.cancel()


class GreenThreads:
    """A fixed number of green threads that run what they are given."""

    def __init__(self, size: int) -> None:
        self._pool = eventlet.GreenPool(size)

    def spawn(self, work: Callable[..., Any], *args: Any) -> None:
        """Run `work(*args)` soon; wait here while all workers are busy."""
        self._pool.spawn_n(work, *args)
