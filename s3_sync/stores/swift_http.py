# SPDX-License-Identifier: Apache-2.0
"""How do requests get to a Swift site and answers back?

Over keep-alive connections that any number of green threads take from one
pool. Paths go out exactly as they are given: `//` and `..` are parts of
object names.
"""

import base64
import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol
from urllib.parse import unquote, urlsplit

from s3_sync import __version__
from s3_sync.concurrency import deadline
from s3_sync.config import Site

CONNECT_SECONDS = 5
SILENCE_SECONDS = 60
LEAST_BYTES_PER_SECOND = 16 * 1024
IDLE_SECONDS = 30.0
"""Swift closes connections that were idle for 60 s."""

EXPECT_SECONDS = 1.0
"""How long a server may take to ask for the body; older ones never do."""

MOST_ANSWER = 1024 * 1024
_PIECE = 65_536
_LOST = (
    http.client.RemoteDisconnected,
    BrokenPipeError,
    ConnectionResetError,
    ConnectionAbortedError,
)


class Bytes(Protocol):
    """A body that is read while it is sent."""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        ...


@dataclass(frozen=True)
class Request:
    """What to send; bytes can be sent again, what is read cannot.

    `seconds` is what the server may think about it, besides the time that
    `size` bytes take.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | Bytes = field(default=b"", repr=False)
    size: int = 0
    seconds: float = SILENCE_SECONDS

    @property
    def streams(self) -> bool:
        """Whether the body is read while it is sent."""
        return not isinstance(self.body, bytes)


@dataclass(frozen=True)
class Answer:
    """What the server said; header names in lower case, values as UTF-8.

    `body_unread`: it answered before it took any of the request's body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    body_unread: bool = False

    @property
    def text(self) -> str:
        """The body's begin, on one line."""
        return " ".join(self.body[:300].decode("utf-8", "replace").split())


@dataclass(frozen=True)
class _Idle:
    connection: http.client.HTTPConnection
    since: float


