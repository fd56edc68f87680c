# SPDX-License-Identifier: Apache-2.0
"""Does the counting sink speak HTTP/1.1, and end when it should?"""

import base64
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from bench.sink_process import Sink

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 10


def request(method, path, body=b"", **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: x"]
    given = {"Authorization": "x", "Content_Length": len(body), **headers}
    for name, value in given.items():
        if value is not None:
            lines.append(f"{name.replace('_', '-')}: {value}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class WireTestCase(unittest.TestCase):
    """A sink with one empty bucket, and a socket to it."""

    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.sink.create_bucket("bucket")
        self.sink.reset()
        self.socket = self.connect()

    def connect(self):
        address = urlsplit(self.sink.endpoint)
        made = socket.create_connection((address.hostname, address.port))
        made.settimeout(DEADLINE)
        self.addCleanup(made.close)
        return made

    def answers(self, methods, made=None):
        """Read the answers to requests of these methods, in order."""
        stream = (made or self.socket).makefile("rb")
        answers = []
        for method in methods:
            answer = http.client.HTTPResponse(_Stream(stream), method=method)
            answer.begin()
            answers.append((answer.status, answer.read()))
        return answers

    def is_closed(self):
        return self.socket.recv(1) == b""


class _Stream:
    """What HTTPResponse takes for a socket; it must not close ours."""

    def __init__(self, stream):
        self._stream = stream

    def makefile(self, *_args):
        return _Unclosed(self._stream)


class _Unclosed:
    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def close(self):
        pass


class TestWire(WireTestCase):
    def test_a_client_that_asks_is_told_to_continue(self):
        whole = request("PUT", "/bucket/k", b"body", Expect="100-continue")
        self.socket.sendall(whole[:-4])
        expected = b"HTTP/1.1 100 Continue\r\n\r\n"
        received = b""
        while len(received) < len(expected):
            received += self.socket.recv(len(expected) - len(received))
        self.assertEqual(expected, received)
        self.assertEqual({}, self.sink.objects("bucket"))
        self.socket.sendall(b"body")
        self.assertEqual([(200, b"")], self.answers(["PUT"]))
        self.assertEqual(4, self.sink.objects("bucket")["k"]["size"])

    def test_pipelined_requests_are_answered_in_order(self):
        methods = ["PUT", "HEAD", "GET", "PUT", "DELETE", "GET"]
        paths = ["a", "a", "missing", "b", "a", "b"]
        self.socket.sendall(
            b"".join(
                request(method, f"/bucket/{path}", b"x" * (method == "PUT"))
                for method, path in zip(methods, paths, strict=True)
            )
        )
        statuses = [status for status, _ in self.answers(methods)]
        self.assertEqual([200, 200, 404, 200, 204, 501], statuses)
        self.assertEqual(["b"], list(self.sink.objects("bucket")))

    def test_pipelined_requests_wait_for_a_delayed_answer(self):
        self.sink.delay(20)
        started = time.monotonic()
        self.socket.sendall(request("PUT", "/bucket/a", b"1"))
        self.socket.sendall(request("HEAD", "/bucket/a") * 2)
        answers = self.answers(["PUT", "HEAD", "HEAD"])
        self.assertEqual([(200, b"")] * 3, answers)
        self.assertGreaterEqual(time.monotonic() - started, 0.06)

    def test_a_delay_of_one_client_does_not_hold_up_others(self):
        self.sink.delay(100)
        sockets = [self.connect() for _ in range(20)]
        started = time.monotonic()
        for number, each in enumerate(sockets):
            each.sendall(request("PUT", f"/bucket/{number}", b"1"))
        for each in sockets:
            self.assertEqual([(200, b"")], self.answers(["PUT"], each))
        self.assertLess(time.monotonic() - started, 1.0)

    def test_a_request_may_arrive_byte_by_byte(self):
        whole = request("PUT", "/bucket/k", b"body")
        whole += request("HEAD", "/bucket/k")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(whole)):
            self.socket.sendall(whole[at : at + 1])
        answers = self.answers(["PUT", "HEAD"])
        self.assertEqual([(200, b""), (200, b"")], answers)

    def test_two_slow_uploads_do_not_mix(self):
        size = 3 * 1024 * 1024
        bodies = {"/bucket/a": b"a" * size, "/bucket/b": b"b" * size}
        sockets = {path: self.connect() for path in bodies}
        wire = {path: request("PUT", path, bodies[path]) for path in bodies}
        for at in range(0, size + 1024, 300_000):
            for path, each in sockets.items():
                each.sendall(wire[path][at : at + 300_000])
        for path, each in sockets.items():
            self.assertEqual([(200, b"")], self.answers(["PUT"], each))
            stored = self.sink.objects("bucket")[path[8:]]
            etag = hashlib.md5(bodies[path]).hexdigest()
            self.assertEqual(etag, stored["etag"])
        self.assertEqual(2 * size, self.sink.counts()["bytes"])

    def test_an_upload_that_breaks_off_stores_nothing(self):
        whole = request("PUT", "/bucket/k", b"body")
        self.socket.sendall(whole[:-1])
        self.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(self.is_closed())
        self.assertEqual({}, self.sink.objects("bucket"))
        self.assertEqual(0, self.sink.counts()["PUT"])

    def test_a_client_that_is_done_sending_still_gets_its_answer(self):
        self.sink.delay(50)
        self.socket.sendall(request("PUT", "/bucket/k", b"body"))
        self.socket.shutdown(socket.SHUT_WR)
        self.assertEqual([(200, b"")], self.answers(["PUT"]))

    def test_a_chunked_body_is_refused_and_the_connection_closed(self):
        self.socket.sendall(
            request(
                "PUT",
                "/bucket/k",
                Content_Length=None,
                Transfer_Encoding="chunked",
            )
            + b"4\r\nbody\r\n0\r\n\r\n"
        )
        ((status, body),) = self.answers(["PUT"])
        self.assertEqual(411, status)
        self.assertIn(b"<Code>MissingContentLength</Code>", body)
        self.assertEqual({}, self.sink.objects("bucket"))
        self.assertTrue(self.is_closed())

    def test_a_put_without_a_length_is_refused(self):
        self.socket.sendall(request("PUT", "/bucket/k", Content_Length=None))
        ((status, _),) = self.answers(["PUT"])
        self.assertEqual(411, status)

    def test_an_aws_chunked_body_is_refused(self):
        streaming = {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        }
        for headers in streaming, {"Content_Encoding": "aws-chunked"}:
            with self.subTest(headers):
                whole = request("PUT", "/bucket/k", b"4\r\nbody", **headers)
                self.socket.sendall(whole)
                ((status, body),) = self.answers(["PUT"])
                self.assertEqual(501, status)
                self.assertIn(b"<Code>NotImplemented</Code>", body)
        self.assertEqual({}, self.sink.objects("bucket"))

    def test_a_request_without_a_signature_is_refused_and_counted(self):
        self.socket.sendall(request("PUT", "/bucket/k", Authorization=None))
        ((status, body),) = self.answers(["PUT"])
        self.assertEqual(403, status)
        self.assertIn(b"<Code>AccessDenied</Code>", body)
        self.assertEqual(1, self.sink.counts()["PUT"])
        self.assertEqual({}, self.sink.objects("bucket"))

    def test_a_batch_needs_the_right_content_md5(self):
        self.socket.sendall(request("PUT", "/bucket/k", b"body"))
        batch = b"<Delete><Object><Key>k</Key></Object></Delete>"
        right = base64.b64encode(hashlib.md5(batch).digest()).decode()
        wrong = base64.b64encode(hashlib.md5(b"").digest()).decode()
        crc = {"x-amz-checksum-crc32": "AAAAAA=="}
        for headers in {}, {"Content_MD5": wrong}, crc, {"Content_MD5": right}:
            self.socket.sendall(
                request("POST", "/bucket?delete", batch, **headers)
            )
        answers = self.answers(["PUT"] + ["POST"] * 4)
        statuses = [status for status, _ in answers]
        self.assertEqual([200, 400, 400, 400, 200], statuses)
        self.assertIn(b"<Code>InvalidRequest</Code>", answers[1][1])
        self.assertIn(b"<Code>BadDigest</Code>", answers[2][1])
        self.assertIn(b"<Code>BadDigest</Code>", answers[3][1])
        self.assertEqual({}, self.sink.objects("bucket"))

    def test_what_is_not_http_is_refused(self):
        junk = {
            "no head": b"junk\r\n\r\n",
            "no header": b"GET / HTTP/1.1\r\njunk\r\n\r\n",
            "no length": request("PUT", "/bucket/k", Content_Length="-1"),
            "no end": b"GET / HTTP/1.1\r\nx: " + b"x" * 70_000,
        }
        for case, wire in junk.items():
            with self.subTest(case):
                self.socket = self.connect()
                self.socket.sendall(wire)
                ((status, _),) = self.answers(["GET"])
                self.assertEqual(400, status)
                self.assertTrue(self.is_closed())

    def test_names_that_are_not_utf8_are_refused(self):
        self.socket.sendall(request("PUT", "/bucket/%ff", b"x"))
        ((status, body),) = self.answers(["PUT"])
        self.assertEqual(400, status)
        self.assertIn(b"<Code>InvalidURI</Code>", body)

    def test_a_client_may_ask_for_the_connection_to_be_closed(self):
        self.socket.sendall(request("HEAD", "/bucket", Connection="close"))
        self.assertEqual([(200, b"")], self.answers(["HEAD"]))
        self.assertTrue(self.is_closed())

    def test_metadata_comes_back_byte_by_byte(self):
        sent = "ü \x85".encode() + b"\xa0"
        head = request("PUT", "/bucket/k", b"x").replace(
            b"Host: x", b"x-amz-meta-a: " + sent
        )
        self.socket.sendall(head)
        self.assertEqual([(200, b"")], self.answers(["PUT"]))
        self.socket.sendall(request("HEAD", "/bucket/k"))
        received = self.socket.recv(4096)
        self.assertIn(b"x-amz-meta-a: " + sent + b"\r\n", received)

    def test_a_reset_zeroes_counts_and_forgets_objects_only_if_asked(self):
        self.socket.sendall(request("PUT", "/bucket/k", b"x"))
        self.answers(["PUT"])
        self.sink.reset()
        self.assertEqual({0}, set(self.sink.counts().values()))
        self.assertEqual(["k"], list(self.sink.objects("bucket")))
        self.sink.reset(objects=True)
        self.assertEqual({}, self.sink.objects("bucket"))

    def test_control_requests_are_not_counted(self):
        self.sink.objects("bucket")
        with self.assertRaisesRegex(RuntimeError, "404"):
            self.sink.objects("missing")
        with self.assertRaisesRegex(RuntimeError, "400"):
            self.sink.delay("x")
        self.assertEqual({0}, set(self.sink.counts().values()))

    def test_the_sinks_processor_time_is_known(self):
        before = self.sink.cpu_seconds()
        body = b"x" * (64 * 1024 * 1024)
        self.socket.sendall(request("PUT", "/bucket/k", body))
        self.answers(["PUT"])
        self.assertGreater(self.sink.cpu_seconds(), before)


class TestProcess(unittest.TestCase):
    def start(self, *arguments, **options):
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            **options,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def serves(self, address):
        with socket.socket() as tried:
            tried.settimeout(DEADLINE)
            return tried.connect_ex(address) == 0

    def wait_until_gone(self, address):
        deadline = time.monotonic() + DEADLINE
        while self.serves(address):
            self.assertLess(time.monotonic(), deadline, "still serving")
            time.sleep(0.01)

    def address(self, endpoint):
        return urlsplit(endpoint).hostname, urlsplit(endpoint).port

    def test_it_says_where_it_serves_and_ends_on_sigterm(self):
        process = self.start("-m", "bench.sink", stdin=subprocess.DEVNULL)
        started = json.loads(process.stdout.readline())
        self.assertEqual(process.pid, started["pid"])
        self.assertTrue(self.serves(self.address(started["endpoint"])))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(DEADLINE))

    def test_it_ends_when_its_stdin_is_closed(self):
        process = self.start("-m", "bench.sink", stdin=subprocess.PIPE)
        json.loads(process.stdout.readline())
        process.stdin.close()
        self.assertEqual(0, process.wait(DEADLINE))

    def test_a_killed_parent_leaves_no_sink_behind(self):
        parent = self.start(
            "-c",
            "from bench.sink_process import Sink\n"
            "sink = Sink()\n"
            "print(sink.endpoint, flush=True)\n"
            "input()\n",
            stdin=subprocess.PIPE,
        )
        self.addCleanup(parent.stdin.close)
        address = self.address(parent.stdout.readline().decode().strip())
        self.assertTrue(self.serves(address))
        os.kill(parent.pid, signal.SIGKILL)
        self.wait_until_gone(address)

    def test_a_port_can_be_chosen(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = self.start(
            "-m", "bench.sink", "--port", str(port), stdin=subprocess.DEVNULL
        )
        started = json.loads(process.stdout.readline())
        self.assertEqual(f"http://127.0.0.1:{port}", started["endpoint"])

    def test_stopping_twice_is_harmless(self):
        with Sink() as sink:
            sink.stop()
        self.assertFalse(self.serves(self.address(sink.endpoint)))
