# SPDX-License-Identifier: Apache-2.0
"""What stands between a client and a server, and lets chosen requests fail?

Every byte is passed on as it is, while it arrives, Host and signature
included. The server must take the proxy's address for its own.
"""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from unittest import TestCase

from test.integration.fault_wire import (
    Head,
    answer_body,
    read_head,
    request_body,
)

HOST = "127.0.0.1"
_LONGEST_HEAD = 1024 * 1024
_BACKLOG = 1024
_JOIN_SECONDS = 10
_RESET = struct.pack("ii", 1, 0)  # linger for no time at all


@dataclass(eq=False)
class Exchange:
    """One request and what became of it; times are monotonic.

    `done` is the server's own status, `status` what the client got; 0: none.
    `body` is kept of a POST only.
    """

    number: int
    method: str
    target: str
    headers: Mapping[str, str]
    started: float
    body: bytes = b""
    fault: "Failing | None" = None
    done: int = 0
    status: int = 0
    ended: float = 0.0

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @property
    def stored(self) -> bool:
        """Whether it is over, and the server did what it was asked."""
        return self.ended > 0 and 200 <= self.done < 300


class Failing(Protocol):
    """One way to fail."""

    async def act(self, relay: "Relay") -> bool:
        """Treat a request; False: its connection ends."""
        ...


Choose = Callable[[Exchange], Failing | None]
"""Which requests fail, and how; None: it is passed on.

Called in the proxy's thread as soon as the head of a request is there.
"""


@dataclass(eq=False)
class Relay:
    """One request on its way, for whoever treats it."""

    exchange: Exchange
    head: Head
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    connect: Callable[[], Awaitable["Upstream"]]
    upstream: "Upstream | None" = None
    continued: bool = False
    spoiled: bool = False

    async def send(self, data: bytes) -> None:
        """Send to the client."""
        self.writer.write(data)
        await self.writer.drain()

    async def reset(self) -> bool:
        """Cut the client off; the server sees a connection that ends."""
        _reset(self.writer)
        return False

    async def drain(self) -> None:
        """Read what the client still sends."""
        async for _ in request_body(self.reader, self.head):
            pass

    async def pump(self, most: int | None = None) -> None:
        """Pass the body to the server, or its first `most` bytes."""
        self.upstream = upstream = await self.connect()
        upstream.writer.write(self.head.raw)
        keep = self.exchange.method == "POST"
        async for piece in request_body(self.reader, self.head):
            if keep:
                self.exchange.body += piece
            if most is not None:
                piece = piece[:most]
                most -= len(piece)
            upstream.writer.write(piece)
            await upstream.writer.drain()
            if most == 0:
                return
        await upstream.writer.drain()

    async def answer_head(self) -> Head:
        """Return the server's answer's head; what comes before is sent on."""
        if not self.upstream:
            raise ConnectionResetError("the server has not been asked")
        while True:
            head = await read_head(self.upstream.reader)
            if not head:
                raise ConnectionResetError("the server has cut us off")
            if head.status >= 200:
                self.exchange.done = head.status
                return head
            self.continued = True
            await self.send(head.raw)

    async def ask(self) -> Head:
        """Pass the whole request on; return the answer's head."""
        self.upstream = await self.connect()
        body = asyncio.ensure_future(self.pump())
        try:
            answer = await self.answer_head()
            if not self.head.waits or self.continued:
                with contextlib.suppress(OSError):
                    await body
        finally:
            # What was not waited for, or not taken, spoils the connection.
            self.spoiled = not body.done() or bool(body.exception())
            body.cancel()
        return answer

    def answer_pieces(self, answer: Head):
        """Read the body of the server's answer."""
        assert self.upstream
        return answer_body(self.upstream.reader, answer, self.exchange.method)

    async def pass_on(self) -> bool:
        """Do what there is to do without a fault."""
        answer = await self.ask()
        await self.send(answer.raw)
        async for piece in self.answer_pieces(answer):
            await self.send(piece)
        self.exchange.status = answer.status
        return not (answer.last or self.head.last or self.spoiled)


