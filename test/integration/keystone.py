# SPDX-License-Identifier: Apache-2.0
"""What does Keystone say, as far as a Swift client hears of it?

It checks users itself; the tokens are those of a real Swift's TempAuth, and
its catalog leads there.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import TestCase

from test.integration.swift_client import Swift
from test.integration.swift_side import SwiftServer

USER, PASSWORD = "replicator", "keystone-secret"
PROJECT, DOMAIN = "photos", "Default"


class FakeKeystone:
    """Versions 2 and 3 of Keystone's API for one user of one project.

    `regions` are those of the catalog; only "north" is really there. The
    next tokens handed out are those in `tokens`, before real ones. `front`
    is an endpoint that stands before the Swift.
    """

    def __init__(
        self, case: TestCase, behind: SwiftServer, front: str = ""
    ) -> None:
        self.logins = 0
        self.tokens: list[str] = []
        self.regions = ["north"]
        self._swift = Swift(behind.endpoint, behind.identity, behind.secret)
        case.addCleanup(self._swift.close)
        before = front or behind.endpoint.split("/auth")[0]
        self._storage = before + self._swift.path
        keystone = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["content-length"])
                asked = json.loads(self.rfile.read(length))["auth"]
                status, headers, body = keystone.answer(self.path, asked)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, daemon=True
        ).start()
        case.addCleanup(self._server.server_close)
        case.addCleanup(self._server.shutdown)

    def answer(self, path, asked):
        """Return status, headers and body."""
        self.logins += 1
        known = {"/v2.0/tokens": self._v2, "/v3/auth/tokens": self._v3}
        return known[path](asked)

    def _token(self):
        return self.tokens.pop(0) if self.tokens else self._swift.token

    def _url(self, region):
        return self._storage if region == "north" else "http://127.0.0.1:9/v1"

    def _v2(self, asked):
        credentials = {"username": USER, "password": PASSWORD}
        if asked != {
            "passwordCredentials": credentials,
            "tenantName": PROJECT,
        }:
            return 401, {}, {}
        endpoints = [
            {"region": region, "publicURL": self._url(region)}
            for region in self.regions
        ]
        catalog = [{"type": "object-store", "endpoints": endpoints}]
        token = {"id": self._token()}
        return 200, {}, {"access": {"token": token, "serviceCatalog": catalog}}

    def _v3(self, asked):
        domain = {"name": DOMAIN}
        user = {"name": USER, "domain": domain, "password": PASSWORD}
        expected = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": PROJECT, "domain": domain}},
        }
        if asked != expected:
            return 401, {}, {}
        endpoints = [
            {
                "region_id": region,
                "interface": "public",
                "url": self._url(region),
            }
            for region in self.regions
        ]
        catalog = [{"type": "object-store", "endpoints": endpoints}]
        headers = {"X-Subject-Token": self._token()}
        return 201, headers, {"token": {"catalog": catalog}}


def v2(keystone: FakeKeystone) -> dict[str, str]:
    """Return what a rule says to log in with version 2."""
    return {
        "endpoint": f"{keystone.url}/v2.0",
        "auth_type": "keystone_v2",
        "identity": USER,
        "secret": PASSWORD,
        "tenant_name": PROJECT,
    }


def v3(keystone: FakeKeystone) -> dict[str, str]:
    """Return what a rule says to log in with version 3."""
    return {
        "endpoint": f"{keystone.url}/v3",
        "auth_type": "keystone_v3",
        "identity": USER,
        "secret": PASSWORD,
        "project_name": PROJECT,
        "project_domain_name": DOMAIN,
        "user_domain_name": DOMAIN,
    }
