# SPDX-License-Identifier: Apache-2.0
"""Does the daemon stay with its site when that points elsewhere?"""

import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from test.doubles.certificates import Authority
from test.integration.scene import Scene
from test.integration.servers import S3Server, moto
from test.integration.tls import Listener, TlsFront


class Pointer:
    """A server that answers everything with one redirect."""

    def __init__(self, case, status, location):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(status)
                self.send_header("Location", location + self.path)
                self.send_header("x-amz-bucket-region", "eu-west-1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)
        self.server = S3Server(
            "moto", f"http://127.0.0.1:{server.server_port}", "i", "s"
        )


class RedirectTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())
        self.scene.put("photo", b"body")
        self.evil = Listener(self, lambda connection: connection.close())

    def run_at(self, endpoint, **rule):
        self.scene.rule |= {"endpoint": endpoint, **rule}
        self.scene.configure()
        once = self.scene.run(expect=1)
        self.assertEqual({}, self.scene.parked())
        self.assertEqual(0, self.evil.connections)
        return once

    def test_another_host_is_not_followed_and_both_are_named(self):
        for status in (301, 307):
            there = f"http://localhost:{self.evil.port}"
            here = Pointer(self, status, there).server.endpoint
            with self.subTest(status):
                once = self.run_at(here)
                self.assertTrue(
                    once.lines("rule paused", here, "http://localhost"),
                    once.log,
                )

    def test_http_is_not_followed_from_https(self):
        there = f"http://127.0.0.1:{self.evil.port}"
        pointer = Pointer(self, 307, there).server
        authority = Authority(self.scene.root)
        front = TlsFront(self, pointer, authority.sign("server"))
        once = self.run_at(front.endpoint, ca_file=str(authority.cert))
        self.assertTrue(once.lines("rule paused", "to http://127.0.0.1;"))
