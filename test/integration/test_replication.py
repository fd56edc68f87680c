# SPDX-License-Identifier: Apache-2.0
"""Does what happens to objects in Swift happen to their copies?"""

import unittest

from test.integration.scene import Scene
from test.integration.servers import moto, s3api
from test.integration.swift_client import at_once

MANY = 2001  # three batches of deletes


class Replication:
    """The scenarios; a subclass says on which server."""

    def scene(self, **rule):
        return Scene(self, self.server(), **rule)

    def test_a_written_object_arrives_as_it_is(self):
        scene = self.scene()
        scene.put(
            "photo",
            b"bytes",
            content_type="image/jpeg",
            x_object_meta_colour="blue",
        )
        scene.run()
        copy = scene.assert_equal_sides()["photo"]
        self.assertEqual(
            (b"bytes", "image/jpeg", {"colour": "blue"}),
            (copy.body, copy.content_type, copy.metadata),
        )

    def test_an_empty_object_arrives(self):
        scene = self.scene()
        scene.put("empty")
        scene.run()
        self.assertEqual(b"", scene.assert_equal_sides()["empty"].body)

    def test_an_object_beyond_what_is_kept_in_memory_arrives(self):
        scene = self.scene()
        scene.put("large", bytes(range(256)) * 40_000)
        scene.run()
        scene.assert_equal_sides()

    def test_a_large_object_that_was_copied_is_changed(self):
        scene = self.scene(head_first_size=1000)
        scene.put("large", b"x" * 2000)
        scene.run()
        scene.put("large", b"y" * 2000)
        scene.run()
        self.assertEqual(b"y" * 2000, scene.assert_equal_sides()["large"].body)

    def test_an_object_is_overwritten(self):
        scene = self.scene()
        scene.put("o", b"old", x_object_meta_a="1", x_object_meta_b="2")
        scene.run()
        scene.put("o", b"new", x_object_meta_a="3")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual((b"new", {"a": "3"}), (copy.body, copy.metadata))

    def test_metadata_are_replaced_and_the_bytes_stay(self):
        scene = self.scene()
        scene.put("o", b"bytes", x_object_meta_a="1", x_object_meta_b="2")
        scene.run()
        scene.post("o", x_object_meta_a="3", x_object_meta_c="4")
        once = scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual(
            (b"bytes", {"a": "3", "c": "4"}), (copy.body, copy.metadata)
        )
        self.assertTrue(once.lines(" POST ", "object=o"))

    def test_a_content_type_is_changed(self):
        scene = self.scene()
        scene.put("o", b"x", content_type="text/plain", x_object_meta_a="1")
        scene.run()
        scene.post("o", content_type="text/html", x_object_meta_a="1")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual("text/html", copy.content_type)

    def test_all_metadata_are_removed(self):
        scene = self.scene()
        scene.put("o", b"x", x_object_meta_a="1", content_encoding="gzip")
        scene.run()
        scene.post("o")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual(({}, {}), (copy.metadata, copy.headers))

    def test_a_post_before_the_first_copy_arrives_with_the_bytes(self):
        scene = self.scene()
        scene.put("o", b"bytes", x_object_meta_a="1")
        scene.post("o", x_object_meta_a="2")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual((b"bytes", {"a": "2"}), (copy.body, copy.metadata))

    def test_a_put_and_a_post_between_two_runs_both_arrive(self):
        scene = self.scene()
        scene.put("o", b"old", x_object_meta_a="1")
        scene.run()
        scene.put("o", b"new", x_object_meta_a="2")
        scene.post("o", x_object_meta_a="3")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual((b"new", {"a": "3"}), (copy.body, copy.metadata))

    def test_a_put_after_a_post_brings_its_own_metadata(self):
        scene = self.scene()
        scene.put("o", b"old", x_object_meta_a="1")
        scene.run()
        scene.post("o", x_object_meta_a="2")
        scene.put("o", b"new")
        scene.run()
        copy = scene.assert_equal_sides()["o"]
        self.assertEqual((b"new", {}), (copy.body, copy.metadata))

    def test_a_deleted_object_is_deleted_and_no_other(self):
        scene = self.scene()
        for name in ("a", "a b", "ab"):
            scene.put(name, b"x")
        scene.run()
        scene.delete("a")
        scene.run()
        self.assertEqual({"a b", "ab"}, set(scene.assert_equal_sides()))

    def test_an_object_deleted_and_written_again_is_there(self):
        scene = self.scene()
        scene.put("o", b"old", x_object_meta_a="1")
        scene.run()
        scene.delete("o")
        scene.put("o", b"new")
        scene.run()
        self.assertEqual(b"new", scene.assert_equal_sides()["o"].body)

    def test_an_object_deleted_before_the_first_copy_never_arrives(self):
        scene = self.scene()
        scene.put("gone", b"x")
        scene.put("kept", b"x")
        scene.delete("gone")
        scene.run()
        self.assertEqual(["kept"], list(scene.assert_equal_sides()))

    def test_thousands_of_deletes_at_once_leave_nothing(self):
        scene = self.scene()
        names = [f"folder & <{n % 7}>/{n}" for n in range(MANY)]
        at_once(scene.put, names)
        scene.run()
        self.assertEqual(MANY, len(scene.keys()))
        at_once(scene.delete, names)
        scene.run()
        self.assertEqual([], scene.keys())

    def test_deletes_are_kept_back_when_the_rule_says_so(self):
        scene = self.scene(propagate_delete=False)
        scene.put("o", b"x")
        scene.run()
        scene.delete("o")
        scene.run()
        self.assertEqual(b"x", scene.copies()["o"].body)

    def test_a_run_with_nothing_to_do_writes_nothing(self):
        scene = self.scene()
        scene.put("o", b"x")
        scene.run()
        once = scene.run()
        self.assertEqual([], once.lines("object=o"))

    def test_two_rules_copy_one_container_to_two_buckets(self):
        scene = self.scene()
        second = f"{scene.bucket}-second"
        scene.s3.create_bucket(Bucket=second)
        rules = [scene.rule, {**scene.rule, "bucket": second}]
        scene.configure(containers=rules)
        scene.put("o", b"x")
        scene.run()
        scene.assert_equal_sides()
        scene.bucket = second
        scene.assert_equal_sides()


class ReplicationToS3api(Replication, unittest.TestCase):
    server = staticmethod(s3api)


class ReplicationToMoto(Replication, unittest.TestCase):
    server = staticmethod(moto)
