# SPDX-License-Identifier: Apache-2.0
"""Does what happens to objects in Swift happen to their copies?"""

import unittest
from typing import NamedTuple

from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.servers import radosgw_over_https
from test.integration.swift_side import SwiftScene, swift_server


def put(body=b"", **headers):
    return "PUT", body, headers


def post(**headers):
    return "POST", b"", headers


DELETE = "DELETE", b"", {}
BLUE = {"x_object_meta_colour": "blue"}
RED = {"x_object_meta_colour": "red"}
JPEG = {"content_type": "image/jpeg"}


class History(NamedTuple):
    """An object's life, and what the bucket holds after it.

    `before` happens before the first run, `between` between two runs;
    `expected` are body, content type and colour, None is "no object".
    """

    name: str
    before: list
    between: list
    expected: tuple | None


HISTORIES = (
    History(
        "written",
        [put(b"1", **JPEG, **BLUE)],
        [],
        (b"1", "image/jpeg", "blue"),
    ),
    History(
        "written between the runs",
        [],
        [put(b"1", **JPEG, **BLUE)],
        (b"1", "image/jpeg", "blue"),
    ),
    History("empty", [put(**JPEG)], [], (b"", "image/jpeg", None)),
    History(
        "longer than what is kept in memory",
        [put(bytes(range(256)) * 10_000, **JPEG)],
        [],
        (bytes(range(256)) * 10_000, "image/jpeg", None),
    ),
    History(
        "overwritten",
        [put(b"1", **BLUE)],
        [put(b"2", **JPEG, **RED)],
        (b"2", "image/jpeg", "red"),
    ),
    History(
        "overwritten with other metadata and the same bytes",
        [put(b"1", **JPEG, **BLUE)],
        [put(b"1", **JPEG)],
        (b"1", "image/jpeg", None),
    ),
    History(
        "overwritten when it is longer than what is looked at first",
        [put(b"1" * 300_000, **JPEG)],
        [put(b"2" * 300_000, **JPEG)],
        (b"2" * 300_000, "image/jpeg", None),
    ),
    History(
        "new metadata",
        [put(b"1", x_object_meta_old="1", **JPEG, **BLUE)],
        [post(**RED)],
        (b"1", "image/jpeg", "red"),
    ),
    History(
        "new metadata twice",
        [put(b"1", **JPEG, **BLUE)],
        [post(), post(**RED)],
        (b"1", "image/jpeg", "red"),
    ),
    History(
        "new metadata on a long object",
        [put(b"1" * 300_000, **JPEG, **BLUE)],
        [post(**RED)],
        (b"1" * 300_000, "image/jpeg", "red"),
    ),
    History(
        "new content type",
        [put(b"1", **JPEG, **BLUE)],
        [post(content_type="text/html", **BLUE)],
        (b"1", "text/html", "blue"),
    ),
    History(
        "no more metadata",
        [put(b"1", content_encoding="gzip", **JPEG, **BLUE)],
        [post()],
        (b"1", "image/jpeg", None),
    ),
    History(
        "put and post before the first copy",
        [put(b"1", **JPEG, **BLUE), post(**RED)],
        [],
        (b"1", "image/jpeg", "red"),
    ),
    History(
        "put and post between the runs",
        [put(b"1", **BLUE)],
        [put(b"2", **JPEG), post(**RED)],
        (b"2", "image/jpeg", "red"),
    ),
    History(
        "post and put between the runs",
        [put(b"1", **BLUE)],
        [post(**RED), put(b"2", **JPEG)],
        (b"2", "image/jpeg", None),
    ),
    History("deleted", [put(b"1")], [DELETE], None),
    History("deleted after a post", [put(b"1")], [post(), DELETE], None),
    History("deleted before the first copy", [put(b"1"), DELETE], [], None),
    History("written and deleted between", [], [put(b"1"), DELETE], None),
    History(
        "deleted and written again",
        [put(b"1", **BLUE)],
        [DELETE, put(b"2", **JPEG)],
        (b"2", "image/jpeg", None),
    ),
    History(
        "deleted and written again before the first copy",
        [put(b"1", **BLUE), DELETE, put(b"2", **JPEG)],
        [],
        (b"2", "image/jpeg", None),
    ),
    History(
        "deleted and written again with the same bytes",
        [put(b"1", **JPEG)],
        [DELETE, put(b"1", **JPEG)],
        (b"1", "image/jpeg", None),
    ),
)


