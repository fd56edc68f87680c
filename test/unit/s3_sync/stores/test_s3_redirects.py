# SPDX-License-Identifier: Apache-2.0
"""Do signed requests stay with the site?"""

import unittest

from s3_sync.errors import SiteUnavailable
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3
from test.doubles.rules import a_rule, a_site

CLONE = {"endpoint": "https://s3.example.com", "session_token": None}
AMAZON = {"endpoint": None, "region": "us-east-1", "addressing": "auto"}


def to(location, status=307, **headers):
    """Return an answer that points elsewhere."""
    return Answer(
        status,
        "<Error><Code>TemporaryRedirect</Code></Error>",
        {"Location": location, **headers},
    )


class RedirectTest(unittest.TestCase):
    def ask(self, site, *answers):
        """Send one request; the answers come in turn, the last for ever."""
        waiting = list(answers)

        def respond(_):
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

        self.s3 = CannedS3(respond)
        return self.s3.store(a_rule(site=a_site(**site))).is_empty()

    def refused(self, site, answer):
        with self.assertRaises(SiteUnavailable) as raised:
            self.ask(site, answer)
        self.assertEqual(1, len(self.s3.sent))
        return str(raised.exception)

    def test_another_host_is_refused_and_both_are_named(self):
        for status in (301, 302, 303, 307, 308):
            with self.subTest(status):
                told = self.refused(
                    CLONE, to("https://evil.example/backup?x=y", status)
                )
                self.assertIn("https://s3.example.com", told)
                self.assertIn("https://evil.example;", told)

    def test_http_is_refused(self):
        told = self.refused(CLONE, to("http://s3.example.com/backup"))
        self.assertIn("to http://s3.example.com;", told)

    def test_a_region_does_not_excuse_another_host(self):
        for site in (CLONE, AMAZON):
            with self.subTest(site):
                region = {"x-amz-bucket-region": "eu-west-1"}
                told = self.refused(
                    site, to("https://evil.example/", **region)
                )
                self.assertIn("https://evil.example", told)

    def test_an_address_that_is_none_is_refused(self):
        self.refused(CLONE, to("https://[evil/"))

    def test_amazon_is_followed_to_the_region_of_the_bucket(self):
        answer = to(
            "https://backup.s3-eu-west-1.amazonaws.com/",
            **{"x-amz-bucket-region": "eu-west-1"},
        )
        empty = Answer(200, EMPTY_LIST)
        self.assertTrue(self.ask(AMAZON, answer, empty))
        first, second = self.s3.sent
        self.assertIn("/us-east-1/", first.headers["authorization"])
        self.assertTrue(
            second.url.startswith("https://backup.s3.eu-west-1.amazonaws.com/")
        )
        self.assertIn("/eu-west-1/", second.headers["authorization"])

    def test_a_region_that_is_none_leads_nowhere(self):
        for region in ("evil.example/", "x@evil.example", "..", ""):
            with self.subTest(region), self.assertRaises(SiteUnavailable):
                self.ask(AMAZON, to("/", **{"x-amz-bucket-region": region}))
            for sent in self.s3.sent:
                self.assertNotIn("evil", sent.url)

    def test_a_clone_that_points_to_itself_is_a_failing_site(self):
        with self.assertRaises(SiteUnavailable):
            self.ask(CLONE, to("https://s3.example.com/other"))
        self.assertLessEqual(len(self.s3.sent), 2)
        hosts = {sent.url.split("/")[2] for sent in self.s3.sent}
        self.assertEqual({"s3.example.com"}, hosts)

    def test_whatever_changes_the_address_nothing_is_sent_there(self):
        s3 = CannedS3()
        bucket = s3.bucket(a_rule(site=a_site(**CLONE)))

        def lead_astray(request, **_):
            request.url = "https://evil.example/backup"

        events = bucket.site.client().meta.events
        events.register("request-created.s3", lead_astray)
        with self.assertRaisesRegex(SiteUnavailable, "to https://evil"):
            bucket.list("p/", 1)
        self.assertEqual([], s3.sent)
