# SPDX-License-Identifier: Apache-2.0
"""What does S3 never get to read: what it could not keep, and secrets?"""

import unittest

from s3_sync.errors import LimitExceeded
from test.doubles.canned_s3 import Answer, CannedS3, an_error
from test.doubles.rules import SECRETS, a_rule, a_site, an_info
from test.unit.s3_sync.stores.test_s3 import etag, put


class LimitTest(unittest.TestCase):
    def setUp(self):
        self.s3 = CannedS3(lambda sent: etag(sent.body))

    def _refused(self, reason, rule=None, name="x", **changes):
        with self.assertRaisesRegex(LimitExceeded, reason):
            put(self.s3, rule=rule, name=name, **changes)
        self.assertEqual([], self.s3.sent)

    def test_a_key_may_have_1024_bytes_not_characters(self):
        put(self.s3, name="é" * 511)
        self.s3.sent.clear()
        self._refused("1026 bytes", name="é" * 512)

    def test_amazon_takes_2048_bytes_of_metadata_with_ours(self):
        rule = a_rule(site=a_site(endpoint=None))
        self._refused("metadata has", rule, metadata={"a": "x" * 2000})

    def test_others_are_left_to_say_what_they_take(self):
        put(self.s3, metadata={"a": "x" * 2000})
        self.assertEqual(1, len(self.s3.sent))

    def test_their_refusal_counts_as_the_limit(self):
        for code in ("MetadataTooLarge", "KeyTooLongError", "EntityTooLarge"):
            with self.subTest(code), self.assertRaises(LimitExceeded):
                self.s3.respond = lambda _, c=code: an_error(400, c)
                put(self.s3)

    def test_five_gib_is_the_most_for_one_put(self):
        self._refused("bytes", size=5 * 1024**3 + 1)

    def test_a_metadata_name_that_is_no_header_name_is_named(self):
        self._refused("no header name", metadata={"a é": "x"})

    def test_a_name_among_the_manifests_is_refused(self):
        self._refused("manifests", name=".manifests/x")

    def test_limits_hold_for_post_too(self):
        rule = a_rule(site=a_site(endpoint=None))
        info = an_info(metadata={"a": "x" * 2000})
        with self.assertRaises(LimitExceeded):
            self.s3.store(rule).post("x", info)
        self.assertEqual([], self.s3.sent)


class SecretsTest(unittest.TestCase):
    def test_no_error_shows_a_secret(self):
        s3 = CannedS3()
        for answer in (
            an_error(403, "InvalidAccessKeyId"),
            an_error(403, "SignatureDoesNotMatch"),
            an_error(400, "ExpiredToken"),
            an_error(400, "SomethingNew"),
            Answer(500, "<html>"),
            Answer(200, "not XML"),
        ):
            s3.respond = lambda _, a=answer: a
            store = s3.store()
            for act in (store.is_empty, lambda s=store: s.head("x")):
                with self.subTest(answer):
                    self._assert_no_secret(_error_of(act))

    def _assert_no_secret(self, text):
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    def test_no_representation_shows_a_secret(self):
        bucket = CannedS3().bucket()
        for thing in (bucket, bucket.rule, bucket.rule.site, bucket.label):
            self._assert_no_secret(f"{thing!r} {thing}")


def _error_of(act):
    try:
        act()
    except Exception as error:  # noqa: BLE001  whatever it is
        cause = error.__cause__
        return f"{error} {error!r} {vars(error)} {cause} {cause!r}"
    return ""
