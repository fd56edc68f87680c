# SPDX-License-Identifier: Apache-2.0
"""Do copies live where the predecessor put them, and never elsewhere?"""

import hashlib
import unittest

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.model.keys import EVERY_CONTAINER, Keys, keys_for

text = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1)
part = text.filter(lambda name: "/" not in name)


class KeysTest(unittest.TestCase):
    def test_the_predecessor_s_buckets_are_taken_over(self):
        for account, container, expected in (
            ("AUTH_test", "archive-s3", "5dcc3"),
            ("verify-auth", "testing-ï", "4dbbd"),
        ):
            with self.subTest(container):
                self.assertEqual(
                    f"{expected}/{account}/{container}/",
                    Keys(account, container).prefix,
                )

    def test_the_hash_has_no_leading_zeros(self):
        hashes = [
            Keys("a", str(number)).prefix.partition("/")[0]
            for number in range(100)
        ]
        self.assertFalse([each for each in hashes if each.startswith("0")])
        self.assertLess(min(map(len, hashes)), 6)

    def test_an_object_s_name_ends_its_key_as_it_is(self):
        self.assertEqual(
            "5dcc3/AUTH_test/archive-s3//a/../ï%2F?#",
            Keys("AUTH_test", "archive-s3").key("/a/../ï%2F?#"),
        )

    def test_a_custom_prefix_replaces_all_before_the_name(self):
        for prefix, expected in (
            ("backup", "backup/o"),
            ("backup/deep", "backup/deep/o"),
            ("", "o"),
        ):
            with self.subTest(prefix):
                self.assertEqual(expected, Keys("a", "c", prefix).key("o"))

    def test_manifests_have_their_own_place(self):
        digest = hashlib.sha256("ï".encode()).hexdigest()
        for prefix, expected in (
            (None, "5dcc3/.manifests/AUTH_test/archive-s3/"),
            ("backup", "backup/.manifests/"),
            ("", ".manifests/"),
        ):
            with self.subTest(prefix):
                keys = Keys("AUTH_test", "archive-s3", prefix)
                self.assertEqual(
                    f"{expected}{digest}.swift_slo_manifest",
                    keys.manifest_key("ï"),
                )
                self.assertEqual((keys.prefix, expected), keys.prefixes)

    @given(part, part, st.none() | text, text)
    def test_a_key_gives_its_name_back(self, account, container, prefix, name):
        keys = Keys(account, container, prefix)
        self.assertEqual(name, keys.name(keys.key(name)))
        self.assertTrue(keys.key(name).startswith(keys.prefix))

    @given(part, part, st.sampled_from([None, "", "p"]), text, text)
    def test_a_name_that_is_not_reserved_is_no_manifest(
        self, account, container, prefix, name, other
    ):
        keys = Keys(account, container, prefix)
        if keys.key(name) == keys.manifest_key(other):
            self.assertTrue(keys.reserved(name))

    def test_names_that_would_lie_among_manifests_are_reserved(self):
        for prefix, name, reserved in (
            ("p", ".manifests/x", True),
            ("", ".manifests/x", True),
            ("", ".manifests", False),
            ("p", "a/.manifests/x", False),
            (None, ".manifests/x", False),
        ):
            with self.subTest(prefix=prefix, name=name):
                self.assertEqual(
                    reserved, Keys("a", "c", prefix).reserved(name)
                )


class KeysForTest(unittest.TestCase):
    def test_one_container_s_rule_uses_the_prefix_as_it_is(self):
        for prefix, expected in (
            (None, Keys("a", "c").key("o")),
            ("p", "p/o"),
            ("", "o"),
        ):
            with self.subTest(prefix):
                keys = keys_for("a", "c", "c", prefix)
                self.assertEqual(expected, keys.key("o"))

    def test_a_rule_for_all_keeps_the_container_in_the_key(self):
        for prefix, expected in (
            (None, Keys("a", "c").key("o")),
            ("p", "p/c/o"),
            ("", "c/o"),
        ):
            with self.subTest(prefix):
                keys = keys_for("a", "c", EVERY_CONTAINER, prefix)
                self.assertEqual(expected, keys.key("o"))

    @given(part, part, st.none() | part, text, text)
    def test_under_a_rule_for_all_no_two_objects_meet(
        self, one, other, prefix, name, other_name
    ):
        here = keys_for("a", one, EVERY_CONTAINER, prefix)
        there = keys_for("a", other, EVERY_CONTAINER, prefix)
        if (one, name) != (other, other_name):
            self.assertNotEqual(here.key(name), there.key(other_name))
