# SPDX-License-Identifier: Apache-2.0
"""What does S3 get to read, and what do we make of its answers?"""

import base64
import hashlib
import unittest

from s3_sync.errors import AccessDenied, IntegrityError, SiteUnavailable
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.timestamps import Stamps
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3, an_error
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import NOW, a_rule, a_site, an_info
from test.unit.s3_sync.stores.storing import KMS, able, etag, put

MIB = 1024 * 1024


class PutTest(unittest.TestCase):
    def setUp(self):
        self.s3 = CannedS3(lambda sent: etag(sent.body))

    def test_the_bytes_go_to_the_key_under_the_rules_prefix(self):
        sent = put(self.s3, b"bytes", name="a/b é?#%25")
        self.assertEqual(b"bytes", sent.body)
        self.assertEqual("PUT", sent.method)
        self.assertEqual("/backup/p/a/b é?#%25", sent.path)
        self.assertEqual("5", sent.headers["content-length"])

    def test_without_a_custom_prefix_keys_are_the_predecessors(self):
        sent = put(self.s3, rule=a_rule(custom_prefix=None), name="x")
        digest = hashlib.md5(b"AUTH_test/photos").hexdigest()
        place = f"{int(digest, 16) % 16**6:x}"
        self.assertEqual(f"/backup/{place}/AUTH_test/photos/x", sent.path)

    def test_swifts_md5_lets_the_site_check_the_bytes(self):
        sent = put(self.s3, b"bytes")
        self.assertEqual(
            hashlib.md5(b"bytes").digest(),
            base64.b64decode(sent.headers["content-md5"]),
        )

    def test_no_hash_is_made_and_no_checksum_or_trailer_sent(self):
        for size in (5, 2 * MIB):
            headers = put(self.s3, b"x" * size).headers
            with self.subTest(size):
                self.assertEqual(
                    "UNSIGNED-PAYLOAD", headers["x-amz-content-sha256"]
                )
                self.assertNotIn("transfer-encoding", headers)
                self.assertFalse(
                    [
                        name
                        for name in headers
                        if "checksum" in name or "trailer" in name
                    ]
                )

    def test_only_large_bodies_wait_for_a_go_ahead(self):
        for size, expected in (
            (0, None),
            (100, None),
            (300 * 1024, None),
            (MIB - 1, None),
            (MIB, "100-continue"),
            (3 * MIB, "100-continue"),
        ):
            with self.subTest(size):
                sent = put(self.s3, b"x" * size)
                self.assertEqual(expected, sent.headers.get("expect"))
                self.assertEqual(size, len(sent.body))

    def test_a_large_body_is_read_while_it_is_sent(self):
        body = MemoryBody(b"x" * MIB)
        reading = []

        def read(size=-1):
            reading.append(size)
            return MemoryBody.read(body, size)

        body.read = read
        self.s3.store().put("x", body, an_info(b"x" * MIB))
        self.assertNotIn(-1, reading)

    def test_the_copy_carries_its_times_and_that_it_is_a_replica(self):
        info = an_info(b"bytes")
        headers = put(self.s3, b"bytes").headers
        self.assertEqual(
            str(info.stamps), headers["x-amz-meta-swift-timestamp"]
        )
        self.assertEqual(
            "REPLICA", headers["x-amz-meta-swift-replication-status"]
        )

    def test_marks_have_the_rules_prefix(self):
        headers = put(self.s3, rule=a_rule(metadata_prefix="my-")).headers
        self.assertIn("x-amz-meta-my-timestamp", headers)
        self.assertNotIn("x-amz-meta-swift-timestamp", headers)

    def test_headers_are_utf_8_on_the_wire(self):
        headers = put(
            self.s3,
            content_type="text/plain; name=é✓",
            headers={"content-disposition": "attachment; filename=né.txt"},
            metadata={"colour": "blue"},
        ).headers
        self.assertEqual("text/plain; name=é✓", headers["content-type"])
        self.assertEqual(
            "attachment; filename=né.txt", headers["content-disposition"]
        )
        self.assertEqual("blue", headers["x-amz-meta-colour"])

    def test_native_headers_go_as_such_and_odd_ones_as_metadata(self):
        headers = put(
            self.s3,
            headers={
                "cache-control": "no-cache",
                "content-encoding": "gzip",
                "content-language": "de",
                "expires": "never",
                "x-robots-tag": "noindex",
            },
        ).headers
        self.assertEqual("no-cache", headers["cache-control"])
        self.assertEqual("gzip", headers["content-encoding"])
        self.assertEqual("de", headers["content-language"])
        self.assertEqual("never", headers["x-amz-meta-swift-header-expires"])
        self.assertEqual(
            "noindex", headers["x-amz-meta-swift-header-x-robots-tag"]
        )

    def test_another_etag_in_the_answer_is_no_success(self):
        self.s3.respond = lambda _: etag(b"other bytes")
        with self.assertRaises(IntegrityError) as caught:
            put(self.s3, name="x")
        self.assertIn("'x'", str(caught.exception))

    def test_an_etag_that_is_no_md5_of_the_bytes_is_no_evidence(self):
        other = '"' + "0" * 32 + '"'
        for headers in (
            {},
            {"ETag": '"abc-2"'},
            {"ETag": other, "x-amz-server-side-encryption": "aws:kms"},
            {"ETag": other, "x-amz-server-side-encryption": "aws:kms:dsse"},
            {
                "ETag": other,
                "x-amz-server-side-encryption-customer-algorithm": "AES256",
            },
        ):
            with self.subTest(headers):
                self.s3.respond = lambda _, h=headers: Answer(200, headers=h)
                self.assertEqual("PUT", put(self.s3).method)

    def test_an_sse_s3_etag_is_evidence(self):
        headers = {
            "ETag": '"' + "0" * 32 + '"',
            "x-amz-server-side-encryption": "AES256",
        }
        self.s3.respond = lambda _: Answer(200, headers=headers)
        with self.assertRaises(IntegrityError):
            put(self.s3)

    def test_a_refused_put_is_tried_once(self):
        self.s3.respond = lambda _: an_error(503, "SlowDown")
        with self.assertRaises(SiteUnavailable):
            put(self.s3)
        self.assertEqual(1, len(self.s3.sent))


