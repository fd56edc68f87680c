# SPDX-License-Identifier: Apache-2.0
"""Are keys known by both spellings, and told by the file's own?"""

import unittest

from s3_sync.config.schema import SPELLINGS
from s3_sync.config.sections import respelled
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)


class SpellingTest(unittest.TestCase):
    def test_the_predecessors_spellings_mean_the_same_in_a_rule(self):
        ours = RULE | CLONE | {"session_token": "t"}
        theirs = {
            {our: their for their, our in SPELLINGS.items()}.get(
                key, key
            ): value
            for key, value in ours.items()
        }
        self.assertIn("aws_session_token", theirs)
        self.assertEqual(
            loaded(document(ours)).rules, loaded(document(theirs)).rules
        )

    def test_the_predecessors_spellings_mean_the_same_in_a_site(self):
        theirs = {f"aws_{key}": value for key, value in CLONE.items()}
        sites = loaded(document(sites={"a": CLONE, "b": theirs})).sites
        self.assertEqual(sites["a"], sites["b"])

    def test_both_spellings_of_one_key_are_a_problem(self):
        rule = RULE | {"aws_bucket": "bucket"}
        self.assertEqual(
            ["containers[0].aws_bucket: bucket says the same; keep one"],
            problems(document(rule)),
        )
        site = CLONE | {"aws_secret": "s"}
        self.assertEqual(
            ["sites.a.aws_secret: secret says the same; keep one"],
            problems(document(sites={"a": site})),
        )

    def test_a_problem_is_told_in_the_files_spelling(self):
        rule = {"account": "a", "container": "c", "aws_bucket": 5}
        self.assertEqual(
            ["containers[0].aws_bucket: expected a string, got 5"],
            problems(document(rule)),
        )

    def test_a_section_prints_no_values(self):
        section, _ = respelled("containers[0]", {"secret": "hush"})
        self.assertNotIn("hush", repr(section))


class UnknownKeyTest(unittest.TestCase):
    def test_the_nearest_key_is_suggested(self):
        for key, near in {
            "buckett": "bucket",
            "aws_buket": "aws_bucket",
            "Secret": "secret",
            "REGION": "region",
            "custom-prefix": "custom_prefix",
        }.items():
            with self.subTest(key):
                self.assertEqual(
                    [
                        f"containers[0].{key}: unknown key;"
                        f" did you mean {near}?"
                    ],
                    problems(document(RULE | {key: "hush"})),
                )

    def test_a_site_has_no_keys_of_a_rule(self):
        self.assertEqual(
            [
                "sites.a.bucket: unknown key",
                "sites.a.aws_secrets: unknown key; did you mean aws_secret?",
            ],
            problems(
                document(
                    sites={"a": CLONE | {"bucket": "b", "aws_secrets": 1}}
                )
            ),
        )
