# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire to a Swift site, and what if it answers this?

The real site object with its connections replaced; it logs in by itself.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from s3_sync.config import Rule, Site
from s3_sync.stores.swift import SwiftAccount
from s3_sync.stores.swift_http import Answer, Request
from s3_sync.stores.swift_site import SwiftSite, SwiftSites
from test.doubles.rules import NOW

URL = "http://swift.example.test:8080/v1/AUTH_copies"
INFO = {
    "swift": {"max_file_size": 5 * 1024**3},
    "bulk_delete": {"max_deletes_per_request": 10_000},
}


@dataclass(frozen=True)
class Sent:
    """A request as the server would read it; header names lower-case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """What is asked for in the account."""
        path = urlsplit(self.target).path
        return unquote(path).removeprefix("/v1/AUTH_copies")


def answer(status=200, body: object = b"", **headers) -> Answer:
    """Make an answer; `x_timestamp="1"` is a header."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    names = {k.replace("_", "-"): v for k, v in headers.items()}
    return Answer(status, names, body)


@dataclass
class CannedSwift:
    """A Swift that answers by `respond`, and notes what was asked.

    `unread`: it answers before it takes any body that is streamed.
    """

    respond: Callable[[Sent], Answer] = lambda _: answer()
    info: Answer = field(default_factory=lambda: answer(200, INFO))
    login: Callable[[], Answer] | None = None
    unread: bool = False
    sent: list[Sent] = field(default_factory=list)
    logins: int = 0
    now: float = NOW
    requests: int = 0

    def site(self, site: Site | None = None) -> SwiftSite:
        """Open a site whose connections end here."""
        opened = SwiftSites(4).of(site or a_swift_site())
        opened._http = self
        return opened

    def account(self, rule: Rule | None = None) -> SwiftAccount:
        rule = rule or a_swift_rule()
        sites = SwiftSites(4)
        sites.of = self.site
        return SwiftAccount(rule, sites, lambda: self.now)

    def store(self, rule: Rule | None = None):
        """Open the store of the rule's container."""
        return self.account(rule).container("photos")

    def send(self, url: str, request: Request) -> Answer:
        """Answer a request, as Connections do."""
        self.requests += 1
        if request.target == "/info":
            return self.info
        if request.target.startswith("/auth"):
            return self._log_in()
        body, unread = request.body, request.streams and self.unread
        if not isinstance(body, bytes):
            body = b"" if unread else b"".join(iter(lambda: body.read(9), b""))
        headers = {name.lower(): v for name, v in request.headers.items()}
        sent = Sent(request.method, request.target, headers, body)
        self.sent.append(sent)
        said = self.respond(sent)
        return Answer(said.status, said.headers, said.body, unread)

    def _log_in(self) -> Answer:
        self.logins += 1
        if self.login:
            return self.login()
        return answer(
            x_storage_url=URL, x_auth_token=f"hush-token-{self.logins}"
        )


def a_swift_site(**changes) -> Site:
    usual = {
        "protocol": "swift",
        "endpoint": "http://swift.example.test:8080/auth/v1.0",
        "identity": SecretStr("hush-identity"),
        "secret": SecretStr("hush-secret"),
        "insecure": True,
    }
    return Site(**usual | changes)


def a_swift_rule(**changes) -> Rule:
    usual = {
        "account": "AUTH_test",
        "container": "photos",
        "bucket": "copies",
        "site": a_swift_site(),
    }
    return Rule(**usual | changes)
