# SPDX-License-Identifier: Apache-2.0
"""What is refused before it is sent, or sent on a condition?"""

import unittest

from s3_sync.errors import Conflict, LimitExceeded
from s3_sync.model.decide import Seen
from test.doubles.canned_s3 import CannedS3, an_error
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, a_site, an_info
from test.unit.s3_sync.stores.storing import HONEST, able, etag, put


class ConditionTest(unittest.TestCase):
    """A PUT that follows a look replaces what was seen, or nothing."""

    def setUp(self):
        self.s3 = CannedS3(lambda sent: etag(sent.body))

    def put(self, seen, rule=HONEST):
        body = MemoryBody(b"bytes")
        self.s3.store(rule).put("x", body, an_info(b"bytes"), seen=seen)
        headers = self.s3.sent[-1].headers
        return headers.get("if-match"), headers.get("if-none-match")

    def test_nothing_seen_is_nothing_replaced(self):
        self.assertEqual((None, "*"), self.put(Seen(None)))

    def test_what_was_seen_is_named_by_its_bare_etag(self):
        seen = Seen(an_info(b"old"))
        self.assertEqual((seen.info.etag, None), self.put(seen))

    def test_without_a_look_there_is_no_condition(self):
        self.assertEqual((None, None), self.put(None))

    def test_a_copy_without_an_etag_cannot_be_named(self):
        seen = Seen(an_info(b"old", etag=""))
        self.assertEqual((None, None), self.put(seen))

    def test_no_condition_goes_where_it_is_not_honoured(self):
        for seen in (Seen(None), Seen(an_info(b"old"))):
            self.assertEqual((None, None), self.put(seen, a_rule()))
        swift = a_rule(site=a_site(provider="swift"))
        self.assertEqual((None, "*"), self.put(Seen(None), swift))
        self.assertEqual((None, None), self.put(Seen(an_info()), swift))

    def test_something_else_by_now_is_a_conflict(self):
        for answer in (
            an_error(412, "PreconditionFailed"),
            an_error(409, "ConditionalRequestConflict"),
            an_error(404, "NoSuchKey"),
        ):
            self.s3.respond = lambda _, a=answer: a
            with self.subTest(answer.status), self.assertRaises(Conflict):
                self.put(Seen(an_info(b"old")))


class LimitTest(unittest.TestCase):
    """What is beyond a limit is told without a request."""

    def setUp(self):
        self.s3 = CannedS3(lambda sent: etag(sent.body))

    def assert_limit(self, reason, rule, name="x", **changes):
        with self.assertRaisesRegex(LimitExceeded, reason):
            put(self.s3, rule=rule, name=name, **changes)
        self.assertEqual([], self.s3.sent)

    def test_metadata_counts_with_our_marks(self):
        marks = put(self.s3).headers
        ours = sum(
            len(name) - len("x-amz-meta-") + len(value)
            for name, value in marks.items()
            if name.startswith("x-amz-meta-")
        )
        metadata = {"a": "b"}
        put(self.s3, rule=able(max_metadata=ours + 2), metadata=metadata)
        self.s3.sent.clear()
        self.assert_limit(
            f"metadata has {ours + 2} bytes, not {ours + 1}",
            able(max_metadata=ours + 1),
            metadata=metadata,
        )

    def test_one_value_can_be_too_long(self):
        rule = able(max_metadata_value=50)
        put(self.s3, rule=rule, metadata={"a": "v" * 50})
        self.s3.sent.clear()
        self.assert_limit(
            "a value .* has 51 bytes, not 50", rule, metadata={"a": "v" * 51}
        )

    def test_one_name_can_be_too_long(self):
        rule = able(max_metadata_name=24)
        put(self.s3, rule=rule, metadata={"n" * 24: "v"})
        self.s3.sent.clear()
        self.assert_limit(
            "a name .* has 25 bytes, not 24", rule, metadata={"n" * 25: "v"}
        )

    def test_a_key_can_be_another_ones_when_it_is_a_path(self):
        rule = able(keys_are_paths=True)
        for name in ("a//b", "/a", "../a", "a/./b", ".", ".."):
            with self.subTest(name):
                self.assert_limit("taken for a path", rule, name=name)
        for name in ("a/b", "a/", ".a", "a..", "..a/b"):
            put(self.s3, rule=rule, name=name)

    def test_a_value_counts_as_it_travels(self):
        rule = able(max_metadata_value=50)
        self.assert_limit("not 50", rule, metadata={"a": "é" * 25})

    def test_a_key_counts_in_bytes(self):
        rule = able(max_key=6)
        put(self.s3, rule=rule, name="éé")
        self.s3.sent.clear()
        self.assert_limit("7 bytes, not 6", rule, name="ééa")

    def test_an_object_can_be_too_large(self):
        self.assert_limit("it has 5 bytes, not 4", able(max_put=4))

    def test_characters_that_no_key_may_have(self):
        google = a_rule(site=a_site(endpoint="https://storage.googleapis.com"))
        self.assert_limit(r"key has '\\n'", google, name="a\nb")
        put(self.s3, rule=google, name="a\tb")

    def test_metadata_that_changes_has_the_same_limits(self):
        info = an_info(b"bytes", metadata={"a": "v" * 2048})
        amazon = a_rule(site=a_site(provider="amazon"))
        with self.assertRaises(LimitExceeded):
            self.s3.store(amazon).post("x", info)
        self.assertEqual([], self.s3.sent)
