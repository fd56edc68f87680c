# SPDX-License-Identifier: Apache-2.0
"""Are keys known by both spellings, and told by the file's own?"""

import unittest

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from s3_sync.config.predecessor import FILE_NOT_BUILT, IGNORED, NOT_BUILT
from s3_sync.config.schema import SPELLINGS, FileKeys, RuleKeys, SiteKeys
from s3_sync.config.sections import respelled
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)

KEYS = sorted({*RuleKeys.model_fields, *SiteKeys.model_fields})
KNOWN = {
    *KEYS,
    *FileKeys.model_fields,
    *SPELLINGS,
    *IGNORED,
    *FILE_NOT_BUILT,
    *NOT_BUILT,
}


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

    @settings(deadline=None, max_examples=300)
    @given(st.sampled_from(KEYS), st.data())
    def test_a_letter_that_is_missing_is_told_with_what_was_meant(
        self, key, data
    ):
        drop = data.draw(st.integers(0, len(key) - 1))
        typo = key[:drop] + key[drop + 1 :]
        assume(typo not in KNOWN and len(key) > 4)
        rule = RULE | CLONE | {typo: 1}
        [told] = problems(document(rule))
        self.assertTrue(
            told.startswith(f"containers[0].{typo}: unknown key; did you")
        )

    @settings(deadline=None)
    @given(st.text(max_size=20), st.sampled_from(["file", "rule", "site"]))
    def test_no_other_key_is_ever_taken(self, key, where):
        assume(key not in KNOWN)
        content = {
            "file": lambda: document(**{key: 1}),
            "rule": lambda: document(RULE | {key: 1}),
            "site": lambda: document(sites={"a": CLONE | {key: 1}}),
        }[where]()
        [told] = problems(content)
        self.assertIn(": unknown key", told)
