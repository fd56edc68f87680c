# SPDX-License-Identifier: Apache-2.0
"""Does a policy allow what a rule does, and nothing else?"""

import json
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from s3_sync.model.keys import EVERY_CONTAINER, keys_for
from s3_sync.model.policy import need_of, policy
from test.doubles.iam import Wish, allows

NAMES = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="/\x00"),
    min_size=1,
    max_size=12,
)
PREFIXES = st.none() | st.sampled_from(["", "p", "a/b", "${*}", "é*?"])
OBJECT = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]


def of(account="A", container="c", prefix=None, *, deletes=True):
    """Return the policy of one rule for the bucket "b"."""
    need = need_of(account, container, prefix, deletes=deletes)
    return policy("b", [need], "aws")


class OwnKeysTest(unittest.TestCase):
    @settings(deadline=None)
    @given(NAMES, NAMES, PREFIXES, st.booleans(), NAMES)
    def test_a_rule_may_do_all_that_it_does(
        self, account, container, prefix, every, name
    ):
        rule = EVERY_CONTAINER if every else container
        found = of(account, rule, prefix)
        keys = keys_for(account, container, rule, prefix)
        for key in (keys.key(name), keys.manifest_key(name)):
            for action in OBJECT:
                self.assertTrue(allows(found, Wish(action, "b", key)))
        for folder in keys.prefixes:
            wish = Wish("s3:ListBucket", "b", prefix=folder)
            self.assertTrue(allows(found, wish))

    @settings(deadline=None)
    @given(NAMES, NAMES, st.booleans(), NAMES)
    def test_a_policy_is_json_that_iam_can_read(
        self, account, container, every, prefix
    ):
        rule = EVERY_CONTAINER if every else container
        for found in (of(account, rule), of(account, rule, prefix)):
            text = json.dumps(found, ensure_ascii=False)
            self.assertTrue(all(" " <= each <= "\xff" for each in text))
            self.assertEqual(found, json.loads(json.dumps(found)))


class OtherKeysTest(unittest.TestCase):
    def assert_denied(self, found, *keys):
        for key in keys:
            for action in OBJECT:
                with self.subTest(f"{action} {key}"):
                    self.assertFalse(allows(found, Wish(action, "b", key)))
            folder = key.rpartition("/")[0] + "/"
            wish = Wish("s3:ListBucket", "b", prefix=folder)
            self.assertFalse(allows(found, wish), folder)

    def test_a_container_is_not_its_neighbour(self):
        keys = keys_for("A", "c", "c", None)
        self.assert_denied(
            of(),
            keys.key("x").replace("/c/", "/cc/"),
            keys.key("x").replace("/A/", "/AA/"),
            keys.manifest_key("x").replace("/c/", "/d/"),
            f"other/{keys.key('x')}",
            "x",
        )

    def test_a_custom_prefix_is_a_folder(self):
        self.assert_denied(of(prefix="p"), "pp/x", "x", "q/p/x")
        self.assert_denied(of(container="/*", prefix="p"), "pp/x", "q/x")

    def test_an_account_is_not_another(self):
        keys = keys_for("B", "c", "/*", None)
        self.assert_denied(
            of(container="/*"), keys.key("x"), "photos-of-A/A/x", "A/x"
        )

    def test_wildcards_in_names_are_letters(self):
        self.assert_denied(
            of("A", "c*"),
            keys_for("A", "c*", "c*", None).key("x").replace("*", "d"),
        )
        self.assert_denied(of(prefix="p?"), "pq/x")
        self.assert_denied(of(prefix="${*}"), "anything/x")

    def test_another_bucket_is_not_ours(self):
        key = keys_for("A", "c", "c", None).key("x")
        self.assertFalse(allows(of(), Wish("s3:PutObject", "bb", key)))

    def test_nobody_lists_the_whole_bucket_without_a_prefix(self):
        self.assertFalse(allows(of(), Wish("s3:ListBucket", "b")))
        self.assertFalse(allows(of(), Wish("s3:ListBucket", "b", prefix="")))


class LeastTest(unittest.TestCase):
    def test_who_does_not_propagate_deletes_may_not_delete(self):
        found = of(deletes=False)
        key = keys_for("A", "c", "c", None).key("x")
        self.assertTrue(allows(found, Wish("s3:PutObject", "b", key)))
        self.assertNotIn("Delete", json.dumps(found))

    def test_rules_of_one_bucket_keep_their_own_rights(self):
        found = policy(
            "b",
            [
                need_of("A", "c", None, deletes=True),
                need_of("A", "d", None, deletes=False),
            ],
            "aws",
        )
        for container, expected in (("c", True), ("d", False)):
            key = keys_for("A", container, container, None).key("x")
            wish = Wish("s3:DeleteObject", "b", key)
            self.assertEqual(expected, allows(found, wish))
            self.assertTrue(allows(found, Wish("s3:PutObject", "b", key)))

    def test_nothing_changes_the_bucket_itself(self):
        for container in ("c", "/*"):
            text = json.dumps(of(container=container))
            for never in (
                "s3:*",
                "PutBucket",
                "DeleteBucket",
                "ObjectVersion",
                "ListAllMyBuckets",
            ):
                self.assertNotIn(never, text)

    def test_the_whole_bucket_is_listed_without_a_condition(self):
        found = of(prefix="")
        self.assertTrue(allows(found, Wish("s3:ListBucket", "b", prefix="")))
        self.assertTrue(allows(found, Wish("s3:PutObject", "b", "x")))

    def test_resources_are_named_in_their_part_of_the_world(self):
        need = need_of("A", "c", None, deletes=True)
        text = json.dumps(policy("b", [need], "aws-cn"))
        self.assertIn("arn:aws-cn:s3:::b/", text)
        self.assertNotIn("arn:aws:s3", text)

    def test_letters_that_cannot_be_spelt_are_one_wildcard(self):
        [first, *_] = need_of("A", "a✓✓b✓*", None, deletes=True).patterns
        self.assertTrue(first.endswith("/A/a*b*${*}/*"), first)

    def test_each_statement_has_a_name_of_its_own(self):
        found = policy(
            "b",
            [
                need_of("A", "c", None, deletes=True),
                need_of("A", "d", None, deletes=False),
            ],
            "aws",
        )
        names = [each["Sid"] for each in found["Statement"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(name.isalnum() for name in names))

    def test_a_name_that_cannot_be_spelt_is_told(self):
        for account, container, prefix, expected in (
            ("A", "c é", None, True),
            ("A", "✓", None, False),
            ("A\n", "c", None, False),
            ("A", "✓", "p", True),
            ("A", "c", "✓", False),
            ("A", "/*", None, True),
        ):
            with self.subTest((account, container, prefix)):
                need = need_of(account, container, prefix, deletes=True)
                self.assertEqual(expected, need.exact)
