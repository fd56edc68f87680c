# SPDX-License-Identifier: Apache-2.0
"""How are a container's objects kept in a container of another Swift?"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from s3_sync.config import Rule
from s3_sync.errors import (
    AccessDenied,
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    SiteUnavailable,
    StoreError,
)
from s3_sync.model.copies import container_id, from_remote_swift, to_swift
from s3_sync.model.decide import Seen
from s3_sync.model.objects import ObjectInfo
from s3_sync.stores.base import Body
from s3_sync.stores.swift_delete import delete_names
from s3_sync.stores.swift_http import Answer, Bytes, Request
from s3_sync.stores.swift_site import SwiftSite, SwiftSites

IN_MEMORY = 256 * 1024
"""Bodies up to this size are read before they are sent, and can be sent
again; larger ones wait for the server to ask for them."""

_SURE_SECONDS = 60.0


class SwiftAccount:
    """A rule's account at a site, shared by all the containers of the rule."""

    def __init__(
        self,
        rule: Rule,
        sites: SwiftSites,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = rule
        self.clock = clock
        self.site: SwiftSite = sites.of(rule.site)

    def container(self, container: str) -> "SwiftStore":
        """Return the store of the copies of one local container."""
        return SwiftStore(self, self.rule.remote_container(container))

    def call(
        self,
        operation: str,
        name: str,
        request: Request,
        fine: tuple[int, ...] = (),
    ) -> Answer:
        """Send a request about the object `name`; raises StoreError.

        Swift's permissions are a container's or an account's: being refused
        once is being refused always, unless the rule has other containers.
        """
        account = self.rule.remote_account
        try:
            return self.site.call(
                operation, name, request, account=account, fine=fine
            )
        except AccessDenied as error:
            if self.rule.all_containers:
                raise
            raise SiteUnavailable(
                error.store, operation, name, error.detail
            ) from error

    def id(self) -> str | None:
        """Return what tells the account from all others; None: not there."""
        answer = self.call("HEAD account", "", Request("HEAD", ""), (404,))
        return self._id(answer, "")

    def container_id(self, container: str) -> str | None:
        """Return what tells a container from all others; None: not there."""
        request = Request("HEAD", "/" + quote(container, safe=""))
        answer = self.call("HEAD container", "", request, (404,))
        return self._id(answer, container)

    def _id(self, answer: Answer, container: str) -> str | None:
        created = answer.headers.get("x-timestamp", "")
        if answer.status == 404 or not created:
            return None
        account = self.site.account(self.rule.remote_account)
        return container_id(account, container, created)


class SwiftStore:
    """The copies of one container's objects; an ObjectStore."""

    def __init__(self, account: SwiftAccount, container: str) -> None:
        self._account = account
        self._container = container
        self._path = "/" + quote(container, safe="")
        self._label = f"{account.site.label}/{container}"
        self._prefix = account.rule.metadata_prefix
        self._checked_at = float("-inf")
        self._lock = threading.Lock()

    def id(self) -> str | None:
        """Return the container's id; None: there is no such container."""
        return self._account.container_id(self._container)

    def account_id(self) -> str | None:
        """Return the id of the account in which the container is."""
        return self._account.id()

    def head(self, name: str) -> ObjectInfo | None:
        """Describe the object `name`; None: there is none."""
        try:
            answer = self._call("HEAD", name)
        except NotFound:
            self._make_sure_it_exists()
            return None
        return from_remote_swift(answer.headers, self._account.clock())

    def put(
        self,
        name: str,
        body: Body,
        info: ObjectInfo,
        *,
        seen: Seen | None = None,
    ) -> None:
        """Write the copy; Swift checks the bytes by their MD5.

        Where `seen` says that there is none, it is written only if there is
        none, else Conflict: no other condition is known to Swift's PUT.
        """
        limit = self._account.site.capabilities().max_object
        if limit and info.size > limit:
            raise self._limit(name, f"it has {info.size} bytes, not {limit}")
        headers = {**self._headers(name, info), "ETag": info.etag}
        if seen and seen.info is None:
            headers["If-None-Match"] = "*"
        content: bytes | Bytes = body
        if info.size <= IN_MEMORY:
            content = body.read()
        answer = self._write(name, content, info.size, headers)
        if answer.status == 202:
            raise Conflict(
                self._label, "PUT", name, "202: it holds a newer version"
            )
        etag = answer.headers.get("etag", "").strip('"')
        if etag != info.etag:
            raise IntegrityError(
                self._label,
                "PUT",
                name,
                f"sent {info.etag}, the site holds {etag or 'something'}",
            )

    def _write(
        self,
        name: str,
        content: bytes | Bytes,
        size: int,
        headers: Mapping[str, str],
    ) -> Answer:
        answer = self._call(
            "PUT", name, headers=headers, body=content, size=size, fine=(404,)
        )
        if answer.status != 404:
            return answer
        self._create()
        if answer.body_unread or isinstance(content, bytes):
            return self._call(
                "PUT", name, headers=headers, body=content, size=size
            )
        raise SiteUnavailable(  # it is up again at once
            self._label, "PUT", name, "the container was not there"
        )

    def post(
        self, name: str, info: ObjectInfo, *, seen: Seen | None = None
    ) -> None:
        """Replace what is said of the object, its bytes untouched.

        Swift's POST knows no condition: a HEAD, `seen` if it has just been
        sent, tells whether the bytes are the right ones.
        """
        headers = self._headers(name, info)
        held = seen.info if seen else self.head(name)
        if held is None:
            raise NotFound(self._label, "POST", name, "it is not there")
        if held.etag != info.etag:
            raise Conflict(
                self._label,
                "POST",
                name,
                f"expected {info.etag}, the site holds {held.etag}",
            )
        self._call("POST", name, headers=headers)

    def delete(self, names: Iterable[str]) -> Mapping[str, StoreError | None]:
        """Delete objects, many with one request where the site can."""
        return delete_names(self._account, self._container, list(names))

    def keeps_versions(self) -> bool:
        """Say no: what is there already is not written again anyway."""
        return False

    def is_empty(self) -> bool:
        """Tell whether the container holds no object, or is not there."""
        request = Request("GET", f"{self._path}?limit=1")
        answer = self._account.call("LIST", "", request, (404,))
        if answer.status == 404:
            self._make_sure_of_account()
        return answer.status == 404 or not answer.body.strip()

    def _call(
        self,
        method: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Bytes = b"",
        size: int = 0,
        fine: tuple[int, ...] = (),
    ) -> Answer:
        target = f"{self._path}/{quote(name)}"
        request = Request(method, target, headers or {}, body, size)
        return self._account.call(method, name, request, fine)

    def _make_sure_it_exists(self) -> None:
        """Raise SiteUnavailable if a 404 may mean more than "no object".

        Without the container there is no object either; without the account
        it is the configuration that is wrong. Asks at most once a minute.
        """
        now = self._account.clock()
        if now - self._checked_at <= _SURE_SECONDS:
            return
        if self.id() is None:
            self._make_sure_of_account()
        self._checked_at = now

    def _make_sure_of_account(self) -> None:
        answer = self._account.call(
            "HEAD account", "", Request("HEAD", ""), (404,)
        )
        if answer.status == 404:
            raise SiteUnavailable(
                self._label,
                "HEAD account",
                "",
                "there is no such account; correct `remote_account`",
            )

    def _create(self) -> None:
        policy = self._account.rule.storage_policy
        headers = {"X-Storage-Policy": policy} if policy else {}
        with self._lock:
            if self.id() is not None:
                return
            try:
                self._account.call(
                    "PUT container", "", Request("PUT", self._path, headers)
                )
            except StoreError as error:
                raise SiteUnavailable(
                    self._label,
                    "PUT container",
                    "",
                    f"it cannot be created: {error.detail}",
                ) from error

    def _headers(self, name: str, info: ObjectInfo) -> dict[str, str]:
        try:
            return to_swift(info, self._prefix)
        except ValueError as error:
            raise self._limit(name, str(error)) from error

    def _limit(self, name: str, detail: str) -> LimitExceeded:
        return LimitExceeded(self._label, "check", name, detail)
