# SPDX-License-Identifier: Apache-2.0
"""Does an upload outlive a server that pauses amid it?"""

import socket
import threading
import time
import unittest

from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import CONNECT_SECONDS, S3Clients
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, a_site, an_info

SIZE = 32 * 1024 * 1024
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def serve(listener, pause):
    """Take one PUT, and stop reading for `pause` seconds amid its body."""
    connection, _ = listener.accept()
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        missing = SIZE
        while missing > SIZE // 2:
            missing -= len(connection.recv(65536))
        time.sleep(pause)
        while missing and (piece := connection.recv(65536)):
            missing -= len(piece)
        connection.sendall(ANSWER)


class PatienceTest(unittest.TestCase):
    def test_a_pause_longer_than_connecting_may_take_fails_no_upload(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        server = threading.Thread(
            target=serve, args=(listener, CONNECT_SECONDS + 1), daemon=True
        )
        server.start()
        port = listener.getsockname()[1]
        site = a_site(endpoint=f"http://127.0.0.1:{port}")
        bucket = S3Bucket(a_rule(site=site), S3Clients(1))
        content = bytes(SIZE)
        bucket.container("AUTH_test", "photos").put(
            "x", MemoryBody(content), an_info(content)
        )
        server.join(10)
        self.assertFalse(server.is_alive())
