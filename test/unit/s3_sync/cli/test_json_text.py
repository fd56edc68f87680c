# SPDX-License-Identifier: Apache-2.0
"""Is it the JSON that the standard library would print, piece by piece?"""

import json
import unittest

from s3_sync.cli.json_text import pieces


class PiecesTest(unittest.TestCase):
    def test_it_is_what_json_prints(self):
        for value in (
            {},
            [],
            None,
            'é " \n',
            {"a": 1, "b": [], "c": {}, "d": [True, None, 1.5, "x"]},
            [{"a": [{"b": "c"}, [1, [2]]]}],
        ):
            with self.subTest(value):
                expected = json.dumps(value, indent=2)
                self.assertEqual(expected, "".join(pieces(value)))

    def test_any_iterable_is_a_list(self):
        text = "".join(pieces({"a": map(str, (1, 2)), "b": iter(())}))
        self.assertEqual({"a": ["1", "2"], "b": []}, json.loads(text))

    def test_items_are_asked_for_when_they_are_due(self):
        asked = []

        def items():
            for number in range(10**9):
                asked.append(number)
                yield {"number": number}

        text = pieces(items())
        while len(asked) < 3:
            next(text)
        self.assertEqual([0, 1, 2], asked)
