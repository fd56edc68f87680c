# SPDX-License-Identifier: Apache-2.0
"""Does a journal that is lost cost nothing but a comparison?"""

import os
import sqlite3
import unittest

from test.integration import servers
from test.integration.daemon import lines_with, wait_until
from test.integration.scene import Scene
from test.integration.test_status import status


class JournalLostTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, servers.moto())
        self.journal = self.scene.status_dir / "journal.sqlite"

    def aside(self, reason):
        """Return what was set aside for this reason, but for -wal, -shm."""
        found = self.scene.status_dir.glob(f"journal.sqlite.{reason}-*Z")
        return list(found)

    def copied(self):
        """Copy three objects; then lose one copy, and one row."""
        for name in ("kept", "lost", "gone"):
            self.scene.put(name, b"bytes")
        self.scene.run()
        key = self.scene.prefix + "lost"
        self.scene.s3.delete_object(Bucket=self.scene.bucket, Key=key)
        self.scene.delete("gone")
        self.scene.put("new", b"bytes")

    def compared(self, reason):
        """Run; check that only what differs was sent."""
        once = self.scene.run()
        told = once.lines(" ERROR ", f"journal.sqlite.{reason}-")
        self.assertEqual(1, len(told), once.log)
        puts = once.lines(" PUT ")
        self.assertEqual(2, len(puts), once.log)
        self.assertEqual([], once.lines(" PUT ", "object=kept"))
        self.scene.assert_equal_sides()
        self.assertEqual(1, len(self.aside(reason)))

    def test_after_garbage_only_what_differs_is_sent(self):
        self.copied()
        self.journal.write_bytes(b"This is not a database. " * 1000)
        self.compared("corrupt")

    def test_after_a_later_version_too(self):
        self.copied()
        before = self.write("PRAGMA user_version = 99")
        self.compared("newer")
        self.assertEqual(before, self.aside("newer")[0].read_bytes())

    def test_a_command_only_says_what_is_wrong(self):
        self.scene.run()
        before = self.write("PRAGMA user_version = 99")
        shown = status(self.scene)
        self.assertEqual(2, shown.returncode)
        self.assertIn("written by a later version", shown.stderr)
        self.assertNotIn("Traceback", shown.stderr)
        self.assertEqual(before, self.journal.read_bytes())
        self.assertEqual([], self.aside("newer"))

    def write(self, statement):
        connection = sqlite3.connect(self.journal, isolation_level=None)
        connection.execute(statement)
        connection.close()
        return self.journal.read_bytes()

    def damage(self):
        """Overwrite all but the header, under the daemon's feet."""
        connection = sqlite3.connect(self.journal, isolation_level=None)
        connection.execute("INSERT INTO pauses VALUES ('a', 9, 'b', 1.0)")
        for end in ("", "-wal"):
            path = self.journal.with_name(self.journal.name + end)
            with path.open("r+b") as file:
                size = path.stat().st_size
                file.seek(4096)
                file.write(b"\xff" * max(0, size - 4096))
        connection.close()

    def goes_on(self, daemon):
        wait_until(lambda: self.aside("corrupt"), "it is set aside")
        self.scene.put("after", b"bytes")
        daemon.wait_for(" PUT ", "object=after")
        self.assertEqual(0, daemon.terminate(), daemon.log)
        self.assertEqual(1, len(self.aside("corrupt")))
        told = lines_with(daemon.log, " ERROR ", "it was moved to")
        self.assertEqual(1, len(told), daemon.log)
        self.scene.assert_equal_sides()
        self.assertEqual({}, self.scene.parked())

    def test_damage_while_it_runs_stops_nothing(self):
        daemon = self.scene.start()
        self.scene.put("before", b"bytes")
        daemon.wait_for(" PUT ", "object=before")
        self.damage()
        self.scene.put("amid", b"bytes")
        self.goes_on(daemon)

    def test_damage_while_several_processes_run_stops_none(self):
        self.scene.configure(processes=2)
        daemon = self.scene.start()
        self.scene.put("before", b"bytes")
        daemon.wait_for(" PUT ", "object=before")
        self.damage()
        for number in range(10):
            self.scene.put(f"amid {number}", b"bytes")
        self.goes_on(daemon)

    def test_one_that_is_deleted_while_it_runs_begins_anew(self):
        daemon = self.scene.start()
        self.scene.put("before", b"bytes")
        daemon.wait_for(" PUT ", "object=before")
        os.unlink(self.journal)
        daemon.wait_for("deleted while it was in use")
        wait_until(self.journal.exists, "another one is there")
        self.scene.put("after", b"bytes")
        daemon.wait_for(" PUT ", "object=after")
        self.assertEqual(0, daemon.terminate())
        self.assertEqual(1, len(lines_with(daemon.log, " PUT ", "=before")))
        self.scene.assert_equal_sides()
