# SPDX-License-Identifier: Apache-2.0
"""Do requests survive what servers do to connections?"""

import http.client
import socket
import ssl
import threading
import unittest
from collections.abc import Callable

from s3_sync.errors import Refused
from s3_sync.stores import swift_http
from s3_sync.stores.swift_http import Connections, Request
from test.doubles.memory_body import MemoryBody

PATIENCE = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


def head_of(connection: socket.socket) -> bytes:
    """Read a request up to its body."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(1)
        if not piece:
            return got
        got += piece
    return got


class Server:
    """A socket whose connections are each played by the next script."""

    def __init__(self, case, *scripts: Callable[[socket.socket], None]):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self._thread = threading.Thread(target=self._play, args=(scripts,))
        self._thread.start()
        case.addCleanup(self._end)

    def _play(self, scripts):
        for script in scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the test has ended before
                return
            with connection:
                connection.settimeout(PATIENCE)
                script(self, connection)

    def _end(self):
        self._listener.close()
        self._thread.join(PATIENCE)

    def serve(self, connection, *answers, body=0):
        """Answer one request after the other."""
        for answer in answers:
            self.heads.append(head_of(connection))
            if body:
                self.bodies.append(self.read(connection, body))
            connection.sendall(answer)

    @staticmethod
    def read(connection, size) -> bytes:
        got = b""
        while len(got) < size and (piece := connection.recv(size - len(got))):
            got += piece
        return got


def answering(*answers, body=0):
    return lambda server, connection: server.serve(
        connection, *answers, body=body
    )


def put(content=b"12345", **how):
    return Request("PUT", "/v1/c/o", {}, content, len(content), **how)


def streamed(size, **how):
    body = MemoryBody(b"x" * size)
    return body, Request("PUT", "/v1/c/o", {}, body, size, **how)


class ConnectionsTest(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.pool = Connections(
            2, ssl.create_default_context, clock=lambda: self.now
        )
        self.addCleanup(self.pool.close)

    def server(self, *scripts):
        return Server(self, *scripts)

    def test_requests_share_a_connection(self):
        server = self.server(answering(OK, OK))
        for _ in range(2):
            answer = self.pool.send(server.url, Request("GET", "/v1/c"))
            self.assertEqual((200, b"ok"), (answer.status, answer.body))
        self.assertEqual(2, len(server.heads))

    def test_the_target_goes_out_as_it_is(self):
        server = self.server(answering(OK))
        self.pool.send(server.url, Request("GET", "/v1/c/./../a//b%2F?x=%20"))
        self.assertTrue(
            server.heads[0].startswith(b"GET /v1/c/./../a//b%2F?x=%20 HTTP")
        )

    def test_values_go_and_come_as_utf_8(self):
        said = "HTTP/1.1 200 OK\r\nX-A: é ✓\r\nContent-Length: 0\r\n\r\n"
        server = self.server(answering(said.encode()))
        answer = self.pool.send(
            server.url, Request("GET", "/", {"X-B": "ü ✓"})
        )
        self.assertEqual("é ✓", answer.headers["x-a"])
        self.assertIn("X-B: ü ✓\r\n".encode(), server.heads[0])

    def test_a_connection_that_was_closed_meanwhile_costs_nothing(self):
        server = self.server(answering(OK), answering(OK, body=5))
        self.pool.send(server.url, Request("GET", "/"))
        answer = self.pool.send(server.url, put())
        self.assertEqual(200, answer.status)
        self.assertEqual([b"12345"], server.bodies)

    def test_a_new_connection_that_closes_is_an_error(self):
        server = self.server(answering(b""))
        with self.assertRaises(http.client.RemoteDisconnected):
            self.pool.send(server.url, Request("GET", "/"))

    def test_old_connections_are_not_used(self):
        server = self.server(answering(OK), answering(OK))
        self.pool.send(server.url, Request("GET", "/"))
        self.now += swift_http.IDLE_SECONDS
        self.pool.send(server.url, Request("GET", "/"))
        self.assertEqual(2, len(server.heads))

    def test_no_more_are_kept_than_were_asked_for(self):
        pool = Connections(0, ssl.create_default_context)
        server = self.server(answering(OK), answering(OK))
        for _ in range(2):
            pool.send(server.url, Request("GET", "/"))

    def test_an_empty_answer_leaves_the_connection_open(self):
        empty = b"HTTP/1.1 204 No Content\r\n\r\n"
        chunked = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nok\r\n0\r\n\r\n"
        )
        server = self.server(answering(empty, chunked, OK))
        bodies = [
            self.pool.send(server.url, Request("GET", "/")).body
            for _ in range(3)
        ]
        self.assertEqual([b"", b"ok", b"ok"], bodies)

    def test_an_answer_of_a_head_has_no_body(self):
        said = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        server = self.server(answering(said, said))
        for _ in range(2):
            answer = self.pool.send(server.url, Request("HEAD", "/"))
            self.assertEqual(
                ("99", b""), (answer.headers["content-length"], answer.body)
            )

    def test_a_long_answer_is_cut_and_its_connection_closed(self):
        size = swift_http.MOST_ANSWER + 10
        said = b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % size

        def talk(server, connection):
            server.serve(connection, said + b"x" * size)

        server = self.server(talk, answering(OK))
        answer = self.pool.send(server.url, Request("GET", "/"))
        self.assertEqual(swift_http.MOST_ANSWER, len(answer.body))
        self.assertEqual(
            b"ok", self.pool.send(server.url, Request("GET", "/")).body
        )


class ProxyTest(unittest.TestCase):
    def open(self, server):
        proxy = server.url.removesuffix("/v1").replace("//", "//me:p%40ss@")
        pool = Connections(2, ssl.create_default_context, proxy)
        self.addCleanup(pool.close)
        return pool

    def test_plain_requests_are_handed_to_the_proxy(self):
        server = Server(self, answering(OK))
        request = Request("GET", "/v1/c/o")
        self.open(server).send("http://swift.example.test:8080/v1", request)
        [head] = server.heads
        self.assertTrue(
            head.startswith(b"GET http://swift.example.test:8080/v1/c/o HTTP")
        )
        self.assertIn(b"Host: swift.example.test:8080\r\n", head)
        self.assertIn(b"Proxy-Authorization: Basic bWU6cEBzcw==", head)

    def test_tls_goes_through_a_tunnel(self):
        server = Server(self, answering(b"HTTP/1.1 403 No\r\n\r\n"))
        with self.assertRaisesRegex(OSError, "403"):
            self.open(server).send(
                "https://swift.example.test/v1", Request("GET", "/v1/c/o")
            )
        [head] = server.heads
        self.assertTrue(head.startswith(b"CONNECT swift.example.test:443"))
        self.assertIn(b"Proxy-Authorization: Basic bWU6cEBzcw==", head)
        self.assertNotIn(b"/v1/c/o", head)


class StreamTest(unittest.TestCase):
    def setUp(self):
        self.pool = Connections(2, ssl.create_default_context)
        self.addCleanup(self.pool.close)

    def server(self, *scripts):
        return Server(self, *scripts)

    def test_a_body_is_sent_when_it_is_asked_for(self):
        def talk(server, connection):
            server.serve(connection, GO_ON)
            server.bodies.append(server.read(connection, 200_000))
            connection.sendall(OK)
            server.serve(connection, OK)

        server = self.server(talk)
        _, request = streamed(200_000)
        answer = self.pool.send(server.url, request)
        self.assertEqual((200, False), (answer.status, answer.body_unread))
        self.assertEqual(b"x" * 200_000, server.bodies[0])
        self.assertIn(b"Expect: 100-continue", server.heads[0])
        self.assertIn(b"Content-Length: 200000", server.heads[0])
        self.pool.send(server.url, Request("GET", "/"))

    def test_a_refusal_leaves_the_body_unread(self):
        said = b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"
        server = self.server(answering(said), answering(OK))
        body, request = streamed(200_000)
        answer = self.pool.send(server.url, request)
        self.assertEqual(
            (401, True, b"no"),
            (answer.status, answer.body_unread, answer.body),
        )
        self.assertEqual(200_000, len(body.read()))
        self.assertEqual(
            200, self.pool.send(server.url, Request("GET", "/")).status
        )

    def test_an_answer_right_behind_the_go_on_is_not_lost(self):
        def talk(server, connection):
            server.serve(connection, GO_ON + OK)
            server.read(connection, 1000)

        server = self.server(talk)
        _, request = streamed(1000)
        self.assertEqual(200, self.pool.send(server.url, request).status)

    def test_a_server_that_never_asks_gets_the_body_too(self):
        original = swift_http.EXPECT_SECONDS
        swift_http.EXPECT_SECONDS = 0.01
        self.addCleanup(setattr, swift_http, "EXPECT_SECONDS", original)
        server = self.server(answering(GO_ON + OK, body=1000))
        _, request = streamed(1000)
        self.assertEqual(200, self.pool.send(server.url, request).status)
        self.assertEqual([b"x" * 1000], server.bodies)

    def test_a_refusal_in_the_middle_is_heard(self):
        def talk(server, connection):
            server.serve(connection, GO_ON)
            server.read(connection, 10_000)
            connection.sendall(
                b"HTTP/1.1 507 Full\r\nContent-Length: 4\r\n"
                b"Connection: close\r\n\r\nfull"
            )
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1_000_000):
                pass

        server = self.server(talk)
        _, request = streamed(3_000_000)
        answer = self.pool.send(server.url, request)
        self.assertEqual((507, b"full"), (answer.status, answer.body))

    def test_a_dead_connection_is_noticed_before_the_body_is_touched(self):
        def talk(server, connection):
            server.serve(connection, GO_ON)
            server.read(connection, 1000)
            connection.sendall(OK)

        server = self.server(answering(OK), talk)
        self.pool.send(server.url, Request("GET", "/"))
        _, request = streamed(1000)
        self.assertEqual(200, self.pool.send(server.url, request).status)

    def test_a_source_that_breaks_breaks_the_request(self):
        broken = Refused("swift", "read", "o", "hung up")
        server = self.server(answering(GO_ON), answering(OK))
        body = MemoryBody(b"x" * 10, broken)
        with self.assertRaises(Refused):
            self.pool.send(server.url, Request("PUT", "/", {}, body, 1000))
        self.assertEqual(
            200, self.pool.send(server.url, Request("GET", "/")).status
        )

    def test_a_body_that_ends_early_is_an_error(self):
        server = self.server(answering(GO_ON))
        body = MemoryBody(b"x" * 10)
        with self.assertRaises(http.client.IncompleteRead):
            self.pool.send(server.url, Request("PUT", "/", {}, body, 1000))
