# SPDX-License-Identifier: Apache-2.0
"""Are keys deleted with few requests, and is each one's outcome its own?"""

import base64
import hashlib
import re
import unittest
from itertools import count
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from s3_sync.errors import AccessDenied, Refused, SiteUnavailable, Throttled
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from s3_sync.stores.s3_site import S3Sites
from test.doubles.canned_s3 import (
    EMPTY_LIST,
    XMLNS,
    Answer,
    CannedS3,
    an_error,
)
from test.doubles.rules import a_rule
from test.unit.s3_sync.stores.storing import able

KIB = 1024


class Bucket:
    """Answers as an S3 that holds `keys` and refuses some of them.

    `refused` maps keys to error codes. A key in `poison` makes a whole
    batch fail, and not a single DELETE of it.
    """

    def __init__(self):
        self.keys = set()
        self.refused = {}
        self.poison = set()
        self.silent = set()
        self.deleted = []

    def respond(self, sent):
        if sent.is_list:
            return self._list(sent.query["prefix"][0])
        if sent.method == "DELETE":
            return self._single(sent.path.removeprefix("/backup/"))
        keys = keys_of(sent)
        if self.poison.intersection(keys):
            return an_error(400, "MalformedXML")
        told = "".join(map(self._told, keys))
        return Answer(200, f"<DeleteResult {XMLNS}>{told}</DeleteResult>")

    def _list(self, prefix):
        found = sorted(key for key in self.keys if key.startswith(prefix))
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key></Contents>" for key in found
        )
        return Answer(200, EMPTY_LIST.replace("></", f">{contents}</"))

    def _single(self, key):
        if code := self.refused.get(key):
            return an_error(403, code)
        self.deleted.append(key)
        return Answer(204)

    def _told(self, key):
        written = escape(key).replace("\r", "&#xD;")
        if key in self.silent:
            return ""
        if code := self.refused.get(key):
            return (
                f"<Error><Key>{written}</Key><Code>{code}</Code>"
                "<Message>no</Message></Error>"
            )
        self.deleted.append(key)
        return f"<Deleted><Key>{written}</Key></Deleted>"


def keys_of(sent):
    """Return the keys that a multi-delete names."""
    root = ElementTree.fromstring(sent.body)
    return [
        element.text for element in root.iter() if element.tag.endswith("Key")
    ]


