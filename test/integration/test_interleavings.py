# SPDX-License-Identifier: Apache-2.0
"""Does the newest version win, however changes, faults and passes meet?"""

import os
import random
import unittest
from collections import Counter

from test.integration.daemon import wait_until
from test.integration.faults import (
    BREAKS,
    SLOW_DOWN,
    Fault,
    Late,
    before,
    seen_through,
    tell,
)
from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.swift_client import at_once
from test.integration.swift_side import SwiftScene, swift_server
from test.integration.write_log import problems, writes_by_key

NAMES = [f"näme {number}" for number in range(200)]
ROUNDS = 6
MOST_FAULTS = 4
"""For each path: more would only be waited for."""

SEED = int(os.environ.get("S3_SYNC_TEST_SEED", random.randrange(10**9)))


class Interleavings:
    """The scenario, on every server.

    Each name has a random history of its own: written, changed and deleted,
    alone or at one stroke, while its uploads are slow, refused, cut off or
    not heard of, and while the daemon is killed and once loses its journal.
    """

    scene_class = Scene

    def setUp(self):
        server = self.server()
        self.proxy = before(server, self)
        self.scene = self.scene_class(self, seen_through(self.proxy, server))
        self.chance = random.Random(SEED)
        self.asked = Counter()
        self.done = Counter()

    def test_the_newest_version_wins(self):
        with self.subTest(seed=SEED):
            self.proxy.choose = self.choose
            self.live()
            self.proxy.choose = lambda _: None
            wait_until(self.settled, "nothing is parked")
            self.report()
            self.scene.assert_equal_sides()
            self.assertEqual([], problems(self.proxy.log))

    def live(self):
        """Change everything while one daemon follows the other."""
        for change in (self.kill, self.kill, self.lose_journal):
            daemon = self.scene.start("--log-level", "warning")
            for _ in range(ROUNDS // 3):
                histories = [(name, self.steps()) for name in NAMES]
                self.chance.shuffle(histories)
                asked = len(self.proxy.log)
                at_once(self.take, histories)
                wait_until(
                    lambda n=asked: len(self.proxy.log) > n,
                    "the daemon is at work",
                )
            change(daemon)

    def kill(self, daemon):
        daemon.kill()
        # Nothing of it may arrive after its death.
        self.proxy.reset()

    def lose_journal(self, daemon):
        self.assertEqual(0, daemon.terminate())
        for path in self.scene.status_dir.iterdir():
            path.unlink()

    def steps(self):
        """Return none to three steps that follow each other at once."""
        count = self.chance.choice([0, 1, 1, 1, 2, 3])
        methods = ["PUT", "PUT", "POST", "DELETE"]
        return [
            (self.chance.choice(methods), self.chance.randrange(10**6))
            for _ in range(count)
        ]

    def take(self, history):
        name, steps = history
        for method, number in steps:
            headers = {
                "content-type": f"text/x-{number % 5}",
                "x-object-meta-step": str(number),
            }
            answer = self.scene.swift.request(
                method,
                self.scene.container,
                name,
                b"%d " % number * (number % 50) if method == "PUT" else b"",
                {} if method == "DELETE" else headers,
            )
            self.assertIn(answer.status, (201, 202, 204, 404, 409))
            self.done[method] += 1

    def choose(self, exchange):
        """Fail by the name and how often it was asked for: repeatable."""
        if exchange.method == "GET":  # a probe
            return None
        path = exchange.path
        self.asked[path] += 1
        if self.asked[path] > MOST_FAULTS:
            return None
        chance = random.Random(f"{SEED} {path} {self.asked[path]}")
        if chance.random() > 0.3:
            return None
        late = Late(chance.uniform(0.1, 1.5))
        refused = Fault(400, "InvalidRequest")
        unheard = Fault(late=True)
        kinds = [*BREAKS, SLOW_DOWN, unheard, *[refused] * 3, *[late] * 5]
        return chance.choice(kinds)

    def settled(self):
        self.scene.run("--log-level", "warning", expect=None)
        return not self.scene.parked()

    def report(self):
        writes = writes_by_key(self.proxy.log)
        kinds = Counter()
        for fault, count in self.proxy.faults.items():
            kinds[fault.partition("(")[0]] += count
        tell(
            self,
            f"{self.scene.server.name}, seed {SEED}: {len(NAMES)} names, "
            f"{dict(self.done)} in Swift, {len(self.proxy.log)} requests, "
            f"faults {dict(kinds)}, {sum(map(len, writes.values()))} writes "
            f"to {len(writes)} keys checked",
        )


class InterleavingsToSwift(Interleavings, unittest.TestCase):
    scene_class = SwiftScene
    server = staticmethod(swift_server)

    def setUp(self):
        super().setUp()
        # What is compared is not read through the proxy.
        self.scene.s3 = self.server().client()
        self.addCleanup(self.scene.s3.close)


globals().update(on_every_server(Interleavings))