class Connections:
    """Connections to one or more hosts; keeps up to `most` of each open.

    `proxy` is the URL of an HTTP proxy, through which all of them go.
    """

    def __init__(
        self,
        most: int,
        make_context: Callable[[], ssl.SSLContext],
        proxy: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = 0
        """How many were sent."""
        self._most = most
        self._proxy = proxy
        self._context = cache(make_context)
        self._clock = clock
        self._idle: dict[tuple[str, str], list[_Idle]] = {}
        self._lock = threading.Lock()

    def send(self, url: str, request: Request) -> Answer:
        """Send a request to the host of `url` and read the answer.

        Raises OSError, HTTPException, DeadlinePassed, and what reading the
        body raises. A connection that the server closed meanwhile is no
        fault: then the request goes over a new one.
        """
        parts = urlsplit(url)
        host = parts.scheme, parts.netloc
        if self._proxy and parts.scheme == "http":
            request = _through(self._proxy, host, request)
        self.requests += 1
        limit = request.seconds + request.size / LEAST_BYTES_PER_SECOND
        with deadline(limit):
            connection = self._take(host)
            if connection:
                exchange = _Exchange(connection, request)
                try:
                    return self._finish(host, exchange)
                except _LOST:
                    if exchange.body_begun:
                        raise
                    self._drop(host)  # the others are as old
            exchange = _Exchange(self._open(host), request)
            return self._finish(host, exchange)

    def close(self) -> None:
        """Close what is idle."""
        for host in list(self._idle):
            self._drop(host)

    def _finish(self, host: tuple[str, str], exchange: "_Exchange") -> Answer:
        try:
            answer = exchange.run()
        except BaseException:
            exchange.connection.close()
            raise
        if exchange.reusable:
            self._give_back(host, exchange.connection)
        else:
            exchange.connection.close()
        return answer

    def _open(self, host: tuple[str, str]) -> http.client.HTTPConnection:
        scheme, netloc = host
        proxy = urlsplit(self._proxy) if self._proxy else None
        where = proxy.netloc.rpartition("@")[2] if proxy else netloc
        if scheme == "http":
            return http.client.HTTPConnection(where, timeout=CONNECT_SECONDS)
        connection = http.client.HTTPSConnection(
            where, timeout=CONNECT_SECONDS, context=self._context()
        )
        if self._proxy:
            connection.set_tunnel(netloc, headers=_login(self._proxy))
        return connection

    def _take(
        self, host: tuple[str, str]
    ) -> http.client.HTTPConnection | None:
        with self._lock:
            waiting = self._idle.get(host, [])
            while waiting:
                idle = waiting.pop()
                if self._clock() - idle.since < IDLE_SECONDS:
                    return idle.connection
                idle.connection.close()
        return None

    def _give_back(
        self, host: tuple[str, str], connection: http.client.HTTPConnection
    ) -> None:
        with self._lock:
            waiting = self._idle.setdefault(host, [])
            if len(waiting) < self._most:
                waiting.append(_Idle(connection, self._clock()))
                return
        connection.close()

    def _drop(self, host: tuple[str, str]) -> None:
        with self._lock:
            waiting = self._idle.pop(host, [])
        for idle in waiting:
            idle.connection.close()


def tls_context(site: Site) -> ssl.SSLContext:
    """Return whom a site's connections trust, and who they say that we are."""
    ca = str(site.ca_file) if site.ca_file else None
    context = ssl.create_default_context(cafile=ca)
    if not site.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if site.client_cert:
        # Without a password at hand OpenSSL would ask the terminal.
        context.load_cert_chain(
            site.client_cert, site.client_key, password=lambda: b""
        )
    return context


def _through(proxy: str, host: tuple[str, str], request: Request) -> Request:
    return replace(
        request,
        target=f"{host[0]}://{host[1]}{request.target}",
        headers={**request.headers, **_login(proxy)},
    )


def _login(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    word = base64.b64encode(pair.encode()).decode()
    return {"Proxy-Authorization": f"Basic {word}"}


class _Exchange:
    """One request and its answer on one connection."""

    def __init__(
        self, connection: http.client.HTTPConnection, request: Request
    ) -> None:
        self.connection = connection
        self.body_begun = False
        self.reusable = False
        self._request = request

    def run(self) -> Answer:
        """Send, and read the answer."""
        self._connect()
        whole = self._send()
        response = self.connection.getresponse()
        self.connection.response_class = http.client.HTTPResponse
        body = response.read(MOST_ANSWER)
        read = response.isclosed() or not response.read(1)
        self.reusable = whole and read and not response.will_close
        return Answer(
            response.status,
            {
                name.lower(): _utf8(text)
                for name, text in response.getheaders()
            },
            body,
            body_unread=not self.body_begun,
        )

    def _connect(self) -> None:
        sock: socket.socket | None = self.connection.sock
        if sock is None:
            self.connection.connect()
            self.connection.sock.settimeout(SILENCE_SECONDS)

    def _send(self) -> bool:
        """Send it all; False: the server answered in the middle."""
        request, connection = self._request, self.connection
        connection.putrequest(
            request.method, request.target, skip_accept_encoding=True
        )
        headers = {"User-Agent": f"swift-s3-sync/{__version__}"}
        for name, value in (headers | dict(request.headers)).items():
            connection.putheader(name, value.encode())
        if request.size or request.method in ("PUT", "POST"):
            connection.putheader("Content-Length", str(request.size))
        if isinstance(request.body, bytes):
            connection.endheaders(request.body or None)
            return True
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        if _answers_at_once(connection):
            return False
        return self._stream(request.body)

    def _stream(self, body: Bytes) -> bool:
        missing = self._request.size
        self.body_begun = True
        while piece := body.read(_PIECE):
            missing -= len(piece)
            try:
                self.connection.send(piece)
            except _LOST:  # it may have said why
                return False
        if missing:
            raise http.client.IncompleteRead(b"", missing)
        return True


def _answers_at_once(connection: http.client.HTTPConnection) -> bool:
    """Wait for "100 Continue"; True: another answer came in its place."""
    if not _readable(connection, EXPECT_SECONDS):
        return False
    response = http.client.HTTPResponse(connection.sock, method="PUT")
    line = response._read_status()  # type: ignore[attr-defined]
    go_on: bool = line[1] == http.client.CONTINUE
    while go_on and response.fp.readline().strip():
        pass  # an interim answer's headers say nothing to us
    if not go_on:
        response._read_status = lambda: line  # type: ignore[attr-defined]
    # It may have read on: the rest of the answer is to come from it.
    connection.response_class = lambda *_, **__: response  # type: ignore[assignment]
    return not go_on


def _readable(connection: http.client.HTTPConnection, seconds: float) -> bool:
    sock = connection.sock
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    return bool(select.select([sock], [], [], seconds)[0])


def _utf8(value: str) -> str:
    """Read as UTF-8 what http.client read as Latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