class DeleteTest(unittest.TestCase):
    def setUp(self):
        self.there = Bucket()
        self.s3 = CannedS3(self.there.respond)
        self.store = self.s3.store()

    def _batches(self):
        return [keys_of(s) for s in self.s3.sent if s.method == "POST"]

    def _singles(self):
        return [s.path for s in self.s3.sent if s.method == "DELETE"]

    def _delete(self, *names):
        return dict(self.store.delete(names))

    def test_many_keys_go_in_one_request(self):
        outcomes = self._delete("a", "b", "c")
        self.assertEqual(dict.fromkeys("abc"), outcomes)
        self.assertEqual([["p/a", "p/b", "p/c"]], self._batches())
        self.assertEqual(["p/a", "p/b", "p/c"], self.there.deleted)

    def test_a_batch_carries_content_md5_and_no_other_checksum(self):
        self._delete("a", "b")
        sent = self.s3.sent[-1]
        self.assertEqual(
            hashlib.md5(sent.body).digest(),
            base64.b64decode(sent.headers["content-md5"]),
        )
        self.assertNotIn("checksum", str(sent.headers))

    def test_one_key_goes_by_single_delete(self):
        self._delete("a é")
        self.assertEqual([], self._batches())
        self.assertEqual(["/backup/p/a é"], self._singles())

    def test_a_thousand_keys_fill_a_batch(self):
        names = [f"{number:04}" for number in range(2001)]
        outcomes = self._delete(*names)
        self.assertEqual(dict.fromkeys(names), outcomes)
        self.assertEqual([1000, 1000], list(map(len, self._batches())))
        self.assertEqual(1, len(self._singles()))
        self.assertEqual(2001, len(self.there.deleted))

    def test_a_site_may_take_fewer_keys_at_once_or_less_xml(self):
        names = [f"{number:03}" for number in range(100)]
        for said, most in (
            ({"max_delete_keys": 30}, 30),
            ({"max_delete_bytes": 1000}, 100),
        ):
            self.s3.sent.clear()
            outcomes = self.s3.store(able(**said)).delete(names)
            with self.subTest(said):
                self.assertEqual(dict.fromkeys(names), dict(outcomes))
                batches = [len(batch) for batch in self._batches()]
                self.assertGreater(len(batches), 1)
                self.assertLessEqual(max(batches), most)

    def test_where_there_is_no_multi_delete_keys_go_one_by_one(self):
        store = self.s3.store(able(multi_delete=False))
        self.assertEqual(dict.fromkeys("abc"), dict(store.delete("abc")))
        self.assertEqual([], self._batches())
        self.assertEqual(3, len(self._singles()))

    def test_no_batch_has_more_than_512_kib_of_xml(self):
        for kind in ("x", "&", "é", "\r", "\n", "\t"):
            with self.subTest(repr(kind)):
                self.s3.sent.clear()
                width = 900 // len(kind.encode())
                names = [f"{n:03}" + kind * width for n in range(800)]
                self._delete(*names)
                sizes = [
                    len(s.body) for s in self.s3.sent if s.method == "POST"
                ]
                self.assertLessEqual(max(sizes), 512 * KIB)
                self.assertGreater(len(sizes), 1)

    def test_white_space_goes_as_character_references(self):
        self._delete("a\rb\nc\td", "x")
        body = self.s3.sent[-1].body
        self.assertFalse(re.search(rb"[\r\n\t]", body), body)
        self.assertEqual(["p/a\rb\nc\td", "p/x"], self._batches()[0])

    def test_keys_that_xml_cannot_carry_go_one_by_one(self):
        for odd in ("\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"):
            with self.subTest(repr(odd)):
                self.s3.sent.clear()
                self.assertEqual(
                    dict.fromkeys([f"a{odd}b", "x", "y"]),
                    self._delete(f"a{odd}b", "x", "y"),
                )
                self.assertEqual([f"/backup/p/a{odd}b"], self._singles())
                self.assertEqual([["p/x", "p/y"]], self._batches())

    def test_an_error_concerns_its_own_name_only(self):
        self.there.refused = {"p/b": "AccessDenied"}
        outcomes = self._delete("a", "b", "c")
        self.assertIsInstance(outcomes.pop("b"), AccessDenied)
        self.assertEqual({"a": None, "c": None}, outcomes)

    def test_an_absent_key_is_deleted(self):
        self.there.refused = {"p/b": "NoSuchKey"}
        self.assertEqual({"a": None, "b": None}, self._delete("a", "b"))
        self._respond_but_to_lists(an_error(404, "NoSuchKey"))
        self.assertEqual({"a": None}, self._delete("a"))

    def test_a_key_that_the_site_cannot_have_is_deleted(self):
        self.there.refused = {"p/b": "XMinioInvalidObjectName"}
        self.assertEqual(dict.fromkeys("abc"), self._delete("a", "b", "c"))
        self._respond_but_to_lists(an_error(400, "XMinioInvalidObjectName"))
        self.assertEqual({"b": None}, self._delete("b"))

    def test_a_refused_batch_is_split_down_to_the_bad_key(self):
        self.there.poison = {"p/13"}
        self.there.refused = {"p/13": "AccessDenied"}
        names = [f"{number:02}" for number in range(64)]
        outcomes = self._delete(*names)
        self.assertIsInstance(outcomes.pop("13"), AccessDenied)
        self.assertEqual({None}, set(outcomes.values()))
        self.assertEqual(63, len(self.there.deleted))
        self.assertLess(len(self.s3.sent), 20)

    def test_what_the_answer_does_not_mention_is_not_deleted(self):
        self.there.silent = {"p/b"}
        outcomes = self._delete("a", "b")
        self.assertIsInstance(outcomes["b"], Refused)

    def test_a_fault_of_the_site_ends_the_whole_delete(self):
        for answer in (
            an_error(500, "InternalError"),
            an_error(404, "NoSuchBucket"),
        ):
            for names in (("a",), ("a", "b")):
                with self.subTest(answer), self.assertRaises(SiteUnavailable):
                    self._respond_but_to_lists(answer)
                    self._delete(*names)

    def _respond_but_to_lists(self, answer):
        self.s3.respond = lambda sent: (
            self.there.respond(sent) if sent.is_list else answer
        )

    def test_a_fault_of_the_site_told_of_one_key_is_one_all_the_same(self):
        for code in ("InternalError", "NoSuchBucket"):
            with self.subTest(code), self.assertRaises(SiteUnavailable):
                self.there.refused = {"p/b": code}
                self._delete("a", "b")

    def test_a_name_that_can_have_no_copy_spoils_no_batch(self):
        names = ["a", "x" * 1100, ".manifests/x", "b"]
        self.assertEqual(dict.fromkeys(names), self._delete(*names))
        self.assertEqual(["p/a", "p/b"], self.there.deleted)


