# SPDX-License-Identifier: Apache-2.0
"""Is what belongs to another protocol told, and what a Swift site lacks?"""

import unittest

from s3_sync.config.protocols import ONLY_S3, ONLY_SWIFT, foreign
from s3_sync.config.schema import RuleKeys, SiteKeys
from test.unit.s3_sync.config.written import (
    CLONE,
    RULE,
    document,
    loaded,
    problems,
)

SWIFT = {
    "protocol": "swift",
    "endpoint": "https://swift.example.com:8080/auth/v1.0/",
    "identity": "photos:me",
    "secret": "hush",
}
V3 = SWIFT | {
    "auth_type": "keystone_v3",
    "endpoint": "https://keystone:5000/v3",
    "project_name": "photos",
    "project_domain_name": "Default",
    "user_domain_name": "Users",
}
SOURCE = {"account": "AUTH_a", "container": "c"}
EVERY = {"account": "AUTH_a", "container": "/*"}


def rule_of(**keys):
    return loaded(document(SOURCE | SWIFT | keys)).rules[0]


class SwiftRuleTest(unittest.TestCase):
    def test_the_smallest_rule_goes_to_the_container_of_the_same_name(self):
        rule = rule_of()
        self.assertTrue(rule.to_swift)
        self.assertEqual("c", rule.remote_container("c"))
        self.assertEqual(
            "https://swift.example.com:8080/auth/v1.0", rule.site.endpoint
        )
        self.assertEqual("AUTH_a/c → c at swift.example.com:8080", rule.name)

    def test_the_predecessors_spellings_mean_the_same(self):
        old = {
            "aws_bucket": "d",
            "aws_endpoint": SWIFT["endpoint"],
            "aws_identity": "photos:me",
            "aws_secret": "hush",
            "protocol": "swift",
            "remote_account": "AUTH_other",
        }
        rule = loaded(document(SOURCE | old)).rules[0]
        self.assertEqual("d", rule.remote_container("c"))
        self.assertEqual("AUTH_other", rule.remote_account)

    def test_for_all_containers_bucket_is_what_their_names_begin_with(self):
        rule = rule_of(container="/*", bucket="copy-")
        self.assertEqual("copy-x", rule.remote_container("x"))
        self.assertEqual("x", rule_of(container="/*").remote_container("x"))

    def test_a_container_may_be_named_as_no_bucket_may(self):
        self.assertEqual("é ü", rule_of(bucket="é ü").bucket)
        self.assertEqual(
            ['containers[0].bucket: expected a name without "/" and NUL'],
            problems(document(SOURCE | SWIFT | {"bucket": "a/b"})),
        )

    def test_keystone_keeps_its_keys(self):
        site = rule_of(**V3, region="north", endpoint_type="admin").site
        self.assertEqual(
            ("keystone_v3", "photos", "Default", "Users", "north", "admin"),
            (
                site.auth_type,
                site.project_name,
                site.project_domain_name,
                site.user_domain_name,
                site.region,
                site.endpoint_type,
            ),
        )

    def test_without_a_region_there_is_none(self):
        self.assertIsNone(rule_of().site.region)

    def test_the_rules_of_s3_keep_their_ids(self):
        rule = loaded(document(RULE | CLONE)).rules[0]
        self.assertEqual("5b70fab8864acf09", rule.id)

    def test_another_account_is_another_rule(self):
        ids = {
            rule_of().id,
            rule_of(remote_account="AUTH_x").id,
            rule_of(identity="other:me").id,
            rule_of(bucket="d").id,
        }
        self.assertEqual(4, len(ids))

    def test_another_user_of_the_account_is_the_same_rule(self):
        self.assertEqual(rule_of().id, rule_of(identity="photos:you").id)


