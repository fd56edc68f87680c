# SPDX-License-Identifier: Apache-2.0
"""What does Swift's internal client hear from the proxy in its process?

A WSGI app that the real client loads from a real configuration file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import eventlet.debug

CONF = """\
[pipeline:main]
pipeline = proxy-server
[app:proxy-server]
paste.app_factory = test.doubles.fake_proxy:app_factory
"""


@dataclass(frozen=True)
class Asked:
    """A request as it reached the proxy."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


@dataclass
class Said:
    """What the proxy answers; `chunks` are what its body yields."""

    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] = ()


class Chunks:
    """A body that knows if it was closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.closed = False

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        self.closed = True


class FakeProxy:
    """The proxy; `answer` may raise, too."""

    get_object_ring = container_ring = account_ring = None
    auto_create_account_prefix = "."
    """The client takes these from its proxy; no test needs them."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.bodies: list[Chunks] = []
        self.answer: Callable[[Asked], Said] = lambda _: Said()

    def __call__(self, environ, start_response):
        asked = Asked(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode(),
            environ.get("QUERY_STRING", ""),
            {
                name.removeprefix("HTTP_").lower().replace("_", "-"): value
                for name, value in environ.items()
                if name.startswith("HTTP_")
            },
        )
        self.asked.append(asked)
        said = self.answer(asked)
        # WSGI: UTF-8 dressed up as Latin-1
        start_response(
            said.status,
            [
                (name, value.encode().decode("latin-1"))
                for name, value in said.headers.items()
            ],
        )
        body = Chunks(said.chunks)
        self.bodies.append(body)
        return body

    def conf_in(self, folder: Path) -> Path:
        """Write the file from which the internal client loads this proxy."""
        eventlet.debug.hub_exceptions(False)  # as our own processes do
        _current.append(self)
        path = folder / "internal-client.conf"
        path.write_text(CONF)
        return path


_current: list[FakeProxy] = []


def app_factory(_global_conf, **_local_conf):
    return _current.pop()
