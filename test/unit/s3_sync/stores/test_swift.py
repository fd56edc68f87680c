# SPDX-License-Identifier: Apache-2.0
"""What does the Swift store send, and what does it make of the answers?"""

import unittest

from s3_sync.errors import (
    AccessDenied,
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    SiteUnavailable,
)
from s3_sync.model.copies import container_id
from s3_sync.model.decide import Seen
from test.doubles.canned_swift import (
    CannedSwift,
    a_swift_rule,
    answer,
)
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import an_info

CONTENT = b"hello"
INFO = an_info(CONTENT, metadata={"colour": "red"})
PATH = "/copies/o"


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.answers = {}
        self.swift = CannedSwift(self._respond)
        self.store = self.swift.store()

    def _respond(self, sent):
        """Answer by method and path; a list is answered one by one."""
        said = self.answers.get(f"{sent.method} {sent.path}")
        if isinstance(said, list):
            said = said.pop(0)
        return said or answer(201, etag=INFO.etag, x_timestamp="1.0")

    @property
    def asked(self):
        return [f"{sent.method} {sent.path}" for sent in self.swift.sent]

    def put(self, content=CONTENT, info=INFO, **how):
        self.store.put("o", MemoryBody(content), info, **how)

    def test_put_sends_md5_and_marks(self):
        self.put()
        [sent] = self.swift.sent
        self.assertEqual(("PUT", PATH, CONTENT), (*self._what(sent),))
        self.assertEqual(INFO.etag, sent.headers["etag"])
        self.assertEqual("red", sent.headers["x-object-meta-colour"])
        self.assertEqual(
            "REPLICA", sent.headers["x-object-meta-swift-replication-status"]
        )
        self.assertNotIn("if-none-match", sent.headers)

    def _what(self, sent):
        return sent.method, sent.path, sent.body

    def test_a_new_object_is_sent_only_if_there_is_none(self):
        self.answers[f"PUT {PATH}"] = answer(412)
        with self.assertRaises(Conflict):
            self.put(seen=Seen(None))
        self.assertEqual("*", self.swift.sent[0].headers["if-none-match"])

    def test_what_swift_did_not_store_is_a_conflict(self):
        self.answers[f"PUT {PATH}"] = answer(202)
        with self.assertRaisesRegex(Conflict, "newer version"):
            self.put()

    def test_another_etag_proves_nothing(self):
        for etag in ("other", ""):
            self.answers[f"PUT {PATH}"] = answer(201, etag=etag)
            with self.subTest(etag), self.assertRaises(IntegrityError):
                self.put()

    def test_an_etag_in_quotes_is_the_same(self):
        self.answers[f"PUT {PATH}"] = answer(201, etag=f'"{INFO.etag}"')
        self.put()

    def test_a_missing_container_is_created_at_the_first_put(self):
        self.answers[f"PUT {PATH}"] = [answer(404), None]
        self.answers["HEAD /copies"] = answer(404)
        self.put()
        self.assertEqual(
            [f"PUT {PATH}", "HEAD /copies", "PUT /copies", f"PUT {PATH}"],
            self.asked,
        )
        self.assertEqual(CONTENT, self.swift.sent[-1].body)

    def test_the_container_is_created_in_the_rules_policy(self):
        self.store = self.swift.store(a_swift_rule(storage_policy="cold"))
        self.answers[f"PUT {PATH}"] = [answer(404), None]
        self.answers["HEAD /copies"] = answer(404)
        self.put()
        self.assertEqual(
            "cold", self.swift.sent[2].headers["x-storage-policy"]
        )

    def test_a_container_that_cannot_be_created_is_the_sites_fault(self):
        self.answers[f"PUT {PATH}"] = answer(404)
        self.answers["HEAD /copies"] = answer(404)
        self.answers["PUT /copies"] = answer(400, b"Invalid X-Storage-Policy")
        with self.assertRaisesRegex(SiteUnavailable, "X-Storage-Policy"):
            self.put()

    def test_a_long_body_waits_for_the_container(self):
        content = b"x" * 300_000
        info = an_info(content)
        self.swift.unread = True
        self.answers[f"PUT {PATH}"] = [
            answer(404),
            answer(201, etag=info.etag),
        ]
        self.answers["HEAD /copies"] = answer(404)
        self.put(content, info)
        self.assertEqual(f"PUT {PATH}", self.asked[-1])

    def test_a_long_body_that_was_taken_in_vain_comes_again(self):
        content = b"x" * 300_000
        self.answers[f"PUT {PATH}"] = answer(404)
        self.answers["HEAD /copies"] = answer(404)
        with self.assertRaisesRegex(SiteUnavailable, "was not there"):
            self.put(content, an_info(content))
        self.assertIn("PUT /copies", self.asked)

    def test_what_is_longer_than_the_site_takes_is_a_limit(self):
        info = an_info(CONTENT, size=5 * 1024**3 + 1)
        with self.assertRaisesRegex(LimitExceeded, "bytes"):
            self.put(info=info)
        self.assertEqual([], self.swift.sent)

    def test_a_metadata_name_that_is_no_header_name_is_a_limit(self):
        with self.assertRaisesRegex(LimitExceeded, "no header name"):
            self.put(info=an_info(CONTENT, metadata={"é": "x"}))

    def test_names_are_quoted_once_and_keep_what_they_are(self):
        for name, target in (
            ("a/b//c/", "a/b//c/"),
            ("./../x", "./../x"),
            ("per%25cent?and#more", "per%2525cent%3Fand%23more"),
            ("é x", "%C3%A9%20x"),
            ("/", "/"),
        ):
            with self.subTest(name):
                self.swift.sent.clear()
                self.store.head(name)
                self.assertEqual(
                    f"/v1/AUTH_copies/copies/{target}",
                    self.swift.sent[0].target,
                )

    def test_post_looks_at_the_bytes_first(self):
        self.answers[f"HEAD {PATH}"] = answer(etag="other", x_timestamp="1.0")
        with self.assertRaises(Conflict):
            self.store.post("o", INFO)
        self.assertEqual([f"HEAD {PATH}"], self.asked)

    def test_post_to_what_is_absent_is_not_found(self):
        self.answers[f"HEAD {PATH}"] = answer(404)
        with self.assertRaises(NotFound):
            self.store.post("o", INFO)

    def test_post_does_not_look_twice(self):
        self.store.post("o", INFO, seen=Seen(INFO))
        self.assertEqual([f"POST {PATH}"], self.asked)
        headers = self.swift.sent[0].headers
        self.assertEqual("red", headers["x-object-meta-colour"])
        self.assertEqual("text/plain", headers["content-type"])

    def test_absent_is_asked_about_the_container_once_a_minute(self):
        self.answers[f"HEAD {PATH}"] = answer(404)
        self.assertIsNone(self.store.head("o"))
        self.assertIsNone(self.store.head("o"))
        self.assertEqual(1, self.asked.count("HEAD /copies"))
        self.swift.now += 61
        self.assertIsNone(self.store.head("o"))
        self.assertEqual(2, self.asked.count("HEAD /copies"))

    def test_in_a_missing_container_an_object_is_absent(self):
        self.answers |= {
            f"HEAD {PATH}": answer(404),
            "HEAD /copies": answer(404),
        }
        self.assertIsNone(self.store.head("o"))

    def test_in_a_missing_account_nothing_is_absent(self):
        missing = ("HEAD ", "HEAD /copies", f"HEAD {PATH}", "GET /copies")
        self.answers |= dict.fromkeys(missing, answer(404))
        for act in (self.store.is_empty, lambda: self.store.head("o")):
            with self.assertRaisesRegex(SiteUnavailable, "no such account"):
                act()

    def test_a_container_that_fails_makes_nothing_absent(self):
        self.answers |= {
            f"HEAD {PATH}": answer(404),
            "HEAD /copies": answer(503),
        }
        with self.assertRaises(SiteUnavailable):
            self.store.head("o")

    def test_emptiness_is_one_listing(self):
        self.answers["GET /copies"] = answer(204)
        self.assertTrue(self.store.is_empty())
        self.answers["GET /copies"] = answer(200, b"o\n")
        self.assertFalse(self.store.is_empty())
        self.answers["GET /copies"] = answer(404)
        self.assertTrue(self.store.is_empty())
        self.assertTrue(self.swift.sent[0].target.endswith("/copies?limit=1"))

    def test_being_refused_is_the_sites_fault_but_under_all_containers(self):
        self.answers[f"PUT {PATH}"] = answer(403)
        with self.assertRaises(SiteUnavailable):
            self.put()
        rule = a_swift_rule(container="/*", bucket="x-")
        self.store = self.swift.store(rule)
        self.answers["PUT /x-photos/o"] = answer(403)
        with self.assertRaises(AccessDenied):
            self.put()

    def test_ids_are_made_of_account_container_and_birth(self):
        self.answers["HEAD /copies"] = answer(x_timestamp="7.0")
        self.answers["HEAD "] = answer(x_timestamp="5.0")
        self.assertEqual(
            container_id("AUTH_copies", "copies", "7.0"), self.store.id()
        )
        self.assertEqual(
            container_id("AUTH_copies", "", "5.0"), self.store.account_id()
        )
        for said in (answer(404), answer(204)):
            self.answers["HEAD /copies"] = said
            self.assertIsNone(self.store.id())

    def test_another_account_is_written_to(self):
        rule = a_swift_rule(remote_account="AUTH_x")
        self.swift.store(rule).put("o", MemoryBody(CONTENT), INFO)
        self.assertEqual("/v1/AUTH_x/copies/o", self.swift.sent[0].target)
