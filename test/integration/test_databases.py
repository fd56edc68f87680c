# SPDX-License-Identifier: Apache-2.0
"""Is nothing lost when a container's database is not what it was?"""

import shutil
import unittest

from test.integration.scene import Scene
from test.integration.servers import moto, source


class DatabasesTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())

    def test_a_container_that_was_made_again_in_another_policy(self):
        scene = self.scene
        for name in ("goes", "comes again"):
            scene.put(name, b"old")
        scene.run()
        for name in ("goes", "comes again"):
            scene.delete(name)
        scene.swift.do("DELETE", scene.container)
        policy = {"x-storage-policy": "policy-1"}
        scene.swift.do("PUT", scene.container, headers=policy)
        scene.put("comes again", b"new")
        scene.put("is new", b"new")
        scene.run()
        self.assertEqual(2, len(scene.assert_equal_sides()))
        self.assertIn("objects-1", str(scene.data_files("is new")))

    def test_one_that_was_made_again_between_two_runs_of_a_daemon(self):
        scene = self.scene
        daemon = scene.start()
        scene.put("o", b"old")
        daemon.wait_for(" PUT ", "object=o")
        scene.delete("o")
        scene.swift.do("DELETE", scene.container)
        scene.swift.do("PUT", scene.container)
        daemon.wait_for(" DELETE ", "object=o")
        scene.put("o", b"new")
        daemon.wait_for(" PUT ", "object=o", "rowid=3")
        self.assertEqual(0, daemon.terminate())
        scene.assert_equal_sides()

    def test_a_database_that_was_put_back_from_a_copy(self):
        scene = self.scene
        scene.put("before", b"x")
        scene.run()
        database = self.database()
        copy = scene.root / "copy"
        shutil.copy(database, copy)
        for number in range(5):
            scene.put(f"lost {number}", b"x")
        scene.run()
        database.unlink()
        shutil.copy(copy, database)
        for number in range(8):
            scene.put(f"new {number}", b"x")
        once = scene.run()
        kept = {name for name in scene.copies() if "lost" not in name}
        self.assertEqual(set(scene.locals()), kept)
        sent = [line for line in once.lines(" PUT ") if "new" not in line]
        self.assertEqual([], sent)

    def database(self):
        """Return the file of the scene's container, with no row waiting."""
        found = []
        for path in (
            source().cluster.node(1).devices.glob("d1/containers/*/*/*/*.db")
        ):
            if self.scene.container.encode() in path.read_bytes():
                found.append(path)
        (database,) = found
        return database
