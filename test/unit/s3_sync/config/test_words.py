# SPDX-License-Identifier: Apache-2.0
"""Are problems told in our words?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.config.schema import FileKeys, RuleKeys, SiteKeys, SyslogKeys
from s3_sync.config.words import (
    TRANSLATIONS,
    found,
    member,
    suggestion,
    translate,
)
from test.unit.s3_sync.config.written import CLONE, RULE, document, problems

# By pydantic's name: a key with a value that meets the error, and our words.
MET = {
    "missing": ({"containers": None}, "containers: required, but not there"),
    "string_type": ({"swift_dir": 5}, "swift_dir: expected a string, got 5"),
    "string_too_short": (
        {"syslog": {"host": ""}},
        "syslog.host: expected a string that is not empty",
    ),
    "bool_type": (
        {"containers": [RULE | {"propagate_delete": 1}]},
        "containers[0].propagate_delete: expected true or false, got 1",
    ),
    "int_type": (
        {"workers": "9"},
        'workers: expected a whole number, got "9"',
    ),
    "float_type": (
        {"poll_interval": True},
        "poll_interval: expected a number, got true",
    ),
    "finite_number": (
        {"poll_interval": 1e999},
        "poll_interval: expected a finite number, got Infinity",
    ),
    "greater_than": (
        {"poll_interval": 0},
        "poll_interval: expected more than 0, got 0",
    ),
    "greater_than_equal": (
        {"workers": 0},
        "workers: expected 1 or more, got 0",
    ),
    "less_than_equal": (
        {"workers": 1025},
        "workers: expected 1024 or less, got 1025",
    ),
    "literal_error": (
        {"syslog": {"proto": "tls"}},
        "syslog.proto: expected 'udp' or 'tcp', got \"tls\"",
    ),
    "list_type": (
        {"containers": {}},
        "containers: expected a list, got an object",
    ),
    "too_short": (
        {"containers": []},
        "containers: expected at least one entry",
    ),
    "dict_type": ({"sites": []}, "sites: expected an object, got a list"),
    "value_error": (
        {"status_dir": "relative"},
        "status_dir: expected an absolute path",
    ),
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["env", "file", "port"]), inner, max_size=2
        )
    ),
    max_leaves=3,
)


def _document(keys):
    content = document() | keys
    return {key: value for key, value in content.items() if value is not None}


class WordsTest(unittest.TestCase):
    def test_every_translation_is_met_by_some_value(self):
        self.assertEqual(set(TRANSLATIONS), set(MET))

    def test_each_kind_of_error_is_told_in_our_words(self):
        for kind, (keys, expected) in MET.items():
            with self.subTest(kind):
                self.assertEqual([expected], problems(_document(keys)))

    def test_a_kind_of_error_that_nobody_knows_is_still_told(self):
        self.assertEqual(
            "not valid: got 5", translate("new_in_pydantic", {}, "5")
        )

    @given(st.data())
    def test_no_value_of_any_key_meets_an_error_without_translation(
        self, data
    ):
        schema = data.draw(
            st.sampled_from([FileKeys, RuleKeys, SiteKeys, SyslogKeys])
        )
        key = data.draw(st.sampled_from(sorted(schema.model_fields)))
        keys = {key: data.draw(JSON)}
        content = {
            FileKeys: document() | keys,
            RuleKeys: document(RULE | keys),
            SiteKeys: document(sites={"a": CLONE | keys}),
            SyslogKeys: document(syslog=keys),
        }[schema]
        told = " ".join(problems(content))
        for jargon in ("not valid", "Input should", "Value error", "pydantic"):
            self.assertNotIn(jargon, told)

    def test_a_value_is_shown_as_the_file_has_it(self):
        cases = [
            (5, "5"),
            (True, "true"),
            ("a\nb", '"a\\nb"'),
            (None, "null"),
            ([1], "a list"),
            ({}, "an object"),
        ]
        for value, expected in cases:
            with self.subTest(expected):
                self.assertEqual(expected, found(value))

    def test_a_long_value_is_cut(self):
        self.assertEqual('"' + "a" * 58 + "…", found("a" * 1000))

    def test_only_the_kind_is_shown_of_what_may_be_secret(self):
        self.assertEqual("a string", found("hush", kind=True))
        self.assertEqual("a number", found(5, kind=True))
        self.assertEqual("true or false", found(True, kind=True))

    def test_a_path_quotes_odd_keys(self):
        self.assertEqual("a", member("", "a"))
        self.assertEqual("a.b-c", member("a", "b-c"))
        self.assertEqual('a["b.c"]', member("a", "b.c"))
        self.assertEqual('a["\\n"]', member("a", "\n"))

    def test_a_known_key_that_looks_alike_is_suggested(self):
        known = ["bucket", "account"]
        self.assertEqual(
            "; did you mean bucket?", suggestion("Buckett", known)
        )
        self.assertEqual("", suggestion("statsd_host", known))
