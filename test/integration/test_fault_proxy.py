# SPDX-License-Identifier: Apache-2.0
"""Does the proxy change nothing that it passes on, and fail as it is told?"""

import http.client
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from test.integration.daemon import wait_until
from test.integration.fault_proxy import FaultProxy
from test.integration.faults import (
    CutAnswer,
    CutRequest,
    Fault,
    Hang,
    Late,
    Stall,
    Trickle,
    before,
    every,
    seen_through,
)
from test.integration.servers import moto, s3api, sink_server

BODY = bytes(range(256)) * 4096  # 1 MiB
HALF = len(BODY) // 2


class Echo(BaseHTTPRequestHandler):
    """Answers with the body that it got, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        seen = self.server.seen
        seen.append([self.requestline, self.headers.items(), b""])
        length = int(self.headers.get("content-length", 0))
        while len(seen[-1][2]) < length:
            piece = self.rfile.read1(65536)
            if not piece:
                self.server.broken.append(len(seen[-1][2]))
                self.close_connection = True
                return
            seen[-1][2] += piece
        self.send_response(200)
        if self.path.endswith("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (seen[-1][2], b"") if length else (b"",):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            return
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(seen[-1][2])

    do_GET = do_HEAD = do_PUT  # noqa: N815

    def log_message(self, *_):
        pass


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.echo.daemon_threads = True
        self.echo.seen, self.echo.broken = [], []
        threading.Thread(target=self.echo.serve_forever, daemon=True).start()
        self.addCleanup(self.echo.server_close)
        self.addCleanup(self.echo.shutdown)
        self.proxy = FaultProxy(self, self.echo.server_address)

    def client(self):
        client = http.client.HTTPConnection("127.0.0.1", self.proxy.port)
        client.timeout = 30
        self.addCleanup(client.close)
        return client

    def ask(self, fault=None, body=BODY, client=None, target="/a"):
        """Send a PUT that meets a fault; return status and body."""
        self.proxy.choose = lambda _: fault
        client = client or self.client()
        client.request("PUT", target, body)
        answer = client.getresponse()
        return answer.status, answer.read()

    def served(self):
        return [body for _, _, body in self.echo.seen]

    # What is passed on.

    def test_bytes_pass_as_they_are(self):
        client = self.client()
        client.putrequest(
            "PUT", "/a%2Fb//c?x=%20", skip_host=True, skip_accept_encoding=True
        )
        headers = [("HOST", "Somewhere"), ("x-oDD", "a  b"), ("X-Odd", "c")]
        for name, value in [*headers, ("Content-Length", "0")]:
            client.putheader(name, value)
        client.endheaders()
        self.assertEqual(200, client.getresponse().status)
        [(line, got, _)] = self.echo.seen
        self.assertEqual("PUT /a%2Fb//c?x=%20 HTTP/1.1", line)
        self.assertEqual(headers, got[:-1])

    def test_one_connection_serves_many_requests(self):
        client = self.client()
        self.assertEqual((200, BODY), self.ask(client=client))
        port = client.sock.getsockname()[1]
        for target in ("/chunked", "/a"):
            got = self.ask(client=client, target=target)
            self.assertEqual((200, BODY), got)
        self.assertEqual(port, client.sock.getsockname()[1])
        self.assertEqual([BODY] * 3, self.served())
        self.assertEqual([200] * 3, [e.done for e in self.proxy.log])

    def test_a_body_streams_while_it_arrives(self):
        client = self.client()
        client.putrequest("PUT", "/a")
        client.putheader("Content-Length", str(len(BODY)))
        client.endheaders(BODY[:HALF])
        wait_until(lambda: self.served() == [BODY[:HALF]], "the half is there")
        client.send(BODY[HALF:])
        self.assertEqual(BODY, client.getresponse().read())

    def test_leave_to_send_the_body_is_passed_on(self):
        client = self.client()
        client.putrequest("PUT", "/a")
        client.putheader("Content-Length", str(len(BODY)))
        client.putheader("Expect", "100-continue")
        client.endheaders()
        told = client.sock.recv(1024)
        self.assertTrue(told.startswith(b"HTTP/1.1 100 "), told)
        client.send(BODY)
        self.assertEqual(BODY, client.getresponse().read())

    def test_a_chunked_body_is_passed_on(self):
        client = self.client()
        client.request("PUT", "/a", iter([b"ab", b"c"]), encode_chunked=True)
        # The server ignores it; what follows must not be taken for a head.
        self.assertEqual(200, client.getresponse().status)
        self.assertEqual([b""], self.served())

    # What fails.

    def test_a_chosen_answer_takes_the_place_of_the_servers(self):
        client = self.client()
        fault = Fault(503, "SlowDown", headers=(("Retry-After", "7"),))
        status, body = self.ask(fault, client=client)
        self.assertEqual((503, True), (status, b">SlowDown<" in body))
        self.assertEqual([], self.served())
        self.assertEqual((200, b""), self.ask(None, b"", client))

    def test_a_late_fault_comes_when_the_server_is_done(self):
        status, _ = self.ask(Fault(500, "InternalError", late=True))
        self.assertEqual(500, status)
        self.assertEqual([BODY], self.served())
        self.assertEqual(200, self.proxy.log[0].done)

    def test_a_reset_comes_before_the_server_hears_of_it(self):
        with self.assertRaises(ConnectionResetError):
            self.ask(Fault())
        self.assertEqual([], self.served())

    def test_a_request_is_cut_in_its_middle(self):
        with self.assertRaises(ConnectionError):
            self.ask(CutRequest())
        wait_until(lambda: self.echo.broken, "the server hears of the end")
        self.assertLessEqual(self.echo.broken[0], HALF)

    def test_an_answer_is_cut_in_its_middle(self):
        with self.assertRaises(
            (ConnectionResetError, http.client.HTTPException)
        ):
            self.ask(CutAnswer())
        self.assertEqual([BODY], self.served())
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.ask(CutAnswer(quietly=True))
        self.assertEqual(BODY[:HALF], caught.exception.partial)

    def test_an_answer_without_a_body_is_cut_in_its_head(self):
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.ask(CutAnswer(), b"")
        self.proxy.choose = lambda _: CutAnswer(quietly=True)
        client = self.client()
        client.request("PUT", "/a")
        # http.client takes a head that just ends for a whole one.
        self.assertIsNone(client.getresponse().headers["content-length"])

    def test_a_request_is_held_back_until_it_may_go(self):
        gate = threading.Event()
        got = []
        thread = threading.Thread(
            target=lambda: got.append(self.ask(Late(gate), b"x"))
        )
        thread.start()
        wait_until(lambda: self.proxy.log, "it has come")
        self.assertEqual([], self.served())
        gate.set()
        thread.join()
        self.assertEqual([(200, b"x")], got)

    def test_an_answer_stalls_in_its_middle(self):
        gate = threading.Event()
        self.proxy.choose = lambda _: Stall(gate)
        client = self.client()
        client.request("PUT", "/a", BODY)
        answer = client.getresponse()
        first = answer.read(1024)
        gate.set()
        self.assertEqual(BODY, first + answer.read())

    def test_an_answer_trickles(self):
        self.assertEqual((200, b"xyz"), self.ask(Trickle(0), b"xyz"))

    def test_a_hanging_server_never_answers(self):
        client = self.client()
        client.timeout = 0.2
        with self.assertRaises(TimeoutError):
            self.ask(Hang(), client=client)
        self.assertEqual([], self.served())

    def test_it_refuses_connections_until_it_listens_again(self):
        client = self.client()
        self.ask(None, b"", client)
        self.proxy.refuse()
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.ask(None, b"", client)
        with self.assertRaises(ConnectionRefusedError):
            self.ask()
        self.proxy.listen()
        self.assertEqual((200, BODY), self.ask())

    def test_every_nth_request_fails_and_is_counted(self):
        self.proxy.choose = every(3, (Fault(500), Fault(503)), most=9)
        client = self.client()
        statuses = []
        for _ in range(12):
            client.request("PUT", "/a", b"x")
            answer = client.getresponse()
            answer.read()
            statuses.append(answer.status)
        expected = [200, 200, 500, 200, 200, 503]
        self.assertEqual(expected * 2, statuses)
        self.assertEqual([2, 2], list(self.proxy.faults.values()))
        self.assertEqual(statuses, [e.status for e in self.proxy.log])


class ServersBehindTest(unittest.TestCase):
    def test_each_server_accepts_what_was_signed_for_the_proxy(self):
        for server in (s3api(), moto(), sink_server()):
            with self.subTest(server.name):
                proxy = before(server, self)
                client = seen_through(proxy, server).client()
                self.addCleanup(client.close)
                bucket = "through-a-proxy"
                client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="k é", Body=BODY)
                size = client.head_object(Bucket=bucket, Key="k é")
                self.assertEqual(len(BODY), size["ContentLength"])
                self.assertEqual([200] * 3, [e.done for e in proxy.log])
