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
ODD_PATHS = (
    "a//b",
    "//",
    "/lead",
    "a/../b",
    "../up",
    "..",
    ".",
    "./a",
    "a/./b",
)
"""What a server that keeps keys as paths of files cannot tell apart."""

REFUSES_NEWLINE = "refuses a newline in a key"
TAKES_PATHS = "takes keys for paths of files"
REFUSES_PATHS = "refuses keys that are odd as paths"
DROPS_BYTES = "drops the bytes of a key that ends with a slash"


def names_on(server, names):
    """Return those of `names` that a server can have."""
    out = set(WITH_NEWLINE if server.has(REFUSES_NEWLINE) else ())
    if server.has(TAKES_PATHS) or server.has(REFUSES_PATHS):
        out.update(ODD_PATHS)
    kept = [name for name in names if name not in out]
    if server.has(DROPS_BYTES):
        kept = [name for name in kept if not name.endswith("/")]
    return kept


class Names:
    """The scenarios; a subclass says on which server."""

    def test_odd_names_come_and_go(self):
        scene = Scene(self, self.server())
        odd = names_on(scene.server, ODD + WITH_NEWLINE)
        at_once(lambda name: scene.put(name, name.encode()), odd)
        scene.run()
        self.assertEqual(set(odd), set(scene.assert_equal_sides()))
        at_once(lambda name: scene.post(name, x_object_meta_a="1"), odd)
        scene.run()
        scene.assert_equal_sides()
        at_once(scene.delete, odd)
        scene.run()
        self.assertEqual([], scene.keys())

    def test_a_name_that_a_server_cannot_have_spoils_no_other(self):
        scene = Scene(self, self.server())
        names = {*WITH_NEWLINE, *ODD_PATHS, "trail/", "plain"}
        if scene.server.has(TAKES_PATHS):  # one copy would replace another
            names -= {*ODD_PATHS}
        there = set(names_on(scene.server, names))
        skipped = set()
        if scene.server.has(REFUSES_PATHS):
            skipped = set(ODD_PATHS)
        parked = names - there - skipped
        for name in names:
            scene.put(name, b"x")
        once = scene.run(expect=1 if parked else 0)
        self.assertEqual(parked, set(scene.parked()))
        self.assertEqual(len(skipped), len(once.lines("SKIP")), once.log)
        self.assertEqual(
            there, {n for n, copy in scene.copies().items() if copy.body}
        )
        # MinIO never answers a multi-delete of some that it cannot have.
        for name in names - skipped:
            scene.delete(name)
        scene.run()
        self.assertEqual(([], {}), (scene.keys(), scene.parked()))

    def test_names_that_are_odd_paths_are_skipped_where_keys_are_paths(self):
        scene = Scene(
            self, self.server(), capabilities={"keys_are_paths": True}
        )
        for name in (*ODD_PATHS, "a/b", "plain"):
            scene.put(name, b"x")
        once = scene.run()
        self.assertEqual(len(ODD_PATHS), len(once.lines("SKIP")), once.log)
        self.assertEqual({"a/b", "plain"}, set(scene.copies()))
        for name in (*ODD_PATHS, "a/b", "plain"):
            scene.delete(name)
        scene.run()
        self.assertEqual(([], {}), (scene.keys(), scene.parked()))

    def test_the_longest_keys_are_written_and_longer_ones_skipped(self):
        scene = Scene(self, self.server())
        room = LONGEST_KEY - len(scene.prefix)
        # Not more between slashes than a file's name may have.
        longest = [("k" * 199 + "/") * 4, ("é" * 99 + "s/") * 4]
        longest = [name + (room - 800) * "k" for name in longest]
        longer = longest[0] + "k"
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