class ThrottledTest(unittest.TestCase):
    def setUp(self):
        self.there = Bucket()
        self.s3 = CannedS3(self.there.respond)
        self.bucket = self.s3.bucket()
        self.store = self.bucket.container("AUTH_test", "photos")

    def test_a_key_that_came_too_fast_is_told_of_alone(self):
        self.there.refused = {"p/b": "SlowDown"}
        outcomes = self.store.delete(["a", "b", "c"])
        self.assertIsInstance(outcomes["b"], Throttled)
        self.assertEqual((None, None), (outcomes["a"], outcomes["c"]))
        self.assertTrue(self.bucket.site.throttle.active)

    def test_a_batch_that_came_too_fast_is_not_split(self):
        self.s3.respond = lambda sent: (
            self.there.respond(sent)
            if sent.is_list
            else an_error(503, "SlowDown")
        )
        outcomes = self.store.delete(["a", "b", "c"])
        self.assertEqual(
            {Throttled}, {type(outcome) for outcome in outcomes.values()}
        )
        self.assertEqual(1, len([s for s in self.s3.sent if not s.is_list]))

    def test_one_that_came_too_fast_takes_nothing_from_the_others(self):
        self.bucket.site.batches.most = 1
        self.bucket.site.throttle._clock = count(1).__next__  # no waiting
        self.there.refused = {"p/b": "SlowDown"}
        outcomes = self.store.delete(["a", "b", "c"])
        self.assertIsInstance(outcomes["b"], Throttled)
        self.assertEqual(["p/a", "p/c"], self.there.deleted)


class MemoryTest(unittest.TestCase):
    """What is learnt of a site from the batches that it refuses."""

    def setUp(self):
        self.there = Bucket()
        self.takes = 1000
        self.answer = an_error(400, "MalformedXML")
        self.s3 = CannedS3(self._respond)
        self.bucket = self.s3.bucket()
        self.store = self.bucket.container("AUTH_test", "photos")

    def _respond(self, sent):
        if sent.method == "POST" and len(keys_of(sent)) > self.takes:
            return self.answer
        return self.there.respond(sent)

    def _delete(self, count, first=0):
        """Delete keys; return how many requests that took."""
        names = [f"{n:04}" for n in range(first, first + count)]
        self.s3.sent.clear()
        self.assertEqual(dict.fromkeys(names), dict(self.store.delete(names)))
        return len([s for s in self.s3.sent if not s.is_list])

    def test_a_site_without_multi_delete_is_asked_for_it_once(self):
        self.takes = 0
        for status in (405, 501):
            with self.subTest(status):
                self.setUp()
                self.takes = 0
                self.answer = an_error(status, "NotImplemented")
                self.assertEqual(101, self._delete(100))
                self.assertEqual(100, self._delete(100))

    def test_a_site_that_refuses_each_batch_is_soon_asked_no_more(self):
        self.takes = 0
        for status in (400, 411, 416):
            with self.subTest(status):
                self.setUp()
                self.takes = 0
                self.answer = an_error(status, "Whatever")
                self.assertLess(self._delete(200), 260)
                self.assertEqual(200, self._delete(200))

    def test_a_site_that_takes_fewer_is_sent_fewer(self):
        self.takes = 100
        self.answer = an_error(400, "MalformedXML")
        self._delete(1000)
        self.assertLessEqual(self._delete(1000), 1000 / 50)
        self.assertGreater(self.bucket.site.batches.most, 50)

    def test_odd_keys_do_not_end_the_batches(self):
        self.there.poison = {f"p/{n:04}" for n in range(0, 1000, 50)}
        self._delete(1000)
        self.assertEqual(1000, self.bucket.site.batches.most)
        self.there.poison = {"p/0001"}
        self._delete(2)
        self.assertEqual(1000, self.bucket.site.batches.most)

    def test_a_batch_that_was_damaged_on_the_way_proves_nothing(self):
        answers = [an_error(400, "BadDigest")]
        self.s3.respond = lambda sent: (
            answers.pop()
            if sent.method == "POST" and answers
            else self.there.respond(sent)
        )
        self._delete(100)
        self.assertEqual(1000, self.bucket.site.batches.most)

    def test_all_rules_of_a_site_know_of_it(self):
        sites = S3Sites(S3Clients(4))
        rules = a_rule(), a_rule(bucket="other")
        first, second = (S3Bucket(r, S3Clients(4), sites=sites) for r in rules)
        self.assertIs(first.site, second.site)


