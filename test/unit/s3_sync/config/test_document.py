# SPDX-License-Identifier: Apache-2.0
"""Is everything that is not one JSON object told as what it is?"""

import tempfile
import unittest
from pathlib import Path

from s3_sync.config.document import parse, read


class DocumentTest(unittest.TestCase):
    def test_an_object_is_read_without_problems(self):
        self.assertEqual(
            ({"a": [1, {"b": None}]}, []), parse(b'{"a": [1, {"b": null}]}')
        )

    def test_a_byte_order_mark_is_no_problem(self):
        self.assertEqual(({}, []), parse(b"\xef\xbb\xbf{}"))

    def test_what_is_not_json_is_told_with_line_and_column(self):
        self.assertEqual(
            (None, ["not JSON: line 3, column 1: expecting ',' delimiter"]),
            parse(b'{\n"a": 1\n"b": 2}'),
        )

    def test_other_text_than_json_is_a_problem(self):
        cases = {
            b"": "not JSON: line 1, column 1: expecting value",
            b"{}\n\n\xff": "not JSON: line 3 is not UTF-8",
            b'{"a": NaN}': "not JSON: NaN is not a number in JSON",
            b'{"a": -Infinity}': "not JSON: -Infinity is not a number in JSON",
            b"[" * 100_000: "not a configuration: nested too deeply",
            b"1" * 5000: "not JSON: a number of 5000 digits is too long",
        }
        for content, expected in cases.items():
            with self.subTest(content[:20]):
                self.assertEqual((None, [expected]), parse(content))

    def test_something_else_than_an_object_is_a_problem(self):
        for content, got in {
            b"[]": "a list",
            b"null": "null",
            b"true": "true or false",
            b'"secret"': "a string",
            b"1": "a number",
        }.items():
            with self.subTest(content):
                self.assertEqual(
                    (None, [f"expected an object, got {got}"]), parse(content)
                )

    def test_a_key_that_is_there_twice_is_told_by_its_path(self):
        _, problems = parse(
            b'{"a": [{"k": 1, "x y": {}, "k": 1, "k": 2}], "b": {"k": 1}}'
        )
        self.assertEqual(["a[0].k: the key is there more than once"], problems)

    def test_of_a_key_that_is_there_twice_the_first_is_used(self):
        value, problems = parse(
            b'{"a": {"b": 1, "b": 2}, "a": {"c": 1, "c": 1}}'
        )
        self.assertEqual({"a": {"b": 1}}, value)
        self.assertEqual(
            [
                "a: the key is there more than once",
                "a.b: the key is there more than once",
            ],
            problems,
        )

    def test_half_a_surrogate_pair_is_told_by_its_path(self):
        _, problems = parse(b'{"a": ["\\ud800"], "\\udfff": 1}')
        no_text = "holds half of a surrogate pair, which is not text"
        self.assertEqual(
            [f'["\\udfff"]: {no_text}', f"a[0]: {no_text}"], problems
        )


class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_file_is_read(self):
        path = self.folder / "sync.json"
        path.write_text('{"a": 1}')
        self.assertEqual(({"a": 1}, []), read(path))

    def test_a_missing_file_is_a_problem(self):
        self.assertEqual(
            (None, ["the file does not exist"]), read(self.folder / "none")
        )

    def test_an_unreadable_file_is_a_problem(self):
        self.assertEqual(
            (None, ["the file cannot be read: Is a directory"]),
            read(self.folder),
        )

    def test_an_impossible_name_is_a_problem(self):
        self.assertEqual(
            (None, ["the file cannot be read: no such name is possible"]),
            read(Path("a\x00b")),
        )
