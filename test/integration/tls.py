# SPDX-License-Identifier: Apache-2.0
"""How does an S3 server that speaks plain http come to speak TLS?"""

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from unittest import TestCase

from test.doubles.certificates import Pair
from test.integration.servers import S3Server

_CHUNK = 64 * 1024


class Listener:
    """A socket on loopback; `serve` gets each connection."""

    def __init__(self, case: TestCase, serve) -> None:
        self.connections = 0
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        case.addCleanup(self._close)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test has ended
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(
                    target=self._serve, args=(connection,), daemon=True
                ).start()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class TlsFront:
    """Ends TLS before a server.

    `clients`: whose certificates are asked for; None: nobody's.
    """

    def __init__(
        self,
        case: TestCase,
        behind: S3Server,
        pair: Pair,
        clients: Path | None = None,
    ) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.cert, pair.key)
        if clients:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(clients)
        host, _, port = behind.endpoint.partition("://")[2].partition(":")
        self._behind = host, int(port)
        port = Listener(case, self._pass_on).port
        self.endpoint = f"https://127.0.0.1:{port}"

    def _pass_on(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            inner = self._context.wrap_socket(connection, server_side=True)
            with inner, socket.create_connection(self._behind) as outer:
                back = threading.Thread(
                    target=pump, args=(outer, inner), daemon=True
                )
                back.start()
                pump(inner, outer)
                back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on all that comes, until the end."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
