# SPDX-License-Identifier: Apache-2.0
"""Where does an HTTP message end, if not one of its bytes may change?"""

from asyncio import IncompleteReadError, StreamReader
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

PIECE = 64 * 1024
_NO_BODY = (204, 304)


@dataclass(frozen=True)
class Head:
    """The head of a request or an answer; names in lower case."""

    raw: bytes
    first: tuple[str, str, str]
    headers: Mapping[str, str]

    @property
    def status(self) -> int:
        """Return the status of an answer."""
        return int(self.first[1])

    @property
    def waits(self) -> bool:
        """Whether the client waits for leave to send its body."""
        return self.headers.get("expect", "").lower() == "100-continue"

    @property
    def last(self) -> bool:
        """Whether the connection ends with this message."""
        return self.headers.get("connection", "").lower() == "close"

    @property
    def length(self) -> int:
        """Return the length of the body; 0: none, or none was told."""
        return int(self.headers.get("content-length", "0"))

    @property
    def chunked(self) -> bool:
        """Whether the body tells its own end."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()


async def read_head(reader: StreamReader) -> Head | None:
    """Return the next head; None: the other side has gone."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (IncompleteReadError, ConnectionError):
        return None
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    one, two, three = (*first.split(" ", 2), "", "")[:3]
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): text.strip() for name, _, text in pairs}
    return Head(raw, (one, two, three), headers)


async def request_body(
    reader: StreamReader, head: Head
) -> AsyncIterator[bytes]:
    """Read a request's body, as it is on the wire."""
    if head.chunked:
        async for piece in _chunks(reader):
            yield piece
    else:
        async for piece in _exactly(reader, head.length):
            yield piece


async def answer_body(
    reader: StreamReader, head: Head, method: str
) -> AsyncIterator[bytes]:
    """Read an answer's body, as it is on the wire."""
    if method == "HEAD" or head.status in _NO_BODY:
        return
    if head.chunked:
        async for piece in _chunks(reader):
            yield piece
    elif "content-length" in head.headers:
        async for piece in _exactly(reader, head.length):
            yield piece
    else:
        while piece := await reader.read(PIECE):
            yield piece


async def _exactly(reader: StreamReader, missing: int) -> AsyncIterator[bytes]:
    while missing:
        piece = await reader.read(min(missing, PIECE))
        if not piece:
            raise ConnectionResetError("the body ends too early")
        missing -= len(piece)
        yield piece


async def _chunks(reader: StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        yield line
        async for piece in _exactly(reader, size + 2):
            yield piece
    yield line
    while True:  # the trailers, and the empty line behind them
        line = await reader.readuntil(b"\r\n")
        yield line
        if line == b"\r\n":
            return
