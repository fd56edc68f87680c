# SPDX-License-Identifier: Apache-2.0
"""Is an object found under its own name, whatever the name?"""

from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.swift_client import at_once

LONGEST_KEY = 1024

ODD = (
    "plain",
    "a b",
    " a ",
    "a+b",
    "a%b",
    "a%2Fb",
    "%25",
    "what?",
    "a?b=c&d",
    "#",
    "a#b",
    "naïve",
    "naïve decomposed".replace("ï", "i\u0308"),
    "日本語/写真",
    "😀",
    "👩\u200d👩\u200d👧",
    "tab\there",
    "carriage\rreturn",
    "\x01\x7f",
    "a//b",
    "//",
    "/lead",
    "trail/",
    "trail",
    "a/../b",
    "../up",
    "..",
    ".",
    "./a",
    "a/./b",
    "~-._*'()!",
    '<&>"',
    "\\back\\slash",
    "=@:,;$",
    "[x]{y}|^`",
    "\ufeff\u202e",
    "null",
    ".manifests/mine",
)
WITH_NEWLINE = ("new\nline", "\n")


class Names:
    """The scenarios; a subclass says on which server."""

    def test_odd_names_come_and_go(self):
        scene = Scene(self, self.server())
        at_once(lambda name: scene.put(name, name.encode()), ODD)
        scene.run()
        self.assertEqual(set(ODD), set(scene.assert_equal_sides()))
        at_once(lambda name: scene.post(name, x_object_meta_a="1"), ODD)
        scene.run()
        scene.assert_equal_sides()
        at_once(scene.delete, ODD)
        scene.run()
        self.assertEqual([], scene.keys())

    def test_a_name_with_a_newline_comes_and_goes_where_it_can(self):
        refused = self.server().has("refuses keys with a newline")
        scene = Scene(self, self.server())
        for name in (*WITH_NEWLINE, "plain"):
            scene.put(name, b"x")
        scene.run(expect=1 if refused else 0)
        if refused:
            self.assertEqual(set(WITH_NEWLINE), set(scene.parked()))
            self.assertEqual({"plain"}, set(scene.copies()))
        else:
            scene.assert_equal_sides()
        for name in (*WITH_NEWLINE, "plain"):
            scene.delete(name)
        scene.run()
        self.assertEqual(([], {}), (scene.keys(), scene.parked()))

    def test_the_longest_keys_are_written_and_longer_ones_skipped(self):
        scene = Scene(self, self.server())
        room = LONGEST_KEY - len(scene.prefix)
        longest = ["k" * room, "é" * (room // 2)]
        longer = "k" * (room + 1)
        for name in (*longest, longer):
            scene.put(name, b"x")
        once = scene.run()
        self.assertEqual(set(longest), set(scene.copies()))
        self.assertEqual(1, len(once.lines("SKIP")))
        self.assertTrue(once.lines("SKIP", "its key has 1025 bytes"))
        for name in (*longest, longer):
            scene.delete(name)
        scene.run()
        self.assertEqual(([], {}), (scene.keys(), scene.parked()))


globals().update(on_every_server(Names))
