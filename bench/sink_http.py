# SPDX-License-Identifier: Apache-2.0
"""How does the sink read requests from a connection and answer them?

A body is hashed and counted while it arrives and then forgotten, but for
the body of a POST, which is XML that an operation has to read.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

RECEIVE_BYTES = 256 * 1024
LONGEST_HEAD = 64 * 1024
LONGEST_POST = 16 * 1024 * 1024
LINGER_SECONDS = 2.0

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Request:
    """One request: its head at once, the digest of its body at the end."""

    __slots__ = (
        "_md5",
        "body",
        "chunked",
        "headers",
        "last",
        "length",
        "method",
        "missing",
        "path",
        "query",
    )

    def __init__(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, target, version = first.split(" ")
        self.path, _, self.query = target.partition("?")
        self.headers = _headers(lines)
        self.chunked = "transfer-encoding" in self.headers
        self.length = _length(self.headers)
        self.missing = self.length or 0
        self.last = version != "HTTP/1.1" or (
            self.headers.get("connection", "").lower() == "close"
        )
        self.body = bytearray()
        self._md5 = hashlib.md5(usedforsecurity=False)

    @property
    def waits(self) -> bool:
        """Whether the client waits for leave to send its body."""
        expect = self.headers.get("expect", "")
        return expect.lower() == "100-continue" and self.missing > 0

    def receive(self, data: memoryview) -> None:
        """Hash the next bytes of the body; keep those of a POST."""
        self.missing -= len(data)
        self._md5.update(data)
        if self.method == "POST":
            self.body += data

    def md5(self) -> bytes:
        """Return the MD5 of the body."""
        return self._md5.digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None  # of a HEAD's object; else that of the body
    delay: float = 0.0

    def wire(self) -> bytes:
        """Return the answer as it is sent."""
        length = len(self.body) if self.length is None else self.length
        lines = [f"{name}: {text}\r\n" for name, text in self.headers.items()]
        # 204 has no body, and by RFC 9110 no Content-Length either.
        if self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {length}\r\n")
        reason = _REASONS[self.status]
        head = (
            f"HTTP/1.1 {self.status} {reason}\r\n"
            f"Date: {_clock.text()}\r\n{''.join(lines)}\r\n"
        )
        return head.encode("latin-1") + self.body


class Connection(asyncio.BufferedProtocol):
    """Answer one client's requests, strictly one after the other."""

    def __init__(self, handler: Callable[[Request], Answer]) -> None:
        self._handler = handler
        self._view = memoryview(bytearray(RECEIVE_BYTES))
        self._held = b""  # received and not looked at yet
        self._request: Request | None = None  # whose body is arriving
        self._answering = False  # an answer is being delayed
        self._last = False
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where the answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _exc: Exception | None) -> None:
        """Let go of the buffers and timers."""
        self._ended = True
        self._held = b""
        if self._timer is not None:
            self._timer.cancel()

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Return the one buffer that everything is received into."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what has been received."""
        if self._ended:
            return
        data = self._view[:nbytes]
        if self._answering:
            self._held += data
            self._transport.pause_reading()
            return
        if self._request is not None:
            data = self._feed(self._request, data)
        if data:
            self._held += data
            self._read_held()

    def eof_received(self) -> bool:
        """Stay open for as long as an answer is under way."""
        self._last = True
        return self._answering

    def _read_held(self) -> None:
        while self._held and not self._answering and not self._ended:
            end = self._held.find(b"\r\n\r\n")
            length = len(self._held) if end < 0 else end
            if length > LONGEST_HEAD:
                self._reject()
            elif end < 0:
                return
            else:
                self._next(end)

    def _next(self, end: int) -> None:
        body = memoryview(self._held)[end + 4 :]
        self._held = self._begin(self._held[:end], body)

    def _begin(self, head: bytes, body: memoryview) -> bytes:
        """Start with a request and return what does not belong to it."""
        try:
            request = Request(head)
        except ValueError:
            self._reject()
            return b""
        if request.method == "POST" and request.missing > LONGEST_POST:
            self._reject()
            return b""
        if request.chunked:
            request.last = True  # where it ends is not known
            self._finish(request)
            return b""
        if request.waits:
            self._transport.write(_CONTINUE)
        self._request = request
        return bytes(self._feed(request, body))

    def _feed(self, request: Request, data: memoryview) -> memoryview:
        """Give a request its body and return what lies beyond."""
        part = data[: request.missing]
        request.receive(part)
        if not request.missing:
            self._request = None
            self._finish(request)
        return data[len(part) :]

    def _finish(self, request: Request) -> None:
        answer = self._handler(request)
        self._last = self._last or request.last
        if not answer.delay:
            self._send(answer.wire())
            return
        self._answering = True
        self._timer = asyncio.get_running_loop().call_later(
            answer.delay, self._send_late, answer.wire()
        )

    def _send_late(self, wire: bytes) -> None:
        self._answering = False
        self._send(wire)
        if not self._transport.is_reading():
            self._transport.resume_reading()
        self._read_held()

    def _send(self, wire: bytes) -> None:
        self._transport.write(wire)
        if self._last:
            self._end()

    def _reject(self) -> None:
        self._transport.write(Answer(400, {"Connection": "close"}).wire())
        self._end()

    def _end(self) -> None:
        """Close, but not before the client has read the answer.

        Closing with unread input resets the connection, and the client
        may lose the answer: so input is thrown away until it closes.
        """
        self._ended = True
        self._held = b""
        self._transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(
            LINGER_SECONDS, self._transport.close
        )


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(line)
        name = name.lower()
        value = value.strip(" \t")
        if name in headers:
            value = f"{headers[name]},{value}"
        headers[name] = value
    return headers


def _length(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


class _Clock:
    """The Date header, made anew once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def text(self) -> str:
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._text = formatdate(now, usegmt=True)
        return self._text


_clock = _Clock()
