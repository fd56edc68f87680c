# SPDX-License-Identifier: Apache-2.0
"""Does one object that cannot be copied stop any other?"""

import time
import unittest

from test.integration.daemon import wait_until
from test.integration.scene import Scene
from test.integration.servers import moto


class PoisonTest(unittest.TestCase):
    """An object whose row says that it is there, but whose file is lost.

    The server that should get it never hears of it: one is enough.
    """

    def setUp(self):
        self.scene = Scene(self, moto())
        self.scene.put("before", b"x")
        self.scene.put("poison", b"bytes")
        self.scene.put("behind", b"x")
        (self.file,) = self.scene.data_files("poison")
        self.aside = self.scene.root / "aside"
        # A copy would lose the extended attributes.
        self.file.rename(self.aside)

    def cure(self):
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.aside.rename(self.file)

    def wait_for_the_next_attempt(self):
        wait_until(
            lambda: all(
                parked.next_attempt <= time.time()
                for parked in self.scene.parked().values()
            ),
            "the next attempt is due",
        )

    def test_it_is_parked_and_the_others_go_on(self):
        once = self.scene.run(expect=1)
        self.assertEqual({"before", "behind"}, set(self.scene.copies()))
        self.assertEqual({"poison"}, set(self.scene.parked()))
        self.assertEqual(1, len(once.lines("parked", "object=poison")))

    def test_each_vain_attempt_makes_the_next_one_later(self):
        self.scene.run(expect=1)
        self.wait_for_the_next_attempt()
        self.scene.run(expect=1)
        self.assertEqual(2, self.scene.parked()["poison"].attempts)

    def test_once_the_cause_is_gone_it_arrives_with_the_next_run(self):
        self.scene.run(expect=1)
        self.cure()
        self.wait_for_the_next_attempt()
        self.scene.run()
        self.scene.assert_equal_sides()
        self.assertEqual({}, self.scene.parked())

    def test_a_running_daemon_tries_again_by_itself(self):
        daemon = self.scene.start()
        daemon.wait_for("parked", "object=poison")
        self.scene.put("later", b"x")
        daemon.wait_for(" PUT ", "object=later")
        self.cure()
        wait_until(lambda: not self.scene.parked(), "it is settled")
        self.scene.assert_equal_sides()

    def test_a_newer_version_settles_it(self):
        self.scene.run(expect=1)
        self.scene.put("poison", b"new")
        self.scene.run()
        self.scene.assert_equal_sides()
        self.assertEqual({}, self.scene.parked())

    def test_a_delete_settles_it(self):
        self.scene.run(expect=1)
        self.scene.swift.request("DELETE", self.scene.container, "poison")
        self.scene.run()
        self.assertEqual({"before", "behind"}, set(self.scene.copies()))
        self.assertEqual({}, self.scene.parked())
