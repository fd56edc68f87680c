# SPDX-License-Identifier: Apache-2.0
"""How do all the rules of one Swift site share its connections and token?"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from urllib.parse import quote, unquote, urlsplit

from s3_sync.config import Site
from s3_sync.errors import SendAgain, SiteUnavailable, StoreError
from s3_sync.stores.swift_auth import Access, log_in
from s3_sync.stores.swift_errors import error_for, translated
from s3_sync.stores.swift_http import Answer, Connections, Request, tls_context
from s3_sync.stores.throttle import Throttle, Throttles


@dataclass(frozen=True)
class Capabilities:
    """What a site says of itself at /info; 0: nothing was said."""

    bulk_deletes: int = 0
    """How many names one request may delete; 0: none."""
    max_object: int = 0
    """Bytes of the largest object that one PUT can write."""


class SwiftSite:
    """A Swift endpoint with one user's token.

    A token that the site refuses is renewed once, whoever meets it: all
    others wait for that and use the new one.
    """

    def __init__(
        self,
        site: Site,
        connections: int,
        throttle: Throttle | None = None,
    ) -> None:
        self.label = site.label
        self._throttle = throttle or Throttle()
        self._site = site
        self._http = Connections(
            connections,
            partial(tls_context, site),
            site.proxy.get_secret_value() if site.proxy else None,
        )
        self._access: Access | None = None
        self._failures = 0
        self._failure: StoreError | None = None
        self._lock = threading.Lock()
        self._capabilities: Capabilities | None = None

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._http.requests

    def call(
        self,
        operation: str,
        name: str,
        request: Request,
        *,
        account: str | None = None,
        fine: tuple[int, ...] = (),
    ) -> Answer:
        """Send a request about the object `name`; raises StoreError.

        The target is what follows the account's URL; `account` replaces the
        token's own one. Answers of 300 and more are raised, but for `fine`.
        """
        with self._throttle.paced(self.label):
            with translated(self.label, operation, name):
                answer = self._send(operation, name, request, account)
            if answer.status < 300 or answer.status in fine:
                return answer
            raise error_for(answer, self.label, operation, name)

    def _send(
        self,
        operation: str,
        name: str,
        request: Request,
        account: str | None,
    ) -> Answer:
        access = self._current()
        answer = self._http.send(access.url, _with(request, access, account))
        if answer.status != 401:
            return answer
        access = self._renewed(access)
        if request.streams and not answer.body_unread:
            raise SendAgain(
                self.label, operation, name, "the token had expired"
            )
        answer = self._http.send(access.url, _with(request, access, account))
        if answer.status == 401:
            raise SiteUnavailable(
                self.label, operation, name, "a new token was refused (401)"
            )
        return answer

    def _current(self) -> Access:
        begun = self._failures
        with self._lock:
            if self._access:
                return self._access
            if self._failure and self._failures > begun:
                # It failed while we waited: not each asks for itself.
                raise self._failure
            try:
                with translated(self.label, "log in", ""):
                    self._access = log_in(self._site, self._http.send)
            except StoreError as error:
                self._failures += 1
                self._failure = error
                raise
            return self._access

    def _renewed(self, refused: Access) -> Access:
        with self._lock:
            if self._access is refused:
                self._access = None
        return self._current()

    def capabilities(self) -> Capabilities:
        """Return what the site offers, asked once.

        A site that does not tell (`expose_info = false`) offers nothing.
        """
        if self._capabilities is None:
            with translated(self.label, "GET /info", ""):
                url = self._current().url
                answer = self._http.send(url, Request("GET", "/info"))
            if answer.status >= 500:
                raise error_for(answer, self.label, "GET /info", "")
            self._capabilities = read_info(answer)
        return self._capabilities

    def account(self, account: str | None) -> str:
        """Return the name of the account that requests go to."""
        own = _path(self._current().url).rpartition("/")[2]
        return account or unquote(own)


class SwiftSites:
    """One site object for each site, with all rules' requests to it.

    Each keeps up to `connections` open.
    """

    def __init__(
        self, connections: int, throttles: Throttles | None = None
    ) -> None:
        self._connections = connections
        self._throttles = throttles or Throttles()
        self._opened: list[SwiftSite] = []
        self.of = cache(self._open)
        """The site object of a site."""

    @property
    def requests(self) -> int:
        """How many were sent, to all sites."""
        return sum(site.requests for site in self._opened)

    def _open(self, site: Site) -> SwiftSite:
        throttle = self._throttles.of(site)
        opened = SwiftSite(site, self._connections, throttle)
        self._opened.append(opened)
        return opened


def read_info(answer: Answer) -> Capabilities:
    """Return what Swift's /info says, as far as we use it."""
    try:
        info = json.loads(answer.body) if answer.status == 200 else {}
    except ValueError:
        info = {}
    return Capabilities(
        _number(info, "bulk_delete", "max_deletes_per_request"),
        _number(info, "swift", "max_file_size"),
    )


def _number(info: object, part: str, key: str) -> int:
    section = info.get(part) if isinstance(info, Mapping) else None
    value = section.get(key) if isinstance(section, Mapping) else None
    return value if isinstance(value, int) and value > 0 else 0


def _with(request: Request, access: Access, account: str | None) -> Request:
    path = _path(access.url)
    if account:
        path = f"{path.rpartition('/')[0]}/{quote(account, safe='')}"
    return replace(
        request,
        target=path + request.target,
        headers={**request.headers, "X-Auth-Token": access.token},
    )


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
