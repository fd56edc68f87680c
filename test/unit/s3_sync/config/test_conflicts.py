# SPDX-License-Identifier: Apache-2.0
"""Are rules told that would write each other's keys, and no others?"""

import re
import unittest
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.config import Rule, Site
from s3_sync.config.conflicts import conflicts
from s3_sync.model.keys import Keys, keys_for
from test.unit.s3_sync.config.written import CLONE, document, problems

HERE = Site("https://here")
THERE = Site("https://there")
HASH = Keys("A", "c").prefix.split("/")[0]
OTHER_HASH = "0" if HASH != "0" else "1"


def _rule(container="c", prefix=None, account="A", bucket="bucket", site=HERE):
    return Rule(account, container, bucket, site, prefix)


def _meet(*rules):
    return conflicts(
        {f"containers[{i}]": rule for i, rule in enumerate(rules)}
    )


class ConflictTest(unittest.TestCase):
    def test_rules_that_write_the_same_keys_conflict(self):
        for name, one, two in (
            ("the same rule", _rule(), _rule()),
            ("the same prefix", _rule("c", "p"), _rule("d", "p")),
            ("a folder of it", _rule("c", "p"), _rule("d", "p/q")),
            ("its manifests", _rule("c", "p"), _rule("d", "p/.manifests")),
            ("the root twice", _rule("c", ""), _rule("d", "")),
            ("the root, a prefix", _rule("c", ""), _rule("d", "p")),
            ("the root, a container", _rule("c", ""), _rule("d")),
            ("the root, all", _rule("c", ""), _rule("/*")),
            ("the root for all, a container", _rule("/*", ""), _rule("c")),
            ("all, one of them", _rule("/*"), _rule()),
            ("all twice", _rule("/*"), _rule("/*")),
            ("all twice, one prefix", _rule("/*", "p"), _rule("/*", "p")),
            (
                "all under a prefix, a folder",
                _rule("/*", "p"),
                _rule("c", "p/c"),
            ),
            (
                "all under it, another account's",
                _rule("/*", "p"),
                _rule("/*", "p", "B"),
            ),
            ("a container's hash", _rule(), _rule("d", HASH)),
            ("a container's folder", _rule(), _rule("d", f"{HASH}/A/c")),
            ("below that folder", _rule(), _rule("d", f"{HASH}/A/c/x")),
            (
                "a container's manifests",
                _rule(),
                _rule("d", f"{HASH}/.manifests"),
            ),
            ("all, any hash", _rule("/*"), _rule("d", "abc")),
            ("all, any hash's account", _rule("/*"), _rule("d", "abc/A")),
            (
                "all, any hash's manifests",
                _rule("/*"),
                _rule("d", "0/.manifests"),
            ),
            (
                "all, account's manifests",
                _rule("/*"),
                _rule("d", "0/.manifests/A"),
            ),
            ("all, one's folder", _rule("/*"), _rule("d", f"{HASH}/A/c")),
            (
                "all, below one's folder",
                _rule("/*"),
                _rule("d", f"{HASH}/A/c/x"),
            ),
            (
                "all, one's manifests",
                _rule("/*"),
                _rule("d", f"{HASH}/.manifests/A/c"),
            ),
            ("all, all of a prefix", _rule("/*"), _rule("/*", "abc", "B")),
        ):
            expected = [
                "containers[1]: writes the same keys as containers[0],"
                " in bucket bucket at here"
            ]
            with self.subTest(name):
                self.assertEqual(expected, _meet(one, two))
                self.assertEqual(expected, _meet(two, one))

    def test_rules_that_write_other_keys_do_not(self):
        for name, one, two in (
            ("containers", _rule("c"), _rule("d")),
            ("accounts", _rule(), _rule(account="B")),
            ("accounts, all", _rule("/*"), _rule("/*", account="B")),
            ("all, another account's", _rule("/*"), _rule(account="B")),
            ("prefixes", _rule("c", "p"), _rule("d", "q")),
            ("prefixes that begin alike", _rule("c", "p"), _rule("d", "pq")),
            ("a prefix, a hash", _rule("c", "p"), _rule("d")),
            ("all, no hash", _rule("/*"), _rule("d", "photos")),
            ("all, seven digits", _rule("/*"), _rule("d", "abcdef0")),
            ("all, a hash with zeros", _rule("/*"), _rule("d", "0abc")),
            ("all, upper case", _rule("/*"), _rule("d", "ABC")),
            ("all, other account's folder", _rule("/*"), _rule("d", "abc/B")),
            (
                "all, other's manifests",
                _rule("/*"),
                _rule("d", "abc/.manifests/B"),
            ),
            (
                "all, a wrong hash",
                _rule("/*"),
                _rule("d", f"{OTHER_HASH}/A/c"),
            ),
            ("buckets", _rule(), _rule(bucket="other")),
            ("sites", _rule(), _rule(site=THERE)),
        ):
            with self.subTest(name):
                self.assertEqual([], _meet(one, two))
                self.assertEqual([], _meet(two, one))

    def test_one_container_goes_to_many_places(self):
        rules = [
            _rule(),
            _rule(bucket="other"),
            _rule(site=THERE),
            _rule("c", "p"),
        ]
        self.assertEqual([], _meet(*rules))

    def test_a_rule_does_not_meet_itself(self):
        for rule in (_rule(), _rule("/*"), _rule("c", ""), _rule("/*", "0/A")):
            with self.subTest(rule.name):
                self.assertEqual([], _meet(rule))

    def test_each_rule_that_conflicts_is_told_by_path(self):
        told = _meet(_rule("x"), _rule(), _rule("y"), _rule(), _rule("/*", ""))
        self.assertEqual(
            ["containers[3]", "containers[4]"],
            sorted({each.partition(":")[0] for each in told}),
        )

    def test_rules_of_other_buckets_between_them_change_nothing(self):
        told = _meet(
            _rule(), _rule(bucket="aaa"), _rule(bucket="zzz"), _rule()
        )
        self.assertEqual(1, len(told))

    def test_a_thousand_equal_rules_are_told_once_each(self):
        self.assertEqual(999, len(_meet(*[_rule()] * 1000)))
        self.assertEqual(999, len(_meet(*[_rule("/*")] * 1000)))


