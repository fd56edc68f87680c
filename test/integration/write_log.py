# SPDX-License-Identifier: Apache-2.0
"""What was written to each key, in which order, as a proxy saw it?"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from test.integration.fault_proxy import Exchange
from test.integration.scene import newest_of

_MARK = "-meta-swift-timestamp"
_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_REFERENCES = {"&#xD;": "\r", "&#xA;": "\n", "&#x9;": "\t"}


@dataclass(frozen=True)
class Write:
    """A change that the server made; a delete has no `mark`."""

    mark: str
    started: float
    ended: float

    @property
    def times(self) -> tuple[str, str]:
        """Return the time of the data and the newest time."""
        return self.mark[: len("1234567890.12345")], newest_of(self.mark)


def writes_by_key(log: Iterable[Exchange]) -> dict[str, list[Write]]:
    """Return what the server did to each key, as it ended."""
    found: dict[str, list[Write]] = defaultdict(list)
    done = [exchange for exchange in log if exchange.stored]
    for exchange in sorted(done, key=lambda exchange: exchange.ended):
        for key, mark in _changes(exchange):
            write = Write(mark, exchange.started, exchange.ended)
            found[key].append(write)
    return found


def _changes(exchange: Exchange) -> Iterable[tuple[str, str]]:
    marks = [v for k, v in exchange.headers.items() if k.endswith(_MARK)]
    if marks:
        yield unquote(exchange.path), marks[0]
    elif exchange.method == "DELETE":
        yield unquote(exchange.path), ""
    elif exchange.target.endswith("?bulk-delete"):  # Swift's
        for path in exchange.body.split():
            yield unquote(exchange.path + path.decode()), ""
    elif exchange.method == "POST":
        for key in _KEY.findall(exchange.body):
            name = unescape(key.decode(), _REFERENCES)
            yield f"{unquote(exchange.path)}/{name}", ""


def problems(log: Iterable[Exchange]) -> list[str]:
    """Return where an older version came after a newer one, or beside it."""
    found = []
    for key, writes in writes_by_key(log).items():
        newest, deleted = ("", ""), False
        for before, write in zip([None, *writes], writes, strict=False):
            if before and write.started < before.ended:
                found.append(f"{key}: two writes at once: {before} {write}")
            if not write.mark:
                deleted = True
                continue
            data, changed = write.times
            if data < newest[0] or changed < newest[1]:
                found.append(f"{key}: {write.mark} after {newest}")
            elif deleted and data == newest[0]:
                found.append(f"{key}: {write.mark} came back")
            newest, deleted = max(newest, write.times), False
    return found
