# SPDX-License-Identifier: Apache-2.0
"""What becomes of copies that were there before us, or before the journal?"""

import shutil

from test.integration.matrix import on_every_server
from test.integration.scene import Scene


class Takeover:
    """The scenarios; a subclass says on which server."""

    def setUp(self):
        self.scene = Scene(self, self.server())

    def test_equal_copies_without_our_marks_are_left_alone(self):
        blue = {"content_type": "image/jpeg", "x_object_meta_colour": "blüe"}
        self.scene.put("equal", b"bytes", **blue)
        self.scene.put("cached", b"bytes", **blue, cache_control="no-cache")
        for name, headers in (
            ("equal", {}),
            ("cached", {"CacheControl": "no-cache"}),
        ):
            self.scene.put_by_hand(
                name,
                b"bytes",
                ContentType="image/jpeg",
                Metadata={"colour": "=?UTF-8?B?YmzDvGU=?="},
                **headers,
            )
        self.scene.run()
        marks = {n: c.changed for n, c in self.scene.copies().items()}
        self.assertEqual({"equal": "", "cached": ""}, marks)

    def test_different_copies_without_our_marks_are_replaced(self):
        jpeg = {"content_type": "image/jpeg"}
        self.scene.put("bytes", b"ours", **jpeg)
        self.scene.put("metadata", b"ours", x_object_meta_a="1", **jpeg)
        self.scene.put("type", b"ours", **jpeg)
        self.scene.put("missing", b"ours", **jpeg)
        for name, body, kind in (
            ("bytes", b"else", "image/jpeg"),
            ("metadata", b"ours", "image/jpeg"),
            ("type", b"ours", "image/png"),
        ):
            self.scene.put_by_hand(name, body, ContentType=kind)
        self.scene.run()
        self.scene.assert_equal_sides()

    def test_a_copy_of_what_swift_never_had_stays(self):
        self.scene.put_by_hand("theirs", b"x")
        self.scene.put("ours", b"x")
        self.scene.run()
        self.assertEqual({"ours", "theirs"}, set(self.scene.copies()))

    def test_an_unmarked_copy_of_a_deleted_object_is_deleted(self):
        self.scene.put_by_hand("gone", b"x")
        self.scene.put("gone", b"x")
        self.scene.delete("gone")
        self.scene.run()
        self.assertEqual([], self.scene.keys())

    def test_a_lost_journal_costs_no_writes_and_finds_what_changed(self):
        for name in ("same", "overwritten", "posted", "deleted"):
            self.scene.put(name, b"1", x_object_meta_a="1")
        self.scene.run()
        shutil.rmtree(self.scene.status_dir)
        self.scene.status_dir.mkdir()
        self.scene.put("overwritten", b"2")
        self.scene.post("posted", x_object_meta_a="2")
        self.scene.delete("deleted")
        once = self.scene.run()
        self.scene.assert_equal_sides()
        for operation, name in (
            ("PUT", "overwritten"),
            ("POST", "posted"),
            ("DELETE", "deleted"),
        ):
            with self.subTest(operation):
                lines = once.lines(f" {operation} ")
                self.assertEqual(1, len(lines), once.log)
                self.assertIn(f"object={name} ", lines[0])


globals().update(on_every_server(Takeover))
