# SPDX-License-Identifier: Apache-2.0
"""Does a daemon that is killed again and again lose anything?"""

import os
import random
import subprocess
import threading
import unittest

from test.integration.daemon import wait_until
from test.integration.scene import Scene
from test.integration.servers import moto, s3api
from test.integration.swift_client import at_once

OBJECTS = 2000
CHANGES = 1000
KILLS = 20
LONGEST = 1.7
"""Seconds that a daemon may live; it needs about one to start."""

SEED = int(os.environ.get("S3_SYNC_TEST_SEED", random.randrange(10**9)))


class KilledDaemonTest(unittest.TestCase):
    """One container, copied to both servers by a daemon that is killed."""

    def test_both_sides_are_equal_after_many_kills_amid_work(self):
        first = Scene(self, moto())
        second = Scene(self, s3api(), of=first.container)
        first.configure(containers=[first.rule, second.rule])
        with self.subTest(seed=SEED):
            self.write_and_kill(first)
            wait_until(lambda: self.settled(first), "nothing is parked")
            first.assert_equal_sides()
            second.assert_equal_sides()

    def write_and_kill(self, scene):
        chance = random.Random(SEED)
        steps = self.steps(chance)
        writer = threading.Thread(
            target=at_once, args=(lambda step: self.take(scene, step), steps)
        )
        writer.start()
        for _ in range(KILLS):
            daemon = scene.start("--log-level", "warning")
            self.lives(daemon, chance.uniform(0.3, LONGEST))
        writer.join()

    def lives(self, daemon, seconds):
        try:
            code = daemon.process.wait(seconds)
        except subprocess.TimeoutExpired:
            daemon.kill()
        else:
            self.fail(f"the daemon ended with {code}:\n{daemon.log}")

    def steps(self, chance):
        """Return all objects' PUTs, and changes of any from early on."""
        steps = [("PUT", f"näme {number}") for number in range(OBJECTS)]
        for _ in range(CHANGES):
            at = chance.randrange(100, len(steps))
            method = chance.choice(["PUT", "POST", "DELETE"])
            steps.insert(at, (method, steps[chance.randrange(at)][1]))
        return [(*step, number) for number, step in enumerate(steps)]

    def take(self, scene, step):
        method, name, number = step
        headers = {
            "content-type": f"text/x-{number % 5}",
            "x-object-meta-step": f"{number} é",
        }
        body = b"%d " % number * (number % 50) if method == "PUT" else b""
        answer = scene.swift.request(
            method,
            scene.container,
            name,
            body,
            {} if method == "DELETE" else headers,
        )
        self.assertIn(answer.status, (201, 202, 204, 404, 409))

    def settled(self, scene):
        scene.run("--log-level", "warning", expect=None)
        return not scene.parked()
