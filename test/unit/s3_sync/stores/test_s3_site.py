# SPDX-License-Identifier: Apache-2.0
"""Do all requests to a site share what is known of it?"""

import unittest
from contextlib import suppress

from s3_sync.errors import (
    AccessDenied,
    Refused,
    SendAgain,
    SiteRefused,
    SiteUnavailable,
    Throttled,
)
from s3_sync.stores import s3_site
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3, an_error
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, a_site, an_info

LARGE = b"x" * (512 * 1024)


class Clients:
    """One client, and credentials that can be found anew, or not."""

    def __init__(self, client):
        self.client = client
        self.refreshed = 0
        self.can = True

    def of(self, _):
        return self.client

    def refresh(self, _):
        self.refreshed += 1
        return self.can


class ExpiredTest(unittest.TestCase):
    def setUp(self):
        self.s3 = CannedS3(self._respond)
        self.bucket = self.s3.bucket()
        self.site = self.bucket.site
        self.clients = Clients(self.site.client())
        self.site._clients = self.clients
        self.store = self.bucket.container("AUTH_test", "photos")
        self.valid_from = 1

    def _respond(self, sent):
        if self.clients.refreshed < self.valid_from:
            return an_error(400, "ExpiredToken")
        return Answer(200, EMPTY_LIST if sent.is_list else "")

    def test_they_are_found_anew_and_the_request_is_sent_again(self):
        self.assertTrue(self.store.is_empty())
        self.assertEqual((2, 1), (len(self.s3.sent), self.clients.refreshed))

    def test_a_body_that_is_spent_is_sent_again_by_its_owner(self):
        with self.assertRaises(SendAgain):
            self.store.put("x", MemoryBody(LARGE), an_info(LARGE))
        self.store.put("x", MemoryBody(LARGE), an_info(LARGE))

    def test_new_ones_that_are_refused_are_not_replaced_at_once(self):
        self.valid_from = 100
        for _ in range(5):
            with self.assertRaises(SiteRefused):
                self.store.is_empty()
        self.assertEqual(1, self.clients.refreshed)

    def test_those_that_are_given_stay_and_the_operator_is_told(self):
        self.clients.can = False
        with self.assertRaisesRegex(SiteRefused, "renew `session_token`"):
            self.store.is_empty()
        self.assertEqual(1, len(self.s3.sent))

    def test_another_request_may_have_found_them(self):
        old, new = object(), self.clients.client
        error = SiteRefused("s3", "list", "", "expired")
        error.code = "ExpiredToken"
        self.assertTrue(self.site._remedied(error, old, 0.0))
        self.assertEqual(0, self.clients.refreshed)
        self.assertTrue(self.site._remedied(error, new, 0.0))
        self.assertEqual(1, self.clients.refreshed)

    def test_other_refusals_have_no_remedy(self):
        self.s3.respond = lambda _: an_error(403, "InvalidAccessKeyId")
        with self.assertRaises(SiteRefused):
            self.store.is_empty()
        self.assertEqual((1, 0), (len(self.s3.sent), self.clients.refreshed))


class HeadTest(unittest.TestCase):
    """A HEAD's refusal has no body that could say what it is about."""

    def setUp(self):
        self.status = 403
        self.list = Answer(200, EMPTY_LIST)
        self.s3 = CannedS3(
            lambda sent: self.list if sent.is_list else Answer(self.status)
        )
        self.store = self.s3.store()

    def test_when_a_list_is_answered_it_is_about_the_object(self):
        for self.status, kind in ((403, AccessDenied), (400, Refused)):
            with self.subTest(self.status), self.assertRaises(kind):
                self.store.head("x")
        self.assertEqual(["p/x"], self.s3.sent[-1].query["prefix"])

    def test_a_list_that_is_forbidden_is_an_answer_too(self):
        self.list = an_error(403, "AccessDenied")
        with self.assertRaises(AccessDenied):
            self.store.head("x")
        self.assertEqual(2, len(self.s3.sent))

    def test_when_a_list_says_what_is_wrong_with_the_site_it_is_that(self):
        for code in ("InvalidAccessKeyId", "ExpiredToken", "NoSuchBucket"):
            self.list = an_error(400, code)
            for self.status in (400, 403):
                with self.subTest(code), self.assertRaises(SiteRefused):
                    self.store.head("x")

    def test_other_requests_say_it_themselves(self):
        self.s3.respond = lambda _: an_error(403, "AccessDenied")
        with self.assertRaises(AccessDenied):
            self.store.put("x", MemoryBody(b"x"), an_info(b"x"))
        self.assertEqual(1, len(self.s3.sent))


class ThrottleTest(unittest.TestCase):
    def setUp(self):
        self.answer = an_error(503, "SlowDown")
        self.s3 = CannedS3(lambda _: self.answer)
        self.bucket = self.s3.bucket()
        self.store = self.bucket.container("AUTH_test", "photos")
        self.throttle = self.bucket.site.throttle

    def test_a_refusal_makes_the_next_request_wait(self):
        self.assertFalse(self.throttle.active)
        with self.assertRaises(Throttled) as caught:
            self.store.is_empty()
        self.assertFalse(caught.exception.lasting)
        self.assertTrue(self.throttle.active)
        self.assertGreater(self.throttle._take(), 0)

    def test_the_site_says_for_how_long(self):
        self.answer = Answer(503, self.answer.body, {"retry-after": "30"})
        with self.assertRaises(Throttled) as caught:
            self.store.is_empty()
        self.assertEqual(30, caught.exception.retry_after)
        self.assertGreater(self.throttle._take(), 25)

    def test_after_a_minute_of_refusals_only_it_counts_as_down(self):
        now = [1000.0]
        self.throttle._clock = lambda: now[0]
        lasting = []
        for now[0] in range(1000, 1100, 10):
            with self.assertRaises(Throttled) as caught:
                self.store.is_empty()
            lasting.append(caught.exception.lasting)
        self.assertEqual([False] * 7 + [True] * 3, lasting)
        self.answer = Answer(200, EMPTY_LIST)
        now[0] += 100
        self.store.is_empty()
        self.answer = an_error(503, "SlowDown")
        now[0] += 100
        with self.assertRaises(Throttled) as caught:
            self.store.is_empty()
        self.assertFalse(caught.exception.lasting)

    def test_any_other_answer_is_no_refusal(self):
        for self.answer in (
            Answer(200, EMPTY_LIST),
            an_error(403, "AccessDenied"),
            an_error(404, "NoSuchBucket"),
            an_error(500, "InternalError"),
        ):
            with self.subTest(self.answer):
                with suppress(AccessDenied, SiteUnavailable):
                    self.store.is_empty()
                self.assertFalse(self.throttle.active)
        self.assertEqual(3, self.throttle._shared.read().count)

    def test_rules_for_one_site_share_it(self):
        sites = s3_site.S3Sites(S3Clients(4))
        buckets = [
            S3Bucket(rule, S3Clients(4), sites=sites)
            for rule in (
                a_rule(),
                a_rule(bucket="other"),
                a_rule(site=a_site(endpoint="http://other.test")),
            )
        ]
        first, second, third = (b.site.throttle for b in buckets)
        self.assertIs(first, second)
        self.assertIsNot(first, third)
