# SPDX-License-Identifier: Apache-2.0
"""Do all requests share one token, and does a new one come in time?"""

import threading
import unittest

from s3_sync.errors import NotFound, Refused, SiteUnavailable
from s3_sync.stores.swift_http import Request
from s3_sync.stores.swift_site import Capabilities, SwiftSites, read_info
from test.doubles.canned_swift import CannedSwift, a_swift_site, answer
from test.doubles.memory_body import MemoryBody

HEAD = Request("HEAD", "/c/o")
PATIENCE = 10.0


def only(token):
    """Answer 401 to every token but one."""
    return lambda sent: answer(
        200 if sent.headers["x-auth-token"] == token else 401
    )


class TokenTest(unittest.TestCase):
    def setUp(self):
        self.swift = CannedSwift()
        self.site = self.swift.site()

    def call(self, request=HEAD, **how):
        return self.site.call("HEAD", "o", request, **how)

    def test_one_login_serves_all_requests(self):
        self.call()
        self.call()
        self.assertEqual(1, self.swift.logins)
        self.assertEqual(
            ["hush-token-1"] * 2,
            [sent.headers["x-auth-token"] for sent in self.swift.sent],
        )

    def test_a_refused_token_is_renewed_and_the_request_sent_again(self):
        self.swift.respond = only("hush-token-2")
        self.assertEqual(200, self.call().status)
        self.assertEqual(2, self.swift.logins)

    def test_a_new_token_that_is_refused_is_the_sites_fault(self):
        self.swift.respond = only("none")
        with self.assertRaisesRegex(SiteUnavailable, "new token was refused"):
            self.call()
        self.assertEqual(2, self.swift.logins)

    def test_a_body_that_was_not_taken_is_sent_with_the_new_token(self):
        self.swift.respond = only("hush-token-2")
        self.swift.unread = True
        body = MemoryBody(b"x" * 20)
        self.call(Request("PUT", "/c/o", {}, body, 20))
        self.assertEqual(2, len(self.swift.sent))
        self.assertEqual(b"x" * 20, body.read())

    def test_a_body_that_is_gone_makes_the_site_try_again(self):
        self.swift.respond = only("hush-token-2")
        request = Request("PUT", "/c/o", {}, MemoryBody(b"x" * 20), 20)
        with self.assertRaisesRegex(SiteUnavailable, "had expired"):
            self.call(request)
        self.assertEqual(200, self.call().status)
        self.assertEqual(2, self.swift.logins)

    def test_many_that_meet_an_old_token_log_in_once(self):
        self.call()
        self.swift.respond = only("hush-token-2")
        together = threading.Barrier(8)

        def meet(sent):
            if sent.headers["x-auth-token"] == "hush-token-1":
                together.wait(PATIENCE)
                return answer(401)
            return answer(200)

        self.swift.respond = meet
        threads = [threading.Thread(target=self.call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(2, self.swift.logins)
        self.assertEqual(1 + 2 * 8, len(self.swift.sent))

    def test_those_who_wait_for_a_login_that_fails_do_not_repeat_it(self):
        entered, leave = threading.Event(), threading.Event()

        def login():
            entered.set()
            leave.wait(PATIENCE)
            return answer(503)

        self.swift.login = login
        errors = []

        def ask():
            try:
                self.call()
            except SiteUnavailable as error:
                errors.append(str(error))

        waiting = _Waiting(self.site)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        threads[0].start()
        self.assertTrue(entered.wait(PATIENCE))
        for thread in threads[1:]:
            thread.start()
        waiting.until(3)
        leave.set()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(4, len(errors))
        self.assertEqual(1, self.swift.logins)

    def test_a_login_that_failed_is_tried_anew_later(self):
        self.swift.login = lambda: answer(503)
        for _ in range(2):
            with self.assertRaises(SiteUnavailable):
                self.call()
        self.assertEqual(2, self.swift.logins)
        self.swift.login = None
        self.assertEqual(200, self.call().status)

    def test_another_account_takes_the_place_of_the_own_one(self):
        self.call(account="AUTH_x y")
        self.assertEqual("/v1/AUTH_x%20y/c/o", self.swift.sent[0].target)
        self.assertEqual("AUTH_x y", self.site.account("AUTH_x y"))
        self.assertEqual("AUTH_copies", self.site.account(None))

    def test_answers_that_are_fine_are_returned_others_raised(self):
        self.swift.respond = lambda _: answer(404)
        self.assertEqual(404, self.call(fine=(404,)).status)
        with self.assertRaises(NotFound):
            self.call()

    def test_what_cannot_be_sent_is_the_objects_fault(self):
        def fail(_):
            raise ValueError("Invalid header value")

        self.swift.respond = fail
        with self.assertRaises(Refused):
            self.call()

    def test_no_representation_shows_a_secret(self):
        self.call()
        shown = f"{self.site!r} {self.site._access!r} {HEAD!r}"
        login = Request("POST", "/", {"X": "hush"}, b"hush")
        self.assertNotIn("hush", f"{shown} {login!r}")


class _Waiting:
    """Counts who waits for a site's lock."""

    def __init__(self, site):
        self._count = 0
        self._changed = threading.Condition()
        self._lock = site._lock
        site._lock = self

    def __enter__(self):
        if not self._lock.acquire(blocking=False):
            with self._changed:
                self._count += 1
                self._changed.notify_all()
            self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()

    def until(self, count):
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count, PATIENCE)


class CapabilitiesTest(unittest.TestCase):
    def test_they_are_asked_once(self):
        swift = CannedSwift()
        site = swift.site()
        expected = Capabilities(10_000, 5 * 1024**3)
        self.assertEqual(expected, site.capabilities())
        swift.info = answer(404)
        self.assertEqual(expected, site.capabilities())

    def test_a_site_that_does_not_tell_offers_nothing(self):
        for said in (
            answer(404),
            answer(403),
            answer(200, b"<html>"),
            answer(200, []),
            answer(200, {"bulk_delete": {"max_deletes_per_request": "9"}}),
            answer(200, {"bulk_delete": {"max_deletes_per_request": -1}}),
        ):
            with self.subTest(said):
                self.assertEqual(Capabilities(), read_info(said))

    def test_a_site_that_is_down_is_asked_again(self):
        swift = CannedSwift(info=answer(503))
        site = swift.site()
        with self.assertRaises(SiteUnavailable):
            site.capabilities()
        swift.info = answer(200, {"swift": {"max_file_size": 9}})
        self.assertEqual(9, site.capabilities().max_object)

    def test_requests_of_all_sites_are_counted(self):
        sites = SwiftSites(4)
        for region, swift in (("a", CannedSwift()), ("b", CannedSwift())):
            site = sites.of(a_swift_site(region=region))
            site._http = swift
            site.call("HEAD", "o", HEAD)
        self.assertEqual(4, sites.requests)  # two of them logged in

    def test_rules_of_one_site_share_it(self):
        sites = SwiftSites(4)
        self.assertIs(sites.of(a_swift_site()), sites.of(a_swift_site()))