class ManifestsTest(unittest.TestCase):
    def setUp(self):
        self.there = Bucket()
        self.s3 = CannedS3(self.there.respond)
        self.store = self.s3.store()

    def _manifest(self, name):
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"p/.manifests/{digest}.swift_slo_manifest"

    def _lists(self):
        return [s.query["prefix"] for s in self.s3.sent if s.is_list]

    def test_a_manifest_is_deleted_with_its_object(self):
        self.there.keys = {self._manifest("a")}
        self.assertEqual({"a": None, "b": None}, dict(self.store.delete("ab")))
        self.assertEqual(
            sorted(["p/a", "p/b", self._manifest("a")]),
            sorted(self.there.deleted),
        )

    def test_a_manifest_that_is_not_there_is_not_named(self):
        self.store.delete("ab")
        self.assertEqual(["p/a", "p/b"], self.there.deleted)

    def test_a_manifest_that_cannot_be_deleted_is_its_objects_failure(self):
        self.there.keys = {self._manifest("a")}
        self.there.refused = {self._manifest("a"): "AccessDenied"}
        outcomes = self.store.delete("ab")
        self.assertIsInstance(outcomes["a"], AccessDenied)
        self.assertIsNone(outcomes["b"])

    def test_they_are_listed_once_a_minute(self):
        for _ in range(100):
            self.store.delete("a")
            self.s3.now += 0.5
        self.assertEqual([["p/.manifests/"]], self._lists())
        self.s3.now += 30
        self.store.delete("a")
        self.assertEqual(2, len(self._lists()))

    def test_the_predecessors_manifests_lie_beside_its_keys(self):
        self.s3.store(a_rule(custom_prefix=None)).delete("a")
        [[prefix]] = self._lists()
        self.assertRegex(prefix, r"^[0-9a-f]+/\.manifests/AUTH_test/photos/$")

    def test_too_many_to_list_means_any_may_be_there(self):
        def respond(sent):
            if sent.is_list:
                more = "><IsTruncated>true</IsTruncated></"
                return Answer(200, EMPTY_LIST.replace("></", more))
            return self.there.respond(sent)

        self.s3.respond = respond
        self.store.delete("a")
        self.assertIn(self._manifest("a"), self.there.deleted)


class ForbiddenListTest(unittest.TestCase):
    """Who may not list does not know which manifests there are."""

    def test_what_may_be_there_is_deleted_too(self):
        there = Bucket()

        def respond(sent):
            if sent.is_list:
                return an_error(403, "AccessDenied")
            return there.respond(sent)

        s3 = CannedS3(respond)
        with self.assertLogs("s3_sync.stores.s3", "WARNING"):
            outcomes = s3.store().delete(["a"])
        self.assertEqual({"a": None}, dict(outcomes))
        self.assertEqual(2, len(there.deleted))
