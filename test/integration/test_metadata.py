# SPDX-License-Identifier: Apache-2.0
"""Does all that is said of an object arrive, byte for byte?"""

from dataclasses import replace

from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.swift_client import at_once

DATE = "Thu, 01 Dec 2033 16:00:00 GMT"
SHORT = 200
LONG = 256
ITEMS = 90
OVERALL = 4096


def overall():
    """Return as much metadata as Swift takes: 4,096 bytes."""
    headers, left = {}, OVERALL
    for number in range(20):
        name = f"item-{number:02}"
        value = "v" * min(SHORT, left - len(name))
        if value:
            headers[f"x-object-meta-{name}"] = value
            left -= len(name) + len(value)
    return headers


CASES = {
    "no metadata": {},
    "printable ASCII": {"x-object-meta-a": "!\"#$%&'()*+,-./:;<=>?@[]^`{|}~"},
    "a folded look": {"x-object-meta-a": "a,  b;\tc"},
    "quoted": {"x-object-meta-a": '"  a  b  "'},
    "no ASCII": {"x-object-meta-a": "naïve 日本 😀"},
    "decomposed": {"x-object-meta-a": "e\u0301"},
    "outer spaces": {"x-object-meta-a": "  spaces  "},
    "looks encoded": {"x-object-meta-a": "=?UTF-8?B?w6k=?="},
    "looks half encoded": {"x-object-meta-a": "1 =? 2"},
    "looks quoted-printable": {"x-object-meta-a": "=?UTF-8?Q?=C3=A9?="},
    "percent": {"x-object-meta-a": "100%25 %C3%A9"},
    "odd names": {"x-object-meta-a.b": "1", "x-object-meta-1": "2"},
    "very odd names": {"x-object-meta-a!b~c": "1"},
    "our mark": {
        "x-object-meta-swift-timestamp": "9999999999.99999",
        "x-object-meta-swift-replication-status": "PENDING",
        "x-object-meta-swift-version-id": "1",
    },
    "our prefix": {
        "x-object-meta-swift-": "1",
        "x-object-meta-swift-user-a": "2",
        "x-object-meta-swift-header-x-robots-tag": "3",
    },
    "native headers": {
        "content-encoding": "gzip",
        "content-disposition": 'attachment; filename="a b.txt"',
        "content-language": "de, en",
        "cache-control": "max-age=60, public",
        "expires": DATE,
    },
    "native headers without ASCII": {
        "content-disposition": 'attachment; filename="ü.txt"',
        "cache-control": "private, x=é",
    },
    "expires never": {"expires": "never"},
    "expires 0": {"expires": "0"},
    "expires in another form": {"expires": "2033-12-01"},
    "S3's own encoding": {"content-encoding": "aws-chunked,gzip"},
    "robots": {"x-robots-tag": "noindex, nofollow"},
    "content type with parameters": {
        "content-type": 'text/plain; charset=UTF-8; x="y z"'
    },
    "content type that is none": {"content-type": "nonsense"},
    "content type of a folder": {"content-type": "application/directory"},
    "a long value": {"x-object-meta-a": "v" * LONG},
    "a long name": {"x-object-meta-" + "n" * 128: "v"},
    "a long value without ASCII": {"x-object-meta-a": "é" * (LONG // 2)},
    "many items": {f"x-object-meta-i{n}": "v" for n in range(ITEMS)},
    "much": overall(),
}

BEYOND = (
    (
        "a long value without ASCII",
        "refuses metadata values of more than 256 bytes",
    ),
    ("many items", "refuses more than 90 metadata items"),
    ("much", "refuses more than 4,096 bytes of metadata"),
)
"""What some servers refuse once it is encoded and carries our marks."""

UNFIT = (
    ("quoted", "refuses two spaces between quotes"),
    ("native headers without ASCII", "refuses headers that are not ASCII"),
    ("a long name", "refuses metadata names of more than 80 bytes"),
)
"""What some servers refuse without saying that it is for good."""


class Metadata:
    """The scenarios; a subclass says on which server."""

    def setUp(self):
        has = self.server().has
        self.refused = {case for case, why in BEYOND if has(why)}
        self.parked = {case for case, why in UNFIT if has(why)}
        self.scene = Scene(self, self.server())

    def run_daemon(self):
        """Let it handle all; what is unfit is parked, and nothing else."""
        once = self.scene.run(expect=1 if self.parked else 0)
        self.assertEqual(self.parked, set(self.scene.parked()))
        return once

    def kept(self, case, copy, *, posted=False):
        """Return what the server keeps of a copy."""
        loses = "loses Expires in a copy"
        if case == "native headers" and posted and self.server().has(loses):
            headers = {**copy.headers}
            del headers["expires"]
            return replace(copy, headers=headers)
        loses = "loses metadata whose name has ! or ~"
        if case == "very odd names" and self.server().has(loses):
            return replace(copy, metadata={})
        return copy

    def check(self, once):
        local, remote = self.scene.locals(), self.scene.copies()
        missing = self.refused | self.parked
        self.assertEqual(set(CASES) - missing, set(remote))
        for case, copy in remote.items():
            with self.subTest(case):
                self.assertEqual(self.kept(case, local[case]), copy)
        for case in self.refused:
            with self.subTest(case):
                line = f'object="{case}"' if " " in case else f"object={case}"
                self.assertTrue(once.lines("SKIP", line), once.log)

    def test_an_object_arrives_with_all_that_is_said_of_it(self):
        at_once(lambda case: self.scene.put(case, b"x", **CASES[case]), CASES)
        self.check(self.run_daemon())

    def test_a_post_replaces_all_that_is_said_of_it(self):
        old = {"x-object-meta-old": "1", "content-language": "fr"}
        at_once(lambda case: self.scene.put(case, b"x", **old), CASES)
        self.scene.run()
        at_once(
            lambda case: self.scene.post(
                case, **{"content-type": "text/css", **CASES[case]}
            ),
            CASES,
        )
        once = self.run_daemon()
        local, remote = self.scene.locals(), self.scene.copies()
        for case in set(CASES) - self.refused - self.parked:
            with self.subTest(case):
                expected = self.kept(case, local[case], posted=True)
                self.assertEqual(expected, remote[case])
        for case in self.refused | self.parked:
            with self.subTest(case):
                self.assertEqual({"old": "1"}, remote[case].metadata)
        self.assertEqual(len(self.refused), len(once.lines("SKIP")))

    def test_a_metadata_name_that_S3_cannot_have_is_skipped(self):  # noqa: N802
        self.scene.put("o", b"x", **{"x-object-meta-ключ": "1"})
        once = self.scene.run()
        self.assertEqual([], self.scene.keys())
        self.assertTrue(once.lines("SKIP", "no header name"), once.log)


globals().update(on_every_server(Metadata))
