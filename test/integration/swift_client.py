# SPDX-License-Identifier: Apache-2.0
"""How do the tests talk to Swift, byte for byte as they mean it?

The usual clients cut spaces off headers and take `..` out of paths.
"""

import http.client
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SECONDS = 60
FRESH_SECONDS = 30  # Swift closes idle connections after 60
THREADS = 8


@dataclass(frozen=True)
class Answer:
    """What Swift said; header names in lower case, values as text."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Swift:
    """One account of a cluster; any thread may use it.

    An administrator may name another `account` than the own one.
    """

    def __init__(
        self, auth_url: str, user: str, key: str, account: str = ""
    ) -> None:
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []
        address = urlsplit(auth_url)
        self._netloc = address.netloc
        login = {"X-Auth-User": user, "X-Auth-Key": key}
        answer = self._send("GET", address.path, login, b"")
        self.token = answer.headers["x-auth-token"]
        self.path = urlsplit(answer.headers["x-storage-url"]).path
        if account:
            self.path = f"{self.path.rpartition('/')[0]}/{account}"
        self.account = self.path.rpartition("/")[2]

    def request(
        self,
        method: str,
        container: str,
        name: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        """Send one request and return the answer, whatever it is."""
        parts = [container, name] if name else [container]
        target = "/".join([self.path, *(quote(part) for part in parts)])
        if query:
            target += f"?{query}"
        sent = {"X-Auth-Token": self.token, **(headers or {})}
        return self._send(method, target, sent, body)

    def do(self, method: str, container: str, *args, **kwargs) -> Answer:
        """Send one request that must succeed."""
        answer = self.request(method, container, *args, **kwargs)
        if answer.status >= 300:
            text = answer.body[:200].decode("utf-8", "replace")
            raise AssertionError(
                f"{method} {container} {args!r}: {answer.status} {text}"
            )
        return answer

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop()[1].close()

    def _send(self, method, target, headers, body) -> Answer:
        connection = self._connection()
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.encode(), value.encode())
            if body or method in ("PUT", "POST"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            got = connection.getresponse()
            content = got.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append((time.monotonic(), connection))
        answered = {
            name.lower(): value.encode("latin-1").decode()
            for name, value in got.getheaders()
        }
        return Answer(got.status, answered, content)

    def _connection(self) -> http.client.HTTPConnection:
        while self._idle:
            since, connection = self._idle.pop()
            if time.monotonic() < since + FRESH_SECONDS:
                return connection
            connection.close()
        return http.client.HTTPConnection(self._netloc, timeout=SECONDS)


def at_once(function, items: Iterable) -> list:
    """Call `function` for every item, several at a time; return results."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, items))