class HeadTest(unittest.TestCase):
    def setUp(self):
        self.bucket_is_there = True
        self.s3 = CannedS3(self._respond)

    def _respond(self, sent):
        if not sent.is_list:
            return Answer(404)
        if self.bucket_is_there:
            return Answer(200, EMPTY_LIST)
        return an_error(404, "NoSuchBucket")

    def test_a_404_of_a_bucket_that_is_there_means_absent(self):
        self.assertIsNone(self.s3.store().head("x"))
        self.assertEqual(["HEAD", "GET"], [s.method for s in self.s3.sent])
        self.assertEqual(["p/"], self.s3.sent[1].query["prefix"])
        self.assertEqual(["1"], self.s3.sent[1].query["max-keys"])

    def test_a_404_of_a_missing_bucket_is_the_sites_fault(self):
        self.bucket_is_there = False
        with self.assertRaisesRegex(SiteUnavailable, "create the bucket"):
            self.s3.store().head("x")

    def test_the_bucket_is_asked_for_at_most_once_a_minute(self):
        store = self.s3.store()
        for _ in range(50):
            store.head("x")
            self.s3.now += 1
        self.assertEqual(1, sum(s.is_list for s in self.s3.sent))

    def test_a_bucket_that_vanished_is_noticed_after_a_minute(self):
        store = self.s3.store()
        store.head("x")
        self.bucket_is_there = False
        self.s3.now += 61
        with self.assertRaises(SiteUnavailable):
            store.head("x")

    def test_an_answer_of_the_bucket_is_proof_enough_that_it_is_there(self):
        store = self.s3.store()
        store.is_empty()
        store.head("x")
        self.assertEqual(1, sum(s.is_list for s in self.s3.sent))

    def test_a_403_is_never_absent(self):
        self.s3.respond = lambda _: Answer(403)
        with self.assertRaisesRegex(AccessDenied, "s3:ListBucket"):
            self.s3.store().head("x")

    def test_who_may_not_list_can_see_that_a_copy_is_absent(self):
        store = self.s3.store()
        self.s3.respond = lambda sent: (
            an_error(403, "AccessDenied") if sent.is_list else Answer(404)
        )
        with self.assertLogs("s3_sync.stores.s3", "WARNING") as logs:
            for _ in range(3):
                self.assertIsNone(store.head("x"))
                self.s3.now += 61
        self.assertEqual(1, len(logs.output))

    def test_an_etag_is_known_for_what_it_is(self):
        md5 = '"' + "0" * 32 + '"'
        for rule, headers, expected in (
            (None, {"ETag": md5}, True),
            (None, {"ETag": '"abc-2"'}, False),
            (None, {"ETag": md5} | KMS, False),
            (able(etag_is_md5=False), {"ETag": md5}, False),
        ):
            self.s3.respond = lambda _, h=headers: Answer(200, headers=h)
            with self.subTest(headers):
                info = self.s3.store(rule).head("x")
                self.assertEqual(expected, info.etag_is_md5)

    def test_a_copy_is_read_with_its_marks_taken_off(self):
        stamps = an_info().stamps
        moved = Stamps(stamps.data, stamps.data, stamps.data.plus(9))
        self.s3.respond = lambda _: Answer(
            200,
            headers={
                "Content-Length": "5",
                "Content-Type": "text/é",
                "Cache-Control": "no-cache",
                "ETag": '"abc"',
                "x-amz-meta-Colour": "blé",
                "x-amz-meta-shade": "=?UTF-8?B?w6k=?=",
                "x-amz-meta-swift-timestamp": str(moved),
                "x-amz-meta-swift-replication-status": "REPLICA",
                "x-amz-meta-swift-user-timestamp": "mine",
                "x-amz-meta-swift-header-x-robots-tag": "noindex",
                "x-amz-storage-class": "GLACIER_IR",
            },
        )
        self.assertEqual(
            ObjectInfo(
                size=5,
                etag="abc",
                content_type="text/é",
                stamps=moved,
                headers={
                    "cache-control": "no-cache",
                    "x-robots-tag": "noindex",
                },
                metadata={
                    "colour": "blé",
                    "shade": "é",
                    "swift-timestamp": "mine",
                },
                etag_is_md5=False,
                storage_class="GLACIER_IR",
            ),
            self.s3.store().head("x"),
        )

    def test_a_mark_a_day_ahead_of_our_clock_counts_as_absent(self):
        mark = {"x-amz-meta-swift-timestamp": f"{NOW + 90_000:.5f}"}
        self.s3.respond = lambda _: Answer(200, headers=mark)
        self.assertIsNone(self.s3.store().head("x").stamps)

    def test_latin_1_of_others_is_read_as_it_is(self):
        store = self.s3.store()
        bare = "caf\xe9".encode("latin-1").decode("latin-1")
        self.assertEqual(bare, _read_bare(store, self.s3, bare))


