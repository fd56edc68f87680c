# SPDX-License-Identifier: Apache-2.0
"""How are objects read from the Swift cluster that this node is part of?"""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swift.common.exceptions import Timeout
from swift.common.internal_client import InternalClient, UnexpectedResponse

from s3_sync.errors import NotFound, Refused, StoreError
from s3_sync.model.copies import container_id
from s3_sync.model.headers import from_swift, large_object_kind
from s3_sync.stores.base import Reply

_NAME = "swift"
_CHUNK = 65_536
_FAKE = "X-Backend-Fake-Account-Listing"


class LocalCluster:
    """Swift's internal client: a proxy in this process, without auth.

    `requests` counts what was asked of it. One try a request: retries
    belong to the journal.
    """

    def __init__(self, conf: Path, logger_name: str) -> None:
        self.requests = 0
        self._client = InternalClient(
            str(conf),
            logger_name,
            request_tries=1,
            global_conf={"log_name": logger_name},
        )

    def get(
        self,
        container: tuple[str, str],
        name: str,
        policy: int,
        *,
        newest: bool,
    ) -> Reply:
        """Open an object of `container`, its account's and its own name.

        `newest` asks all replicas. Raises NotFound and Refused.
        """
        headers, chunks = self._request(
            "GET", container, name, policy, newest=newest
        )
        info = from_swift(headers)
        body = LocalBody(chunks, name, info.size)
        return Reply(info, body, large_object_kind(headers))

    def head(
        self, container: tuple[str, str], name: str, policy: int
    ) -> Reply:
        """Describe an object as the newest of its replicas does.

        The reply's body is empty. Raises NotFound and Refused.
        """
        headers, chunks = self._request(
            "HEAD", container, name, policy, newest=True
        )
        _close(chunks)
        return Reply(
            from_swift(headers),
            LocalBody(iter(()), name, 0),
            large_object_kind(headers),
        )

    def identify(self, account: str, container: str = "") -> str | None:
        """Return what tells a container, or an account, from all others.

        None: there is none. Raises Refused.
        """
        self.requests += 1
        with _translated("HEAD", container or account):
            response = self._client.make_request(
                "HEAD",
                self._client.make_path(*filter(None, (account, container))),
                {},
                (2, 404),
            )
        _close(response.app_iter)
        created = response.headers.get("X-Timestamp")
        if response.status_int == 404 or not created:
            return None
        return container_id(account, container, created)

    def containers(self, account: str) -> list[str]:
        """Return the names of all containers of `account`.

        Raises NotFound and Refused; a failing account is never empty.
        """
        names: list[str] = []
        while page := self._page(account, names[-1] if names else ""):
            names += [str(entry["name"]) for entry in page]
        return names

    def _page(self, account: str, marker: str) -> list[Mapping[str, Any]]:
        self.requests += 1
        with _translated("list account", account):
            response = self._client.make_request(
                "GET",
                self._client.make_path(account),
                {},
                (2, 404),
                params={"format": "json", "marker": marker},
            )
            # With account_autocreate the proxy makes an empty listing up.
            if response.status_int == 404 or _FAKE in response.headers:
                _close(response.app_iter)
                raise NotFound(_NAME, "list", account, "no such account")
            entries: list[Mapping[str, Any]] = json.loads(
                response.body or "[]"
            )
        return entries

    def _request(
        self,
        method: str,
        container: tuple[str, str],
        name: str,
        policy: int,
        *,
        newest: bool,
    ) -> tuple[Mapping[str, str], Iterator[bytes]]:
        self.requests += 1
        headers = {"X-Backend-Storage-Policy-Index": str(policy)}
        if newest:
            headers["X-Newest"] = "true"
        with _translated(method, name):
            path = self._client.make_path(*container, name)
            response = self._client.make_request(
                method, path, headers, (2, 404)
            )
        answer = {key: _utf8(value) for key, value in response.headers.items()}
        if response.status_int == 404:
            _close(response.app_iter)
            raise NotFound(_NAME, method, name, "Swift has no such object")
        return answer, response.app_iter


class LocalBody(io.RawIOBase):
    """The bytes of one answer; ends early only with an error."""

    def __init__(
        self, chunks: Iterator[bytes], name: str, expected: int
    ) -> None:
        self.error: StoreError | None = None
        self._chunks = chunks
        self._iterator = iter(chunks)
        self._name = name
        self._missing = expected
        self._rest = b""

    def readable(self) -> bool:
        """Say yes, for those who ask before they read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; b"" at the end. Raises Refused."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        if not self._rest:
            self._rest = self._next_chunk()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def _next_chunk(self) -> bytes:
        try:
            with _translated("read", self._name):
                chunk = next(self._iterator, b"")
                if not chunk and self._missing:
                    raise _too_short(self._name, self._missing)
        except StoreError as error:
            self.error = error
            raise
        self._missing -= len(chunk)
        return chunk

    def close(self) -> None:
        """Give the connections to the object servers back."""
        _close(self._chunks)
        super().close()


def _too_short(name: str, missing: int) -> Refused:
    return Refused(_NAME, "read", name, f"ended {missing} bytes too early")


def _close(chunks: object) -> None:
    close = getattr(chunks, "close", None)
    if close:
        close()


def _utf8(value: str) -> str:
    """Undo WSGI's reading of UTF-8 as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "replace")


@contextmanager
def _translated(operation: str, name: str) -> Iterator[None]:
    """Turn whatever the proxy in this process raises into Refused."""
    try:
        yield
    except StoreError:
        raise
    except UnexpectedResponse as error:
        status = error.resp.status
        _close(error.resp.app_iter)
        raise Refused(_NAME, operation, name, f"answered {status}") from error
    except (Exception, Timeout) as error:
        raise Refused(_NAME, operation, name, repr(error)) from error
