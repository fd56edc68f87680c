# SPDX-License-Identifier: Apache-2.0
"""Do log lines reach a syslog server?"""

import socket
import unittest

from test.integration.scene import Scene
from test.integration.servers import moto

SECONDS = 20
LINE = r"^<30>swift-s3-sync\[\d+\]: INFO "


class SyslogTest(unittest.TestCase):
    def server(self, kind):
        server = socket.socket(socket.AF_INET, kind)
        self.addCleanup(server.close)
        server.settimeout(SECONDS)
        server.bind(("127.0.0.1", 0))
        return server

    def run_with(self, server, proto, expect=0):
        scene = Scene(self, moto())
        scene.put("photo")
        port = server.getsockname()[1]
        syslog = {"host": "127.0.0.1", "port": port, "proto": proto}
        scene.configure(syslog=syslog)
        return scene.run(expect=expect)

    def test_each_line_is_a_datagram(self):
        server = self.server(socket.SOCK_DGRAM)
        self.run_with(server, "udp")
        lines = [server.recv(4096).decode() for _ in range(2)]
        self.assertRegex(lines[0], LINE + r"started rules=1$")
        self.assertRegex(lines[1], LINE + r"PUT account=")

    def test_over_tcp_each_line_ends_with_a_newline(self):
        server = self.server(socket.SOCK_STREAM)
        server.listen(1)
        self.run_with(server, "tcp")
        connection, _ = server.accept()
        with connection, connection.makefile() as lines:
            self.assertRegex(next(lines), LINE + r"started rules=1\n$")
            self.assertRegex(next(lines), LINE + r"PUT account=")

    def test_a_server_that_is_not_there_is_told_at_the_start(self):
        server = self.server(socket.SOCK_STREAM)  # does not listen
        once = self.run_with(server, "tcp", expect=2)
        port = server.getsockname()[1]
        self.assertIn(f"syslog 127.0.0.1:{port}: ", once.log)
