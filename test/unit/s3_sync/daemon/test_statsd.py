# SPDX-License-Identifier: Apache-2.0
"""Do figures go out as statsd reads them, and never hold anybody up?"""

import socket
import unittest
from unittest import mock

from s3_sync.daemon import statsd
from s3_sync.daemon.statsd import GAUGE, Figure, Statsd

V4 = socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("192.0.2.1", 8125)
V6 = socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("2001:db8::1", 8125, 0, 0)


class FakeSocket:
    """Takes datagrams, or fails."""

    def __init__(self, error=None):
        self.sent = []
        self.families = []
        self.error = error

    def open(self, family):
        self.families.append(family)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def sendto(self, datagram, target):
        if self.error:
            raise self.error
        self.sent.append((datagram, target))


class LineTest(unittest.TestCase):
    def test_a_figure_is_name_value_and_kind(self):
        self.assertEqual(b"a.b:5|c", Figure(("a", "b"), 5).line(None))
        self.assertEqual(b"p.q.a:0|g", Figure(("a",), 0, GAUGE).line("p.q"))

    def test_a_part_of_a_name_is_one_part_whatever_it_holds(self):
        for part, expected in (
            ("s3.example.com", "s3%2Eexample%2Ecom"),
            ("https://h:1", "https%3A%2F%2Fh%3A1"),
            ("/*", "%2F%2A"),
            ("a|b@c\n", "a%7Cb%40c%0A"),
            ("é", "%C3%A9"),
        ):
            with self.subTest(part):
                line = Figure((part, "x"), 1).line(None).decode()
                self.assertEqual(f"{expected}.x:1|c", line)


class StatsdTest(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.socket = FakeSocket()
        self.found = [V4]
        self.asked = 0
        for name, value in (
            ("_socket", lambda family: self.socket.open(family)),
            ("socket.getaddrinfo", self._look_up),
        ):
            patch = mock.patch(f"s3_sync.daemon.statsd.{name}", value)
            patch.start()
            self.addCleanup(patch.stop)
        self.statsd = Statsd("h", 8125, "p", lambda: self.now)

    def _look_up(self, *_, **__):
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def test_figures_share_a_datagram(self):
        self.statsd.send([Figure(("a",), 1), Figure(("b",), 2)])
        self.assertEqual(
            [(b"p.a:1|c\np.b:2|c", ("192.0.2.1", 8125))], self.socket.sent
        )

    def test_a_datagram_fits_into_a_packet(self):
        figures = [Figure((f"name-{n:04d}",), n) for n in range(500)]
        self.statsd.send(figures)
        datagrams = [datagram for datagram, _ in self.socket.sent]
        self.assertTrue(
            all(len(each) <= statsd.DATAGRAM_BYTES for each in datagrams)
        )
        self.assertLess(len(datagrams), 10)
        lines = b"\n".join(datagrams).split(b"\n")
        self.assertEqual([each.line("p") for each in figures], lines)

    def test_nothing_is_no_datagram(self):
        self.statsd.send([])
        self.assertEqual([], self.socket.sent)
        self.assertEqual(0, self.asked)

    def test_a_server_may_have_an_address_of_the_sixth_version(self):
        self.found = [V6]
        self.statsd.send([Figure(("a",), 1)])
        self.assertEqual([socket.AF_INET6], self.socket.families)

    def test_a_server_that_is_down_is_nobodys_trouble(self):
        self.socket.error = ConnectionRefusedError()
        self.statsd.send([Figure(("a",), 1)])
        self.socket.error = None
        self.statsd.send([Figure(("b",), 1)])
        self.assertEqual(1, len(self.socket.sent))

    def test_a_name_is_looked_up_once_a_minute_at_most(self):
        for seconds, expected in ((0, 1), (30, 1), (61, 2)):
            self.now = seconds
            self.statsd.send([Figure(("a",), 1)])
            self.assertEqual(expected, self.asked)

    def test_so_is_one_that_nobody_knows(self):
        self.found = socket.gaierror()
        for seconds, expected in ((0, 1), (30, 1), (61, 2)):
            self.now = seconds
            self.statsd.send([Figure(("a",), 1)])
            self.assertEqual(expected, self.asked)
        self.assertEqual([], self.socket.sent)

    def test_a_name_that_is_lost_keeps_its_last_address(self):
        self.statsd.send([Figure(("a",), 1)])
        self.now, self.found = 61, socket.gaierror()
        self.statsd.send([Figure(("a",), 1)])
        self.assertEqual(2, len(self.socket.sent))
