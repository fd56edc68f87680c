# SPDX-License-Identifier: Apache-2.0
"""How do figures reach a statsd server, or get lost at no cost?"""

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from s3_sync.concurrency import DeadlinePassed, deadline

COUNTER, GAUGE, TIMER = "c", "g", "ms"

DATAGRAM_BYTES = 1400
"""What Ethernet carries in one piece."""

RESOLVE_SECONDS = 2.0
KNOWN_SECONDS = 60.0
"""How long an address, or that there is none, is taken for known."""


@dataclass(frozen=True)
class Figure:
    """One value. Each part of its name may hold any text."""

    name: tuple[str, ...]
    value: int
    kind: str = COUNTER

    def line(self, prefix: str | None) -> bytes:
        """Return it as statsd has it, `prefix` and a dot before its name."""
        parts = (
            quote(part, safe="").replace(".", "%2E") for part in self.name
        )
        name = ".".join([prefix, *parts] if prefix else parts)
        return f"{name}:{self.value}|{self.kind}".encode()


class Statsd:
    """A statsd server. What it does not get is lost; nobody waits for it."""

    def __init__(
        self,
        host: str,
        port: int,
        prefix: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = host, port
        self._prefix = prefix
        self._clock = clock
        self._address: tuple[int, Any] | None = None
        self._asked_at = float("-inf")

    def send(self, figures: Iterable[Figure]) -> None:
        """Send figures, many in a datagram; raises nothing."""
        lines = [figure.line(self._prefix) for figure in figures]
        address = self._resolve() if lines else None
        if address is None:
            return
        family, target = address
        # a server that is down or a full buffer: those figures are lost
        with suppress(OSError), _socket(family) as udp:
            for datagram in _datagrams(lines):
                with suppress(OSError):
                    udp.sendto(datagram, target)

    def _resolve(self) -> tuple[int, Any] | None:
        now = self._clock()
        if now - self._asked_at < KNOWN_SECONDS:
            return self._address
        self._asked_at = now
        try:
            with deadline(RESOLVE_SECONDS):
                family, *_, target = socket.getaddrinfo(
                    *self._where, type=socket.SOCK_DGRAM
                )[0]
        except (OSError, UnicodeError, DeadlinePassed):
            return self._address  # the last one that was known
        self._address = family, target
        return self._address


def _socket(family: int) -> socket.socket:
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setblocking(False)
    return udp


def _datagrams(lines: Iterable[bytes]) -> Iterable[bytes]:
    """Join lines to datagrams that are not longer than they should be."""
    waiting = b""
    for line in lines:
        if waiting and len(waiting) + 1 + len(line) > DATAGRAM_BYTES:
            yield waiting
            waiting = b""
        waiting = waiting + b"\n" + line if waiting else line
    if waiting:
        yield waiting
