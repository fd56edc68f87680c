# SPDX-License-Identifier: Apache-2.0
"""How does a test let an S3 server fail, at the requests that it chooses?"""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import TestCase
from urllib.parse import urlsplit

from test.integration.servers import S3Server

_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Fault:
    """What the client gets in place of the server's answer.

    Without a status the connection is cut off. `late`: the server has done
    what it was asked, only the client does not hear of it.
    """

    status: int = 0
    code: str = ""
    late: bool = False


Choose = Callable[[str, str], Fault | None]
"""By method and target of a request; None: the server answers it."""


class FaultyServer:
    """Stands between the daemon and a server; `choose` may be replaced."""

    def __init__(self, case: TestCase, server: S3Server) -> None:
        self.choose: Choose = lambda _method, _target: None
        self._behind = urlsplit(server.endpoint).netloc
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                faulty.answer(self)

            def log_message(self, *_):
                pass

        self._front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._front.daemon_threads = True
        self.server = replace(
            server, endpoint=f"http://127.0.0.1:{self._front.server_port}"
        )
        threading.Thread(target=self._front.serve_forever, daemon=True).start()
        case.addCleanup(self._front.server_close)
        case.addCleanup(self._front.shutdown)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Pass a request on, or fail it."""
        length = int(request.headers.get("content-length", 0))
        body = request.rfile.read(length)
        fault = self.choose(request.command, request.path)
        if fault is None or fault.late:
            status, headers, content = self._ask(request, body)
        if fault is not None:
            if not fault.status:
                request.close_connection = True
                return
            status = fault.status
            headers = [("Content-Type", "application/xml")]
            content = (
                f"<Error><Code>{fault.code}</Code>"
                "<Message>chosen by the test</Message></Error>"
            ).encode()
        self._send(request, status, headers, content)

    def _ask(self, request, body):
        connection = http.client.HTTPConnection(self._behind, timeout=30)
        try:
            headers = dict(request.headers.items())
            connection.request(request.command, request.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            kept = [
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in _HOP
            ]
            return answer.status, kept, content
        finally:
            connection.close()

    def _send(self, request, status, headers, content):
        request.send_response_only(status)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            request.send_header(name, value)
        if "content-length" not in names and status != 204:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)