def _read_bare(store, s3, text):
    """HEAD a copy whose metadata is one Latin-1 byte beyond ASCII."""

    class Latin1(str):
        def encode(self, *_):
            return str.encode(self, "latin-1")

    headers = {"x-amz-meta-name": Latin1(text)}
    s3.respond = lambda _: Answer(200, headers=headers)
    return store.head("x").metadata["name"]


class VersionsTest(unittest.TestCase):
    def setUp(self):
        self.answer = Answer(200, "<VersioningConfiguration/>")
        self.s3 = CannedS3(lambda _: self.answer)

    def keeps_versions(self, **rule):
        return self.s3.store(a_rule(**rule)).keeps_versions()

    def say(self, status):
        self.answer = Answer(
            200,
            f"<VersioningConfiguration><Status>{status}</Status>"
            "</VersioningConfiguration>",
        )

    def test_the_bucket_says_it(self):
        self.assertFalse(self.keeps_versions())
        self.say("Enabled")
        self.assertTrue(self.keeps_versions())
        self.say("Suspended")
        self.assertFalse(self.keeps_versions())

    def test_it_is_asked_once_for_all_containers(self):
        bucket = self.s3.bucket()
        for container in "abc":
            bucket.container("AUTH_test", container).keeps_versions()
        self.assertEqual(1, len(self.s3.sent))
        self.assertIn("versioning", self.s3.sent[0].query)

    def test_the_rule_is_believed_without_a_question(self):
        self.assertTrue(self.keeps_versions(versioned=True))
        self.assertFalse(self.keeps_versions(versioned=False))
        self.assertEqual([], self.s3.sent)

    def test_where_there_are_no_versions_nothing_is_asked(self):
        self.assertFalse(self.keeps_versions(site=a_site(provider="r2")))
        self.assertEqual([], self.s3.sent)

    def test_a_bucket_that_does_not_say_is_taken_for_versioned(self):
        for answer in (
            an_error(403, "AccessDenied"),
            an_error(400, "InvalidRequest"),
        ):
            self.answer = answer
            store = self.s3.store()
            with (
                self.subTest(answer.status),
                self.assertLogs("s3_sync.stores.s3", "WARNING") as logs,
            ):
                self.assertTrue(store.keeps_versions())
                self.assertTrue(store.keeps_versions())
            self.assertEqual(1, len(logs.output))
            self.assertIn("versioned", logs.output[0])

    def test_a_server_that_knows_no_versions_keeps_none(self):
        for answer in (
            an_error(501, "NotImplemented"),
            an_error(405, "MethodNotAllowed"),
        ):
            self.answer = answer
            with self.subTest(answer.status):
                self.assertFalse(self.s3.store().keeps_versions())

    def test_a_site_that_is_down_says_nothing(self):
        store = self.s3.store()
        self.answer = an_error(503, "ServiceUnavailable")
        with self.assertRaises(SiteUnavailable):
            store.keeps_versions()
        self.say("Enabled")
        self.assertTrue(store.keeps_versions())


class IsEmptyTest(unittest.TestCase):
    def test_only_what_lies_under_the_prefix_counts(self):
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        self.assertTrue(s3.store().is_empty())
        self.assertEqual(["p/"], s3.sent[0].query["prefix"])

    def test_one_key_is_enough(self):
        body = EMPTY_LIST.replace(
            "></", "><Contents><Key>p/x</Key></Contents></"
        )
        s3 = CannedS3(lambda _: Answer(200, body))
        self.assertFalse(s3.store().is_empty())
        self.assertEqual(["1"], s3.sent[0].query["max-keys"])

    def test_who_may_not_list_does_not_know(self):
        s3 = CannedS3(lambda _: an_error(403, "AccessDenied"))
        with self.assertLogs("s3_sync.stores.s3", "WARNING"):
            self.assertFalse(s3.store().is_empty())
