# SPDX-License-Identifier: Apache-2.0
"""Is nothing in a predecessor's file silently ignored?"""

import re
import unittest
from pathlib import Path

from s3_sync.config.predecessor import FILE_NOT_BUILT, IGNORED, NOT_BUILT
from s3_sync.config.schema import SPELLINGS, FileKeys, RuleKeys, SiteKeys
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)

ROOT = Path(__file__).parents[4]


class IgnoredTest(unittest.TestCase):
    def test_keys_without_meaning_are_one_warning_each(self):
        values = {
            "items_chunk": 1000,
            "enumerator_workers": 10,
            "bulk_process": False,
            "migrator_settings": {"segment_size": 5},
            "internal_client_logname": "x",
        }
        config = loaded(document(**values))
        self.assertEqual(set(IGNORED), set(values))
        self.assertEqual(
            [f"{key}: has no effect" for key in values],
            [": ".join(each.split(": ")[:2]) for each in config.warnings],
        )

    def test_they_mean_nothing_whatever_they_are(self):
        self.assertEqual([], problems(document(items_chunk="many")))

    def test_a_file_without_them_has_no_warnings(self):
        self.assertEqual((), loaded(document()).warnings)

    def test_warnings_do_not_make_another_configuration(self):
        self.assertEqual(
            loaded(document()), loaded(document(items_chunk=1000))
        )


class MigrationsTest(unittest.TestCase):
    def test_an_empty_list_is_a_warning(self):
        [warning] = loaded(document(migrations=[])).warnings
        self.assertIn("migrations: ", warning)

    def test_a_migration_is_an_error_that_says_what_is_missing(self):
        for value in ([{"account": "A"}], {}, "x", None):
            with self.subTest(value):
                self.assertEqual(
                    ["migrations: migration is not built yet"],
                    problems(document(migrations=value)),
                )


class NotBuiltTest(unittest.TestCase):
    def test_what_is_not_built_is_an_error_that_says_so(self):
        for key in NOT_BUILT:
            for content in (
                document(RULE | {key: "?"}),
                document(RULE | CLONE | {key: "?"}),
            ):
                [told] = problems(content)
                with self.subTest(key):
                    self.assertRegex(
                        told,
                        rf"^containers\[0\]\.{key}: .* is not built yet$",
                    )

    def test_so_it_is_in_a_site(self):
        site = CLONE | {"encryption": True}
        self.assertEqual(
            ["sites.a.encryption: encryption by request is not built yet"],
            problems(document(sites={"a": site})),
        )

    def test_a_value_that_asks_for_nothing_is_a_warning(self):
        for key, not_built in NOT_BUILT.items():
            for value in not_built.harmless:
                with self.subTest(f"{key} {value!r}"):
                    config = loaded(document(RULE | {key: value}))
                    [warning] = config.warnings
                    self.assertTrue(
                        warning.startswith(f"containers[0].{key}: asks for")
                    )

    def test_types_are_as_strict_as_elsewhere(self):
        for key, value in (
            ("copy_after", False),
            ("copy_after", 0.0),
            ("retain_local", 1),
            ("exclude_pattern", ""),
            ("merge_namespaces", 0),
        ):
            with self.subTest(f"{key} {value!r}"):
                self.assertEqual(
                    1, len(problems(document(RULE | {key: value})))
                )

    def test_archiving_is_never_taken_for_replication(self):
        rule = RULE | {"copy_after": 3600, "retain_local": False}
        self.assertEqual(
            [
                "containers[0].copy_after: archiving is not built yet",
                "containers[0].retain_local: archiving is not built yet",
            ],
            problems(document(rule)),
        )


class TableTest(unittest.TestCase):
    def test_no_key_is_built_and_not_built(self):
        built = {
            *FileKeys.model_fields,
            *RuleKeys.model_fields,
            *SiteKeys.model_fields,
            *SPELLINGS,
        }
        told = {*IGNORED, *FILE_NOT_BUILT, *NOT_BUILT}
        self.assertEqual(set(), built & told)

    def test_all_of_them_are_documented(self):
        text = (ROOT / "docs/configuration.md").read_text()
        section = text.split("\n## Coming from the predecessor\n")[1]
        documented = set(re.findall(r"`([a-z_0-9]+)`", section))
        told = {*IGNORED, *FILE_NOT_BUILT, *NOT_BUILT}
        self.assertEqual(set(), told - documented)
