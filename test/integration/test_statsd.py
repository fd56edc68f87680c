# SPDX-License-Identifier: Apache-2.0
"""Do figures reach a statsd server, and does a dead one cost nothing?"""

import re
import socket
import unittest

from test.integration.scene import Scene
from test.integration.servers import moto

SECONDS = 20


class StatsdTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())
        for number in range(3):
            self.scene.put(f"photo {number}", b"12345")

    def server(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.settimeout(SECONDS)
        server.bind(("127.0.0.1", 0))
        return server

    def run_with(self, host, port, **changes):
        self.scene.configure(
            statsd_host=host,
            statsd_port=port,
            statsd_prefix="node1",
            **changes,
        )
        return self.scene.run()

    def figures(self, server):
        """Return what one run has sent, by name."""
        place = f"{self.scene.bucket}\\.{self.scene.container}\\."
        found = {}
        for line in server.recv(4096).decode().splitlines():
            name, value, kind = re.fullmatch(
                r"(.+):(\d+)\|(\w+)", line
            ).groups()
            self.assertTrue(name.startswith("node1."))
            found[re.split(place, name)[-1]] = int(value), kind
        return found

    def test_the_server_hears_what_was_done(self):
        server = self.server()
        self.run_with("127.0.0.1", server.getsockname()[1])
        figures = self.figures(server)
        self.assertEqual((3, "c"), figures["copied_objects"])
        self.assertEqual((15, "c"), figures["bytes"])
        self.assertEqual((0, "g"), figures["paused"])
        self.assertEqual("ms", figures["lag"][1])
        self.assertGreaterEqual(figures["node1.remote_requests"][0], 3)
        self.assertGreaterEqual(figures["node1.local_requests"][0], 3)

        self.scene.delete("photo 1")
        self.scene.post("photo 2", x_object_meta_colour="red")
        self.run_with("127.0.0.1", server.getsockname()[1])
        figures = self.figures(server)
        self.assertEqual((1, "c"), figures["deleted_objects"])
        self.assertEqual((1, "c"), figures["posted_objects"])
        self.assertNotIn("copied_objects", figures)

    def test_without_a_server_the_work_is_done(self):
        with self.server() as gone:
            port = gone.getsockname()[1]
        once = self.run_with("127.0.0.1", port)
        self.scene.assert_equal_sides()
        self.assertEqual([], once.lines("WARNING"))

    def test_so_it_is_when_its_name_is_unknown(self):
        once = self.run_with("statsd.invalid", 8125)
        self.scene.assert_equal_sides()
        self.assertEqual([], once.lines("ERROR"))
        self.assertEqual([], once.lines("Traceback"))
