# SPDX-License-Identifier: Apache-2.0
"""Do two daemons keep out of each other's `status_dir`?"""

import unittest

from test.integration import servers
from test.integration.daemon import lines_with, run_once, wait_until
from test.integration.scene import Scene


class LockTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.moto())

    def started(self, scene=None):
        daemon = (scene or self.scene).start()
        daemon.wait_for(" started ")
        return daemon

    def files(self):
        """Return which files there are, and whose the lock is."""
        folder = self.scene.status_dir
        inodes = {path.name: path.stat().st_ino for path in folder.iterdir()}
        return inodes, (folder / "daemon.lock").read_text()

    def test_the_second_daemon_is_refused_and_changes_nothing(self):
        first = self.started()
        before = self.files()
        once = self.scene.run(expect=2)
        self.assertIn("another daemon works with it", once.log)
        self.assertIn(f"process {first.process.pid};", once.log)
        self.assertNotIn("Traceback", once.log)
        self.assertEqual(before, self.files())
        self.scene.put("o", b"x")
        first.wait_for(" PUT ", "object=o")

    def test_after_a_kill_the_next_one_starts(self):
        for processes in (1, 2):
            with self.subTest(processes=processes):
                self.scene.configure(processes=processes)
                self.started().kill()
                self.scene.run()

    def test_a_status_dir_that_is_taken_is_not_changed_to(self):
        other = Scene(self, servers.moto())
        self.started(other)
        daemon = self.started()
        taken = {"status_dir": str(other.status_dir)}
        self.scene.configure(**taken)
        daemon.wait_for("not reloaded", "another daemon works with it")
        self.scene.put("o", b"x")
        daemon.wait_for(" PUT ", "object=o")

    def test_a_changed_status_dir_is_locked_and_the_old_one_free(self):
        for processes in (1, 2):
            with self.subTest(processes=processes):
                self.changed(processes)

    def changed(self, processes):
        self.scene.configure(processes=processes)
        another = self.scene.root / "another.json"
        another.write_text(self.scene.config.read_text())
        daemon = self.started()
        new = self.scene.root / f"status-{processes}"
        new.mkdir()
        self.scene.configure(processes=processes, status_dir=str(new))
        wait_until(
            lambda: daemon.log.count(" started ") == 2 * processes,
            "all have started again",
        )
        once = self.scene.run(expect=2)
        self.assertTrue(once.lines("another daemon works", new.name))
        self.assertEqual(0, run_once(another).code)
        self.assertEqual(0, daemon.terminate())
        self.assertEqual([], lines_with(daemon.log, " ERROR "))
