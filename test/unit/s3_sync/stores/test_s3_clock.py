# SPDX-License-Identifier: Apache-2.0
"""Does a node whose clock is wrong sign its requests all the same?"""

import datetime
import logging
import time
import unittest
from email.utils import formatdate

from s3_sync.errors import SendAgain, SiteRefused
from s3_sync.stores.s3_clock import SiteClock
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3, an_error
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import an_info

ALLOWED = 900.0
LARGE = b"x" * (512 * 1024)


class Skewed:
    """An S3 whose clock is `ahead` of ours, and as strict as Amazon's."""

    def __init__(self, ahead):
        self.ahead = ahead
        self.says = True

    def respond(self, sent):
        now = time.time() + self.ahead
        signed = datetime.datetime.strptime(
            sent.headers["x-amz-date"] + "+0000", "%Y%m%dT%H%M%SZ%z"
        )
        day = sent.headers["authorization"].split("/")[1]
        assert sent.headers["x-amz-date"].startswith(day)
        date = {"date": formatdate(now, usegmt=True)} if self.says else {}
        if abs(signed.timestamp() - now) > ALLOWED:
            if sent.method == "HEAD":
                return Answer(403, "", date)
            error = an_error(403, "RequestTimeTooSkewed")
            return Answer(403, error.body, date)
        if sent.method == "HEAD":
            headers = {"etag": '"x"', "content-type": "text/plain"}
            return Answer(200, "", headers | date)
        return Answer(200, EMPTY_LIST if sent.is_list else "", date)


class SkewTest(unittest.TestCase):
    def setUp(self):
        logging.getLogger("s3_sync").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("s3_sync").setLevel, logging.NOTSET)

    def _store(self, ahead):
        self.there = Skewed(ahead)
        self.s3 = CannedS3(self.there.respond)
        return self.s3.store()

    def put(self, store, content=b"x"):
        store.put("x", MemoryBody(content), an_info(content))

    def test_the_request_is_signed_by_the_sites_clock_and_sent_again(self):
        for ahead in (1200, -1200, 90_000, -400 * 86_400):
            with self.subTest(ahead):
                store = self._store(ahead)
                self.put(store)
                self.assertEqual(2, len(self.s3.sent))
                self.put(store)
                self.assertEqual(3, len(self.s3.sent))

    def test_a_body_that_is_spent_is_sent_again_by_its_owner(self):
        store = self._store(1200)
        with self.assertRaises(SendAgain):
            self.put(store, LARGE)
        self.put(store, LARGE)
        self.assertEqual(2, len(self.s3.sent))

    def test_a_head_is_asked_again_too(self):
        store = self._store(1200)
        self.assertIsNotNone(store.head("x"))

    def test_the_copys_mark_is_that_of_the_row(self):
        store = self._store(1200)
        self.put(store)
        marks = {s.headers["x-amz-meta-swift-timestamp"] for s in self.s3.sent}
        self.assertEqual({"1700000000.00000"}, marks)

    def test_it_is_told_once(self):
        logging.getLogger("s3_sync").setLevel(logging.NOTSET)
        store = self._store(1200)
        with self.assertLogs("s3_sync.stores.s3_clock") as logs:
            for _ in range(3):
                self.put(store)
        self.assertEqual(1, len(logs.output))
        self.assertIn("set the clock", logs.output[0])
        self.assertRegex(logs.output[0], "site_is_ahead=1(199|200)s")

    def test_without_a_date_there_is_nothing_to_go_by(self):
        store = self._store(1200)
        self.there.says = False
        with self.assertRaisesRegex(SiteRefused, "set this node's clock"):
            self.put(store)
        self.assertEqual(1, len(self.s3.sent))

    def test_a_site_that_is_never_content_is_not_asked_for_ever(self):
        store = self._store(0)
        date = {"date": formatdate(time.time(), usegmt=True)}
        body = an_error(403, "RequestTimeTooSkewed").body
        self.s3.respond = lambda _: Answer(403, body, date)
        with self.assertRaises(SiteRefused):
            self.put(store)
        self.assertEqual(1, len(self.s3.sent))

    def test_requests_that_were_under_way_are_sent_again_as_well(self):
        clock = SiteClock("s3")
        self.assertTrue(clock.corrected(time.time() + 1200, 0.0))
        self.assertTrue(clock.corrected(time.time() + 1200, 0.0))
        self.assertFalse(clock.corrected(time.time() + 1200, clock.offset))

    def test_clocks_may_differ_a_little(self):
        clock = SiteClock("s3")
        self.assertFalse(clock.corrected(time.time() + 50, 0.0))
        self.assertEqual(0.0, clock.offset)
