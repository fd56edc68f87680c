# SPDX-License-Identifier: Apache-2.0
"""Is the copy right when two daemons handle every row, at once?"""

import os
import random
import unittest

from test.integration import servers
from test.integration.daemon import Daemon, run_once, wait_until
from test.integration.faults import Late, before, seen_through, tell
from test.integration.scene import Scene
from test.integration.swift_client import at_once

NAMES = [f"object {number}" for number in range(100)]
ROUNDS = 4

SEED = int(os.environ.get("S3_SYNC_TEST_SEED", random.randrange(10**9)))


class TwoDaemonsTest(unittest.TestCase):
    """Two nodes that both believe every row to be their own."""

    def setUp(self):
        self.proxy = before(servers.moto(), self)
        self.scene = Scene(self, seen_through(self.proxy, servers.moto()))
        self.other = self.scene.root / "other.json"
        status = self.scene.root / "other-status"
        status.mkdir()
        text = self.scene.config.read_text()
        mine, theirs = str(self.scene.status_dir), str(status)
        self.other.write_text(text.replace(mine, theirs))

    def start_both(self):
        log = self.scene.root / "other.log"
        daemons = self.scene.start(), Daemon(self.other, log)
        self.addCleanup(daemons[1].kill)
        for daemon in daemons:
            daemon.wait_for("started")
        return daemons

    def test_every_row_handled_twice_at_once_does_no_harm(self):
        chance = random.Random(SEED)
        self.proxy.choose = lambda exchange: (
            Late(random.Random(exchange.number).uniform(0, 0.5))
            if exchange.method == "PUT" and exchange.number % 5 == 0
            else None
        )
        with self.subTest(seed=SEED):
            daemons = self.start_both()
            for _ in range(ROUNDS):
                at_once(self.change, [(chance.random(), n) for n in NAMES])
            for daemon in daemons:
                self.assertEqual(0, daemon.terminate())
            self.proxy.choose = lambda _: None
            wait_until(self.settled, "both are done")
            puts = len(self.proxy.requests(method="PUT"))
            tell(self, f"seed {SEED}: {puts} PUTs, {len(NAMES)} names")
            self.scene.assert_equal_sides()

    def change(self, what):
        chance, name = what
        method = "DELETE" if chance < 0.2 else "PUT"
        if 0.2 <= chance < 0.4:
            method = "POST"
        headers = {"x-object-meta-chance": str(chance)}
        answer = self.scene.swift.request(
            method,
            self.scene.container,
            name,
            str(chance).encode() if method == "PUT" else b"",
            {} if method == "DELETE" else headers,
        )
        self.assertIn(answer.status, (201, 202, 204, 404))

    def settled(self):
        codes = [
            run_once(path).code for path in (self.scene.config, self.other)
        ]
        return codes == [0, 0]
