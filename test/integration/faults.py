# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a request, and between whom?

The classes with `act` are what a FaultProxy's `choose` may return.
"""

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import TestCase
from urllib.parse import urlsplit

from s3_sync.saio.cluster import Cluster
from test.integration.fault_proxy import (
    HOST,
    Choose,
    Exchange,
    Failing,
    FaultProxy,
    Relay,
)
from test.integration.servers import S3Server

_GLANCE = 0.01


@dataclass(frozen=True)
class Fault:
    """An answer in place of the server's; without a status: a reset.

    `late`: the server has done what it was asked, only the client does not
    hear of it.
    """

    status: int = 0
    code: str = ""
    late: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    async def act(self, relay: Relay) -> bool:
        """Answer, or cut the connection."""
        if self.late:
            async for _ in relay.answer_pieces(await relay.ask()):
                pass
        if not self.status:
            return await relay.reset()
        if not (self.late or relay.head.waits):
            await relay.drain()
        relay.exchange.status = self.status
        await relay.send(self._answer(relay.exchange.method))
        return not (relay.head.last or relay.head.waits)

    def _answer(self, method: str) -> bytes:
        text = f"<Error><Code>{self.code}</Code><Message>chosen</Message>"
        body = f"{text}</Error>".encode()
        fields = [
            ("Content-Type", "application/xml"),
            ("Content-Length", str(len(body))),
            *self.headers,
        ]
        lines = [f"HTTP/1.1 {self.status} Chosen"]
        lines += [f"{name}: {value}" for name, value in fields]
        head = "\r\n".join([*lines, "", ""]).encode()
        return head if method == "HEAD" else head + body


@dataclass(frozen=True)
class CutRequest:
    """Passes half of the body on, then cuts both sides off."""

    async def act(self, relay: Relay) -> bool:
        """Cut amid the request."""
        await relay.pump(relay.head.length // 2)
        return await relay.reset()


@dataclass(frozen=True)
class CutAnswer:
    """Sends half of the answer, then cuts; `quietly`: just ends it."""

    quietly: bool = False

    async def act(self, relay: Relay) -> bool:
        """Cut amid the answer's body, or its head if it has no body."""
        answer = await relay.ask()
        half = answer.length // 2
        if relay.exchange.method == "HEAD" or not half:
            await relay.send(answer.raw[: len(answer.raw) // 2])
            half = 0
        else:
            await relay.send(answer.raw)
        async for piece in relay.answer_pieces(answer):
            if half:
                await relay.send(piece[:half])
                half -= len(piece[:half])
        return False if self.quietly else await relay.reset()


@dataclass(frozen=True)
class Late:
    """Holds a request back, before the server hears of it.

    For seconds, or until an event is set. Then `fault`, if there is one.
    """

    until: float | threading.Event
    fault: Failing | None = None

    async def act(self, relay: Relay) -> bool:
        """Wait, then go on."""
        await _wait(self.until)
        if relay.writer.is_closing():
            return False
        if self.fault:
            return await self.fault.act(relay)
        return await relay.pass_on()


@dataclass(frozen=True)
class Stall:
    """Sends the first bytes of the answer, and the rest later."""

    until: float | threading.Event
    first: int = 64 * 1024

    async def act(self, relay: Relay) -> bool:
        """Send, wait, send the rest."""
        answer = await relay.ask()
        await relay.send(answer.raw)
        sent, waited = 0, False
        async for piece in relay.answer_pieces(answer):
            if sent >= self.first and not waited:
                await _wait(self.until)
                waited = True
            await relay.send(piece)
            sent += len(piece)
        relay.exchange.status = answer.status
        return not (answer.last or relay.head.last or relay.spoiled)


@dataclass(frozen=True)
class Trickle:
    """Sends the answer byte by byte, with `seconds` between them."""

    seconds: float

    async def act(self, relay: Relay) -> bool:
        """Send slowly."""
        answer = await relay.ask()
        whole = answer.raw
        async for piece in relay.answer_pieces(answer):
            whole += piece
        for byte in whole:
            await relay.send(bytes([byte]))
            await asyncio.sleep(self.seconds)
        return False


@dataclass(frozen=True)
class Hang:
    """Takes the request and never answers."""

    async def act(self, relay: Relay) -> bool:
        """Wait until the client goes, or is cut off."""
        await relay.drain()
        await relay.reader.read(1)
        return await relay.reset()


HANG = Hang()
SLOW_DOWN = Fault(503, "SlowDown")
BREAKS: tuple[Failing, ...] = (
    Fault(500, "InternalError"),
    Fault(),
    CutRequest(),
    CutAnswer(),
    CutAnswer(quietly=True),
)
"""A server that fails, and each place where a connection can end."""


def every(number: int, faults: tuple[Failing, ...], most: int = 3) -> Choose:
    """Let one of `number` requests fail, by one fault after the other.

    None fails more than `most` times: an unlucky one would be waited for
    longer than for all others.
    """
    suffered: Counter[str] = Counter()
    due = chosen = 0

    def choose(exchange: Exchange) -> Failing | None:
        nonlocal due, chosen
        due += 1
        if due < number or suffered[exchange.path] == most:
            return None
        due -= number
        suffered[exchange.path] += 1
        chosen += 1
        return faults[(chosen - 1) % len(faults)]

    return choose


def tell(case: TestCase, text: str) -> None:
    """Print a test's figures."""
    name = case.id().rpartition(".")[2].replace("_", " ")
    sys.stderr.write(f"\n{name}: {text}\n")


async def _wait(until: float | threading.Event) -> None:
    if isinstance(until, threading.Event):
        while not until.is_set():  # it is set in another thread
            await asyncio.sleep(_GLANCE)
    else:
        await asyncio.sleep(until)


def before(server: S3Server, case: TestCase) -> FaultProxy:
    """Return a proxy that stands before `server`."""
    address = urlsplit(server.endpoint)
    return FaultProxy(case, (address.hostname, address.port))


def seen_through(proxy: FaultProxy, server: S3Server) -> S3Server:
    """Return `server` as it is for those who meet the proxy."""
    address = urlsplit(server.endpoint)
    address = address._replace(netloc=f"{HOST}:{proxy.port}")
    return replace(server, endpoint=address.geturl())


class FaultyServer:
    """An S3 server whose answers fail as `choose` says.

    `choose` gets method and target of a request, and may be replaced.
    """

    def __init__(self, case: TestCase, server: S3Server) -> None:
        self.choose: Callable[[str, str], Failing | None] = lambda *_: None
        self.proxy = before(server, case)
        self.proxy.choose = lambda exchange: self.choose(
            exchange.method, exchange.target
        )
        self.server = seen_through(self.proxy, server)


class FaultySwift:
    """A `swift_dir` whose rings lead to proxies before a node's servers.

    For one node. Clients of the cluster itself meet no fault. `patience`
    are the seconds for which the internal client waits for a server.
    """

    def __init__(
        self,
        case: TestCase,
        cluster: Cluster,
        folder: Path,
        patience: float = 10,
    ) -> None:
        node = cluster.node(1)
        self.proxies = {
            kind: FaultProxy(case, (node.ip, port))
            for kind, port in node.ports.items()
        }
        self.objects = self.proxies["object"]
        self.swift_dir = folder / "swift"
        self.swift_dir.mkdir()
        for path in cluster.swift_dir.glob("*.ring.gz"):
            kind = path.name.partition(".")[0].partition("-")[0]
            _lead_to(self.proxies[kind].port, path, self.swift_dir / path.name)
        for name in ("swift.conf", "internal-client.conf"):
            text = (cluster.swift_dir / name).read_text()
            text = text.replace(str(cluster.swift_dir), str(self.swift_dir))
            told = f"use = egg:swift#proxy\nnode_timeout = {patience}"
            text = text.replace("use = egg:swift#proxy", told)
            (self.swift_dir / name).write_text(text)


def _lead_to(port: int, ring: Path, copy: Path) -> None:
    from swift.common.ring import RingData

    data = RingData.load(str(ring))
    for device in data.devs:
        device.update(port=port, replication_port=port)
    data.save(str(copy))
