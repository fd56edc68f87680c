# SPDX-License-Identifier: Apache-2.0
"""Do several processes share a node's work, and end together?"""

import os
import re
import signal
import unittest
from contextlib import suppress
from pathlib import Path

from s3_sync.daemon.lock import running_daemon
from test.integration import servers
from test.integration.daemon import wait_until
from test.integration.scene import Scene

PID = re.compile(r"\[(\d+)\]: ")


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return False


def go_on(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


class ProcessesTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.moto())
        self.scene.configure(processes=2)

    def put_some(self):
        for number in range(20):
            self.scene.put(f"photo {number}", b"body")

    def started(self):
        daemon = self.scene.start()
        wait_until(
            lambda: daemon.log.count(" started ") == 2, "both have started"
        )
        return daemon

    def test_each_name_is_copied_by_one_of_them(self):
        self.put_some()

        once = self.scene.run()

        puts = once.lines(" PUT ")
        self.assertEqual(20, len(puts))
        self.assertEqual(2, len({PID.search(line)[1] for line in puts}))
        self.scene.assert_equal_sides()

    def test_they_end_with_the_one_that_was_started(self):
        daemon = self.started()
        both = children(daemon.process.pid)

        code = daemon.terminate()

        self.assertEqual(0, code)
        self.assertEqual([], [pid for pid in both if alive(pid)])

    def test_they_end_when_the_one_that_was_started_is_killed(self):
        daemon = self.started()
        both = children(daemon.process.pid)

        daemon.kill()

        wait_until(lambda: not any(map(alive, both)), "both have ended")

    def test_until_all_have_ended_no_other_daemon_can_start(self):
        daemon = self.started()
        both = children(daemon.process.pid)
        os.kill(both[0], signal.SIGSTOP)
        self.addCleanup(go_on, both[0])

        daemon.kill()
        wait_until(lambda: not alive(both[1]), "the other has ended")

        self.assertIsNotNone(running_daemon(self.scene.status_dir))
        go_on(both[0])
        wait_until(
            lambda: running_daemon(self.scene.status_dir) is None, "it is free"
        )

    def test_one_that_dies_is_started_again(self):
        daemon = self.started()
        os.kill(children(daemon.process.pid)[0], signal.SIGKILL)

        daemon.wait_for("process ended, starting it again")
        self.put_some()

        wait_until(lambda: len(self.scene.keys()) == 20, "all have arrived")

    def test_all_of_them_read_the_configuration_again(self):
        daemon = self.started()
        secret = self.scene.root / "secret"
        secret.write_text("first")
        self.scene.rule["secret"] = {"file": str(secret)}
        self.scene.configure(processes=2)
        wait_until(lambda: daemon.log.count(" started ") == 4, "reloaded")
        secret.write_text("second")

        daemon.process.send_signal(signal.SIGHUP)

        wait_until(lambda: daemon.log.count(" started ") == 6, "and again")

    def test_a_parked_row_is_tried_by_one_of_them(self):
        self.scene.put("broken", b"body")
        for path in self.scene.data_files("broken"):
            path.unlink()
        self.scene.run(expect=1)
        self.scene.put("broken", b"mended")

        self.scene.run()

        self.assertEqual({}, self.scene.parked())
        self.scene.assert_equal_sides()

    def test_status_counts_the_rows_of_all(self):
        from test.integration.test_status import containers

        self.scene.run()
        self.put_some()

        [found] = containers(self.scene)

        self.assertEqual(20, found["pending"])
