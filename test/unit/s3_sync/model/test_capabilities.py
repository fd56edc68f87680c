# SPDX-License-Identifier: Apache-2.0
"""Can a site say of itself only what makes sense?"""

import unittest

from s3_sync.model.capabilities import COLUMNS, overrides


class OverridesTest(unittest.TestCase):
    def test_what_is_given_comes_back_in_the_tables_order(self):
        given = {"versioning": False, "max_key": 255, "max_metadata": None}
        self.assertEqual(
            (("max_metadata", None), ("max_key", 255), ("versioning", False)),
            overrides(given),
        )

    def test_a_column_that_is_not_there_is_an_error_with_a_suggestion(self):
        with self.assertRaisesRegex(
            ValueError, "^max_keys: no such capability; did you mean max_key"
        ):
            overrides({"max_keys": 5})

    def test_a_wrong_value_is_an_error_that_says_what_is_expected(self):
        for name, value, expected in (
            ("put_if_match", 1, "true or false"),
            ("put_if_match", None, "true or false"),
            ("max_key", True, "a whole number of 1 or more"),
            ("max_key", 0, "a whole number of 1 or more"),
            ("max_key", 1.5, "a whole number of 1 or more"),
            ("max_key", "9", "a whole number of 1 or more"),
            ("max_key", None, "a whole number of 1 or more"),
            ("max_metadata", -1, "or null for no limit of ours"),
            ("max_metadata", False, "or null for no limit of ours"),
            ("addressing", "auto", '"path" or "virtual"'),
            ("forbidden_in_keys", ["a"], "a string"),
        ):
            with (
                self.subTest(f"{name}: {value!r}"),
                self.assertRaisesRegex(ValueError, f"^{name}: .*{expected}$"),
            ):
                overrides({name: value})

    def test_every_column_says_what_it_means(self):
        for name, column in COLUMNS.items():
            with self.subTest(name):
                self.assertTrue(column.metadata["says"])