class SiteTest(unittest.TestCase):
    RULE = {"account": "A", "container": "c", "bucket": "bucket"}  # noqa: RUF012 (a constant)

    def test_two_sites_that_are_one_endpoint_are_one_place(self):
        for one, two in (
            ("https://s3.example.com", "HTTPS://S3.example.com:443/"),
            ("http://h.localhost:80", "http://H.localhost"),
            ("http://[::1]", "http://[0::1]:80/"),
        ):
            with self.subTest((one, two)):
                sites = {
                    "a": CLONE | {"endpoint": one},
                    "b": CLONE | {"endpoint": two, "region": "r"},
                }
                rules = [self.RULE | {"site": "a"}, self.RULE | {"site": "b"}]
                [told] = problems(document(*rules, sites=sites))
                self.assertTrue(
                    told.startswith(
                        "containers[1]: writes the same keys as containers[0]"
                    )
                )

    def test_a_site_and_the_same_inline_are_one_place(self):
        rules = [self.RULE | {"site": "a"}, self.RULE | CLONE]
        self.assertEqual(
            1, len(problems(document(*rules, sites={"a": CLONE})))
        )

    def test_all_of_amazon_is_one_place(self):
        for keys in (
            {"endpoint": "https://s3.amazonaws.com"},
            {"endpoint": "https://s3.eu-west-1.amazonaws.com"},
            {"region": "eu-west-1"},
            {"identity": "i", "secret": "s"},
        ):
            with self.subTest(keys):
                told = problems(document(self.RULE, self.RULE | keys))
                self.assertEqual(1, len(told))

    def test_another_port_is_another_place(self):
        rules = [
            self.RULE | CLONE,
            self.RULE | CLONE | {"endpoint": "https://s3.example.com:444"},
        ]
        self.assertEqual([], problems(document(*rules)))


def _prefixes(rule):
    """Return the prefixes of a rule in a world of three containers."""
    names = "cde" if rule.all_containers else rule.container
    for name in names:
        keys = keys_for(rule.account, name, rule.container, rule.custom_prefix)
        yield from keys.prefixes


def _overlap(one, two):
    return any(
        a.startswith(b) or b.startswith(a)
        for a in _prefixes(one)
        for b in _prefixes(two)
    )


PREFIXES = st.none() | st.sampled_from(
    [
        "",
        "p",
        "p/c",
        "p/c/x",
        "p/.manifests",
        "pp",
        HASH,
        f"{HASH}/A",
        f"{HASH}/A/c",
        f"{HASH}/.manifests/A/c",
    ]
)
RULES = st.builds(
    _rule,
    container=st.sampled_from(["c", "d", "/*"]),
    prefix=PREFIXES,
    account=st.sampled_from("AB"),
)


class ComparisonTest(unittest.TestCase):
    @given(st.lists(RULES, max_size=6))
    def test_whatever_meets_in_a_world_of_three_containers_is_told(
        self, rules
    ):
        told = _meet(*rules)
        met = {i for line in told for i in map(int, _numbers(line))}
        for pair in combinations(range(len(rules)), 2):
            if _overlap(rules[pair[0]], rules[pair[1]]):
                self.assertTrue(met & set(pair), (pair, told))

    @given(
        st.lists(
            RULES.filter(lambda rule: not rule.all_containers), max_size=6
        )
    )
    def test_nothing_is_told_of_named_containers_that_do_not_meet(self, rules):
        for line in _meet(*rules):
            second, first = map(int, _numbers(line))
            self.assertTrue(_overlap(rules[first], rules[second]), line)


def _numbers(line):
    return re.findall(r"containers\[(\d+)\]", line)