@dataclass(eq=False)
class Upstream:
    """The connection to the server that belongs to one of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class FaultProxy:
    """Listens on a port of its own for as long as the test runs.

    `log` has every exchange in the order of their heads; it only grows.
    `choose` may be replaced at any time.
    """

    def __init__(
        self,
        case: TestCase,
        behind: tuple[str, int],
        choose: Choose = lambda _: None,
    ) -> None:
        self.choose = choose
        self.log: list[Exchange] = []
        self.faults: Counter[str] = Counter()
        self.stored: set[str] = set()
        """Paths of which the server took a PUT."""
        self._behind = behind
        # Bound and deaf, it keeps the port while nobody listens.
        self._place = _bound(0)
        self.port: int = self._place.getsockname()[1]
        self._clients: set[asyncio.StreamWriter] = set()
        # asyncio forgets a task whose client has gone, amid its request
        self._serving: set[asyncio.Task | None] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, daemon=True
        )
        self._thread.start()
        self.listen()
        case.addCleanup(self._close)

    def listen(self) -> None:
        """Take connections (again)."""
        self._call(self._listen())

    def refuse(self) -> None:
        """Refuse connections from now on and reset those that there are."""
        self._call(self._refuse())

    def reset(self) -> None:
        """Cut off all who are connected now."""
        self._call(self._reset_all())

    def requests(self, **what: object) -> list[Exchange]:
        """Return the exchanges with these attributes, `method="PUT"`."""
        return [
            exchange
            for exchange in list(self.log)
            if all(getattr(exchange, k) == v for k, v in what.items())
        ]

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(
            _JOIN_SECONDS
        )

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve,
            sock=_bound(self.port),
            limit=_LONGEST_HEAD,
            backlog=_BACKLOG,
        )

    async def _refuse(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        await self._reset_all()

    async def _reset_all(self) -> None:
        for writer in list(self._clients):
            _reset(writer)

    def _close(self) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_JOIN_SECONDS)
        self._loop.close()
        self._place.close()

    async def _end(self) -> None:
        await self._refuse()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer) -> None:
        """Serve one client, one request after the other."""
        self._clients.add(writer)
        self._serving.add(asyncio.current_task())
        upstreams: list[Upstream] = []

        async def connect() -> Upstream:
            if upstreams and not upstreams[-1].reader.at_eof():
                return upstreams[-1]
            streams = await asyncio.open_connection(
                *self._behind, limit=_LONGEST_HEAD
            )
            upstreams.append(Upstream(*streams))
            return upstreams[-1]

        try:
            while head := await read_head(reader):
                exchange = self._note(head)
                relay = Relay(exchange, head, reader, writer, connect)
                if not await self._treat(relay):
                    break
        except (OSError, EOFError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._clients.discard(writer)
            self._serving.discard(asyncio.current_task())
            for closing in (writer, *(up.writer for up in upstreams)):
                closing.close()

    def _note(self, head: Head) -> Exchange:
        method, target, _ = head.first
        exchange = Exchange(
            len(self.log), method, target, head.headers, time.monotonic()
        )
        self.log.append(exchange)
        return exchange

    async def _treat(self, relay: Relay) -> bool:
        exchange = relay.exchange
        exchange.fault = fault = self.choose(exchange)
        try:
            if not fault:
                return await relay.pass_on()
            self.faults[str(fault)] += 1
            return await fault.act(relay)
        finally:
            exchange.ended = time.monotonic()
            if exchange.method == "PUT" and exchange.stored:
                self.stored.add(exchange.path)


def _bound(port: int) -> socket.socket:
    place = socket.socket()
    # Both: the one that listens and the one that keeps the port.
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    place.bind((HOST, port))
    return place


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close at once; the other side reads ECONNRESET, not an end."""
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
