# SPDX-License-Identifier: Apache-2.0
"""Do requests go through the proxy that the operator names?"""

import contextlib
import socket
import threading
import unittest

from test.doubles.certificates import Authority
from test.integration.scene import Scene
from test.integration.servers import moto
from test.integration.tls import Listener, TlsFront, pump


class Proxy:
    """Takes everybody to one address, whatever host they ask for.

    `heads` are the first lines and headers of each connection.
    """

    def __init__(self, case, port):
        self.heads = []
        self._target = "127.0.0.1", port
        self.port = Listener(case, self._serve).port

    def _serve(self, client):
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = client.recv(65536)
                if not chunk:
                    return
                head += chunk
            self.heads.append(head.partition(b"\r\n\r\n")[0].decode())
            with socket.create_connection(self._target) as server:
                if head.startswith(b"CONNECT "):
                    client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                else:
                    server.sendall(head)
                back = threading.Thread(
                    target=pump, args=(server, client), daemon=True
                )
                back.start()
                pump(client, server)
                back.join()


# moto takes any other host for one that begins with the bucket's name.
HOST = "localhost.test"


def port_of(endpoint):
    return int(endpoint.rpartition(":")[2])


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())
        self.scene.put("photo", b"body")

    def run_through(self, proxy, scheme, **rule):
        self.scene.rule |= {"addressing": "path", **rule}
        url = f"http://user:hush-proxy@127.0.0.1:{proxy.port}"
        self.scene.configure(**{f"{scheme}_proxy": url})
        once = self.scene.run()
        self.scene.assert_equal_sides()
        self.assertNotIn("hush-proxy", once.log + once.output)
        self.assertTrue(proxy.heads)
        for head in proxy.heads:
            self.assertIn("Proxy-Authorization: Basic ", head.title())

    def test_plain_requests_do(self):
        proxy = Proxy(self, port_of(moto().endpoint))
        self.run_through(
            proxy, "http", endpoint=f"http://{HOST}", insecure=True
        )
        self.assertIn(f" http://{HOST}/", proxy.heads[0])

    def test_so_do_those_by_tls_which_it_cannot_read(self):
        pair = Authority(self.scene.root).sign("server")
        proxy = Proxy(self, port_of(TlsFront(self, moto(), pair).endpoint))
        self.run_through(
            proxy,
            "https",
            endpoint=f"https://{HOST}",
            tls_verify=False,
        )
        for head in proxy.heads:
            self.assertTrue(head.startswith(f"CONNECT {HOST}:443 "))
