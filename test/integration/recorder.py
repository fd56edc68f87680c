# SPDX-License-Identifier: Apache-2.0
"""Which versions did an S3 server get of each key, in which order?"""

import http.client
import threading
from collections import defaultdict
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import TestCase
from urllib.parse import unquote, urlsplit

from test.integration.servers import S3Server

MARK = "x-amz-meta-swift-timestamp"
_HOP = {"connection", "keep-alive", "transfer-encoding", "server", "date"}


class Recorder:
    """Stands between the daemons and a server, and passes everything on.

    `marks` are the marks of each key's PUTs, in the order of the answers.
    """

    def __init__(self, case: TestCase, server: S3Server) -> None:
        self.marks: dict[str, list[str]] = defaultdict(list)
        self._behind = urlsplit(server.endpoint).netloc
        self._lock = threading.Lock()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    self.raw_requestline = self.rfile.readline(65537)
                    if self.raw_requestline and self.parse_request():
                        recorder.pass_on(self)
                        return
                except ConnectionError:
                    pass  # of a daemon that was killed
                self.close_connection = True

        self._front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._front.daemon_threads = True
        self.server = replace(
            server, endpoint=f"http://127.0.0.1:{self._front.server_port}"
        )
        threading.Thread(target=self._front.serve_forever, daemon=True).start()
        case.addCleanup(self._front.server_close)
        case.addCleanup(self._front.shutdown)

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        """Let the server answer, and note what it took."""
        body = request.rfile.read(
            int(request.headers.get("content-length", 0))
        )
        connection = http.client.HTTPConnection(self._behind, timeout=60)
        try:
            headers = dict(request.headers.items())
            connection.request(request.command, request.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        mark = request.headers.get(MARK)
        if request.command == "PUT" and mark and answer.status == 200:
            key = unquote(request.path.partition("?")[0])
            with self._lock:
                self.marks[key].append(mark)
        request.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)

    def overtaken(self) -> dict[str, list[str]]:
        """Return the keys that got an older version after a newer one."""
        return {
            key: marks
            for key, marks in self.marks.items()
            if marks != sorted(marks)
        }

    def versions(self) -> int:
        """Return how many versions came, each counted once."""
        return sum(len(set(marks)) for marks in self.marks.values())