class ProblemsTest(unittest.TestCase):
    def _told(self, keys, rule=SOURCE):
        return problems(document(rule | keys))

    def test_a_site_without_a_login_is_told_all_that_it_lacks(self):
        self.assertEqual(
            [
                f"containers[0].{key}: required with the protocol swift"
                for key in ("endpoint", "identity", "secret")
            ],
            self._told({"protocol": "swift"}),
        )

    def test_keystone_needs_a_project_and_domains(self):
        for how, keys in (
            ("keystone_v2", ["tenant_name"]),
            (
                "keystone_v3",
                ["project_name", "project_domain_name", "user_domain_name"],
            ),
        ):
            with self.subTest(how):
                self.assertEqual(
                    [
                        f"containers[0].{key}: required with auth_type {how}"
                        for key in keys
                    ],
                    self._told(SWIFT | {"auth_type": how}),
                )

    def test_what_only_s3_has_is_an_error_for_swift(self):
        for key, value in (
            ("session_token", "x"),
            ("addressing", "path"),
            ("custom_prefix", "x"),
        ):
            with self.subTest(key):
                self.assertEqual(
                    [
                        f"containers[0].{key}: has no meaning with the"
                        " protocol swift"
                    ],
                    self._told(SWIFT | {key: value}),
                )

    def test_what_only_swift_has_is_an_error_for_s3(self):
        for key in ("tenant_name", "remote_account", "storage_policy"):
            with self.subTest(key):
                self.assertEqual(
                    [
                        f"containers[0].{key}: has no meaning with the"
                        " protocol s3"
                    ],
                    self._told({key: "x"}, RULE | CLONE),
                )

    def test_s3_needs_a_bucket(self):
        for keys in (CLONE, {}):
            self.assertEqual(
                ["containers[0].bucket: required, but not there"],
                self._told(keys),
            )

    def test_an_endpoint_of_s3_has_no_path(self):
        keys = CLONE | {"endpoint": "https://h/auth"}
        self.assertEqual(
            ["containers[0].endpoint: expected a URL without a path"],
            self._told(keys, RULE),
        )

    def test_the_lists_name_keys_that_exist(self):
        known = {*SiteKeys.model_fields, *RuleKeys.model_fields}
        self.assertLessEqual(ONLY_S3 | ONLY_SWIFT, known)
        self.assertFalse(foreign("s3") & foreign("swift"))


class ConflictTest(unittest.TestCase):
    def _meet(self, one, two):
        return [
            line.partition(",")[0]
            for line in problems(document(one, two))
            if "writes the same keys" in line
        ]

    def test_rules_into_one_container_conflict(self):
        other = {"account": "AUTH_b", "container": "d"}
        for name, one, two in (
            ("twice", SOURCE | SWIFT, SOURCE | SWIFT),
            ("one by name", SOURCE | SWIFT, other | SWIFT | {"bucket": "c"}),
            ("a container, all", SOURCE | SWIFT, EVERY | SWIFT),
            ("all twice", EVERY | SWIFT, EVERY | SWIFT | {"bucket": "x-"}),
            (
                "all with prefixes",
                EVERY | SWIFT | {"bucket": "x-"},
                EVERY | SWIFT | {"bucket": "x-y-"},
            ),
            (
                "the account by its name",
                SOURCE | SWIFT,
                SOURCE | SWIFT | {"remote_account": "AUTH_photos"},
            ),
            (
                "another user",
                SOURCE | SWIFT,
                SOURCE | SWIFT | {"identity": "photos:you"},
            ),
            ("Keystone", SOURCE | V3, SOURCE | V3 | {"identity": "you"}),
        ):
            with self.subTest(name):
                told = ["containers[1]: writes the same keys as containers[0]"]
                self.assertEqual(told, self._meet(one, two))
                self.assertEqual(told, self._meet(two, one))

    def test_rules_into_other_containers_do_not(self):
        for name, one, two in (
            ("other containers", {}, {"bucket": "d"}),
            ("a name that begins alike", {}, {"bucket": "cc"}),
            ("accounts", {}, {"remote_account": "AUTH_x"}),
            ("tenants", {}, {"identity": "other:me"}),
            ("hosts", {}, {"endpoint": "https://h/auth/v1.0"}),
            ("regions", {"region": "a"}, {"region": "b"}),
            (
                "prefixes",
                {"container": "/*", "bucket": "x-"},
                {"container": "/*", "bucket": "y-"},
            ),
            (
                "outside of a prefix",
                {},
                {"container": "/*", "bucket": "x-"},
            ),
        ):
            with self.subTest(name):
                self.assertEqual(
                    [],
                    self._meet(SOURCE | SWIFT | one, SOURCE | SWIFT | two),
                )

    def test_s3_and_swift_on_one_host_are_two_places(self):
        s3 = CLONE | {"endpoint": "https://swift.example.com:8080"}
        self.assertEqual(
            [], self._meet(SOURCE | SWIFT, SOURCE | s3 | {"bucket": "ccc"})
        )

    def test_the_message_names_a_container(self):
        [told] = problems(document(SOURCE | SWIFT, SOURCE | SWIFT))
        self.assertTrue(
            told.endswith("in container c at swift.example.com:8080"), told
        )
