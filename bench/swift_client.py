# SPDX-License-Identifier: Apache-2.0
"""How do a benchmark's objects get into Swift?"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.stage import BenchError
from s3_sync.saio.cluster import Cluster

_THREADS = 8
_CHUNK = bytes(range(256)) * 256

Request = Callable[["SwiftConnection", int], None]
"""Sends the request with a number over a thread's connection."""


class SwiftConnection:
    """One connection to Swift's proxy, logged in."""

    def __init__(self, cluster: Cluster) -> None:
        url = urlsplit(cluster.auth_url)
        self._connection = http.client.HTTPConnection(url.netloc, timeout=60)
        login = {"X-Auth-User": cluster.user, "X-Auth-Key": cluster.key}
        answer = self._send("GET", url.path, login)
        self._token = answer.headers["X-Auth-Token"]
        self._base = urlsplit(answer.headers["X-Storage-Url"]).path

    def put_container(self, container: str) -> None:
        """Create a container."""
        self._request("PUT", container, {})

    def put(self, container: str, name: str, size: int) -> None:
        """Upload an object of `size` bytes, with some metadata."""
        headers = {
            "Content-Length": str(size),
            "Content-Type": "application/octet-stream",
            "X-Object-Meta-Colour": "blue",
        }
        body = _CHUNK[:size] if size <= len(_CHUNK) else chunks(size)
        self._request("PUT", f"{container}/{name}", headers, body)

    def post(self, container: str, name: str) -> None:
        """Change an object's metadata."""
        headers = {"X-Object-Meta-Colour": "red"}
        self._request("POST", f"{container}/{name}", headers)

    def delete(self, container: str, name: str) -> None:
        """Delete an object."""
        self._request("DELETE", f"{container}/{name}", {})

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | Iterator[bytes] = b"",
    ) -> None:
        headers = {"X-Auth-Token": self._token, **headers}
        self._send(method, f"{self._base}/{path}", headers, body)

    def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | Iterator[bytes] = b"",
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status // 100 != 2:
            raise BenchError(f"Swift: {method} {path}: {answer.status}")
        return answer


def chunks(size: int) -> Iterator[bytes]:
    """Yield `size` bytes; no chunk is empty."""
    whole, rest = divmod(size, len(_CHUNK))
    for _ in range(whole):
        yield _CHUNK
    if rest:
        yield _CHUNK[:rest]


def send_all(cluster: Cluster, count: int, request: Request) -> None:
    """Send requests 0 … `count` - 1, as fast as Swift takes them."""
    _Senders(cluster, range(count), request).run()


def send_paced(
    cluster: Cluster, count: int, per_second: float, request: Request
) -> dict[int, float]:
    """Send requests at a steady pace; tell when each was answered.

    The times are seconds since the epoch.
    """
    answered: dict[int, float] = {}
    began = time.monotonic()

    def paced(connection: SwiftConnection, number: int) -> None:
        due = began + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        request(connection, number)
        answered[number] = time.time()

    _Senders(cluster, range(count), paced).run()
    return answered


@dataclass
class _Senders:
    """Threads that share the numbers; one failure ends all."""

    cluster: Cluster
    numbers: range
    request: Request
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        numbers = iter(self.numbers)  # its `next` is atomic
        with ThreadPoolExecutor(_THREADS) as pool:
            threads = [
                pool.submit(self._work, numbers) for _ in range(_THREADS)
            ]
            try:
                for thread in threads:
                    thread.result()
            finally:
                self._ended.set()

    def _work(self, numbers: Iterator[int]) -> None:
        connection = SwiftConnection(self.cluster)
        try:
            for number in numbers:
                if self._ended.is_set():
                    return
                self.request(connection, number)
        except BaseException:
            self._ended.set()
            raise
        finally:
            connection.close()
