# SPDX-License-Identifier: Apache-2.0
"""What does a change of metadata send, and what does it prevent?"""

import unittest
from dataclasses import replace

from s3_sync.errors import Conflict, NotFound, SiteUnavailable
from s3_sync.model.decide import Seen
from s3_sync.model.timestamps import Stamps
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3, an_error
from test.doubles.rules import an_info
from test.unit.s3_sync.stores.storing import HONEST, KMS, able, copied, etag

OPAQUE = able(etag_is_md5=False)


class PostTest(unittest.TestCase):
    def setUp(self):
        self.info = an_info(
            b"bytes",
            content_type="image/png",
            headers={"cache-control": "no-cache"},
            metadata={"colour": "é"},
        )
        self.s3 = CannedS3(lambda _: copied(f'"{self.info.etag}"'))

    def test_it_is_a_copy_onto_itself_under_a_bare_etag(self):
        self.s3.store(HONEST).post("a é", self.info)
        [sent] = self.s3.sent
        self.assertEqual(("PUT", "/backup/p/a é"), (sent.method, sent.path))
        self.assertEqual(
            "backup/p/a%20%C3%A9", sent.headers["x-amz-copy-source"]
        )
        self.assertEqual(
            self.info.etag, sent.headers["x-amz-copy-source-if-match"]
        )
        self.assertEqual(b"", sent.body)

    def test_everything_is_said_again(self):
        self.s3.store(HONEST).post("x", self.info)
        headers = self.s3.sent[0].headers
        for name, expected in {
            "x-amz-metadata-directive": "REPLACE",
            "content-type": "image/png",
            "cache-control": "no-cache",
            "x-amz-meta-colour": "=?UTF-8?B?w6k=?=",
            "x-amz-meta-swift-timestamp": str(self.info.stamps),
            "x-amz-meta-swift-replication-status": "REPLICA",
        }.items():
            with self.subTest(name):
                self.assertEqual(expected, headers[name])

    def test_an_answer_about_other_bytes_is_a_conflict(self):
        self.s3.respond = lambda _: copied('"' + "0" * 32 + '"')
        with self.assertRaises(Conflict):
            self.s3.store(HONEST).post("x", self.info)

    def test_a_server_that_honours_the_condition_says_conflict(self):
        self.s3.respond = lambda _: an_error(412, "PreconditionFailed")
        with self.assertRaises(Conflict):
            self.s3.store(HONEST).post("x", self.info)

    def test_no_copy_is_not_found(self):
        self.s3.respond = lambda _: an_error(404, "NoSuchKey")
        with self.assertRaises(NotFound):
            self.s3.store(HONEST).post("x", self.info)

    def test_an_error_in_a_200_is_no_success(self):
        body = "<Error><Code>InternalError</Code><Message>m</Message></Error>"
        self.s3.respond = lambda _: Answer(200, body)
        with self.assertRaises(SiteUnavailable):
            self.s3.store(HONEST).post("x", self.info)

    def test_an_answer_that_proves_nothing_is_no_conflict(self):
        for headers in ({}, KMS):
            self.s3.respond = lambda _, h=headers: Answer(
                200,
                "<CopyObjectResult><ETag/></CopyObjectResult>"
                if not h
                else copied("0" * 32).body,
                h,
            )
            with self.subTest(headers):
                self.s3.store(HONEST).post("x", self.info)

    def test_tags_stay_by_the_directives_default(self):
        self.s3.store(HONEST).post("x", self.info)
        headers = self.s3.sent[0].headers
        self.assertNotIn("x-amz-tagging-directive", headers)
        self.assertNotIn("x-amz-tagging", headers)

    def test_a_copy_that_was_seen_keeps_its_storage_class(self):
        for held, expected in (
            ("STANDARD_IA", "STANDARD_IA"),
            ("STANDARD", None),
            (None, None),
        ):
            seen = Seen(replace(self.info, storage_class=held))
            self.s3.store(HONEST).post("x", self.info, seen=seen)
            found = self.s3.sent[-1].headers.get("x-amz-storage-class")
            with self.subTest(held):
                self.assertEqual(expected, found)

    def test_other_bytes_that_were_seen_cost_no_request(self):
        seen = Seen(an_info(b"other"))
        with self.assertRaises(Conflict):
            self.s3.store(HONEST).post("x", self.info, seen=seen)
        with self.assertRaises(NotFound):
            self.s3.store(HONEST).post("x", self.info, seen=Seen(None))
        self.assertEqual([], self.s3.sent)

    def test_where_etags_say_nothing_the_marks_decide(self):
        held = replace(self.info, etag="f" * 32, etag_is_md5=False)
        self.s3.respond = lambda _: Answer(200, copied("e" * 32).body, KMS)
        self.s3.store(HONEST).post("x", self.info, seen=Seen(held))
        self.assertEqual(
            "f" * 32, self.s3.sent[0].headers["x-amz-copy-source-if-match"]
        )
        late = self.info.stamps.data.plus(1)
        for stamps in (None, Stamps(late, late, late)):
            other = Seen(replace(held, stamps=stamps))
            with self.subTest(stamps), self.assertRaises(Conflict):
                self.s3.store(HONEST).post("x", self.info, seen=other)

    def test_one_request_does_where_the_condition_may_be_ignored(self):
        self.s3.store().post("x", self.info)
        self.assertEqual(["PUT"], [sent.method for sent in self.s3.sent])

    def test_then_an_answer_that_proves_nothing_is_a_conflict(self):
        for answer in (copied("0" * 32), copied("opaque-2"), copied("")):
            self.s3.respond = lambda _, answer=answer: answer
            with self.subTest(answer.body), self.assertRaises(Conflict):
                self.s3.store().post("x", self.info)


class CarefulPostTest(unittest.TestCase):
    """A site whose ETags prove nothing is looked at before.

    If it ignores the condition, it would stamp the mark of the new version
    on old bytes, and nobody would notice.
    """

    def setUp(self):
        self.info = an_info(b"bytes")
        self.held = etag(b"bytes")
        self.s3 = CannedS3(self._respond)

    def _respond(self, sent):
        if sent.is_list:
            return Answer(200, EMPTY_LIST)
        if sent.method == "HEAD":
            return self.held
        return copied(self.info.etag)

    @property
    def methods(self):
        return [sent.method for sent in self.s3.sent]

    def test_the_same_bytes_are_changed(self):
        self.s3.store(OPAQUE).post("x", self.info)
        self.assertEqual(["HEAD", "PUT"], self.methods)

    def test_other_bytes_stay_as_they_are(self):
        self.held = etag(b"other")
        with self.assertRaises(Conflict):
            self.s3.store(OPAQUE).post("x", self.info)
        self.assertEqual(["HEAD"], self.methods)

    def test_no_copy_is_not_found(self):
        self.held = Answer(404)
        with self.assertRaises(NotFound):
            self.s3.store(OPAQUE).post("x", self.info)
        self.assertNotIn("PUT", self.methods)

    def test_what_was_seen_is_not_looked_at_again(self):
        self.s3.store(OPAQUE).post("x", self.info, seen=Seen(self.info))
        self.assertEqual(["PUT"], self.methods)