class Replication:
    """The scenarios; a subclass says on which server."""

    def scene(self, **rule):
        return Scene(self, self.server(), **rule)

    def test_copies_follow_every_history(self):
        scene = self.scene(head_first_size=200_000)
        for history in HISTORIES:
            self.live(scene, history.name, history.before)
        scene.run()
        for history in HISTORIES:
            self.live(scene, history.name, history.between)
        scene.run()
        copies = scene.assert_equal_sides()
        for history in HISTORIES:
            with self.subTest(history.name):
                copy = copies.get(history.name)
                self.assertEqual(history.expected, copy and summary(copy))

    def live(self, scene, name, steps):
        for method, body, headers in steps:
            if method == "DELETE":
                scene.delete(name)
            else:
                {"PUT": scene.put, "POST": scene.post}[method](
                    name, *([body] if body else []), **headers
                )

    def test_new_metadata_cost_no_bytes(self):
        scene = self.scene()
        scene.put("o", b"bytes")
        scene.run()
        scene.post("o", **RED)
        once = scene.run()
        self.assertTrue(once.lines(" POST ", "object=o"), once.log)
        self.assertFalse(once.lines(" PUT ", "object=o"), once.log)

    def test_a_copy_that_is_gone_is_made_anew_by_new_metadata(self):
        scene = self.scene()
        scene.put("o", b"bytes")
        scene.run()
        scene.s3.delete_object(Bucket=scene.bucket, Key=scene.prefix + "o")
        scene.post("o", **RED)
        scene.run()
        self.assertEqual(b"bytes", scene.assert_equal_sides()["o"].body)

    def test_a_copy_with_other_bytes_is_replaced_by_new_metadata(self):
        scene = self.scene()
        scene.put("o", b"bytes")
        scene.run()
        scene.put_by_hand("o", b"other")
        scene.post("o", **RED)
        scene.run()
        self.assertEqual(b"bytes", scene.assert_equal_sides()["o"].body)

    def test_deletes_are_kept_back_when_the_rule_says_so(self):
        scene = self.scene(propagate_delete=False)
        scene.put("o", b"x")
        scene.run()
        scene.delete("o")
        scene.run()
        self.assertEqual(b"x", scene.copies()["o"].body)

    def test_a_second_run_finds_nothing_to_do(self):
        scene = self.scene()
        scene.put("o", b"x")
        scene.run()
        once = scene.run()
        self.assertEqual([], once.lines("object=o"))

    def test_what_is_not_ours_in_the_bucket_stays(self):
        scene = self.scene()
        foreign = ["container/o", f"0{scene.prefix}o", ".manifests/o"]
        foreign += ["o"] if scene.prefix else []
        for key in foreign:
            scene.s3.put_object(Bucket=scene.bucket, Key=key, Body=b"theirs")
        scene.put("o", b"ours")
        scene.run()
        scene.delete("o")
        scene.run()
        self.assertEqual(sorted(foreign), scene.keys())


def summary(copy):
    return copy.body, copy.content_type, copy.metadata.get("colour")


class ReplicationToSwift(Replication, unittest.TestCase):
    def scene(self, **rule):
        return SwiftScene(self, swift_server(), **rule)


class ReplicationOverHttps(Replication, unittest.TestCase):
    server = staticmethod(radosgw_over_https)


globals().update(on_every_server(Replication))
