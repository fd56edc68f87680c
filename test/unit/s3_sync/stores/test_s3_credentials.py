# SPDX-License-Identifier: Apache-2.0
"""Does every request carry the credentials that the site should see?"""

import datetime
import logging
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs

from pydantic import SecretStr

from s3_sync.errors import SiteUnavailable
from s3_sync.stores import s3_client, s3_credentials
from s3_sync.stores.s3_session import users_session
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3
from test.doubles.environments import misleading
from test.doubles.rules import a_rule, a_site

ROLE = {
    "endpoint": None,
    "region": "eu-west-1",
    "session_token": None,
    "role_arn": "arn:aws:iam::123456789012:role/replicator",
    "external_id": SecretStr("hush-external"),
}
ANSWER = """
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>role-{number}</AccessKeyId>
<SecretAccessKey>hush-role</SecretAccessKey>
<SessionToken>token-{number}</SessionToken>
<Expiration>{end}</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>
"""


def _assumed(number, minutes):
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now + datetime.timedelta(minutes=minutes)
    return Answer(200, ANSWER.format(number=number, end=end.isoformat()))


def _empty(_):
    return Answer(200, EMPTY_LIST)


class GivenTest(unittest.TestCase):
    def test_given_credentials_sign(self):
        s3 = CannedS3(_empty)
        s3.store().is_empty()
        headers = s3.sent[0].headers
        self.assertIn("Credential=hush-identity/", headers["authorization"])
        self.assertEqual("hush-token", headers["x-amz-security-token"])

    def test_those_of_the_environment_do_not(self):
        environ = {
            "AWS_ACCESS_KEY_ID": "ambient",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_SESSION_TOKEN": "ambient-token",
        }
        with mock.patch.dict(os.environ, environ):
            s3 = CannedS3(_empty)
            s3.store(a_rule(site=a_site(session_token=None))).is_empty()
        self.assertNotIn("ambient", str(s3.sent[0].headers))


class FoundTest(unittest.TestCase):
    SITE = a_site(
        endpoint=None, identity=None, secret=None, session_token=None
    )

    def setUp(self):
        users_session.cache_clear()
        self.addCleanup(users_session.cache_clear)
        nowhere = {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        patch = mock.patch.dict(os.environ, nowhere, clear=True)
        patch.start()
        self.addCleanup(patch.stop)
        logger = logging.getLogger("botocore.credentials")
        logger.disabled = True
        self.addCleanup(setattr, logger, "disabled", False)

    def test_the_environment_is_searched_for_amazon(self):
        s3 = CannedS3(_empty)
        store = s3.store(a_rule(site=self.SITE))
        found = {"AWS_ACCESS_KEY_ID": "found", "AWS_SECRET_ACCESS_KEY": "x"}
        with mock.patch.dict(os.environ, found):
            store.is_empty()
        self.assertIn("=found/", s3.sent[0].headers["authorization"])

    def test_without_any_the_site_is_unavailable_until_there_are(self):
        s3 = CannedS3(_empty)
        store = s3.store(a_rule(site=self.SITE))
        with self.assertRaisesRegex(SiteUnavailable, "there are none; give"):
            store.is_empty()
        self.assertEqual([], s3.sent)
        found = {"AWS_ACCESS_KEY_ID": "found", "AWS_SECRET_ACCESS_KEY": "x"}
        with mock.patch.dict(os.environ, found):
            self.assertTrue(store.is_empty())

    def test_a_profile_that_is_not_there_makes_it_unavailable(self):
        s3 = CannedS3(_empty)
        store = s3.store(a_rule(site=self.SITE))
        with (
            mock.patch.dict(os.environ, AWS_PROFILE="missing"),
            self.assertRaisesRegex(SiteUnavailable, "missing"),
        ):
            store.is_empty()


class RoleTest(unittest.TestCase):
    def setUp(self):
        self.sts = CannedS3()
        self.answers = [_assumed(1, 60)]
        self.sts.respond = lambda _: self.answers[
            min(len(self.sts.sent), len(self.answers)) - 1
        ]
        opened = s3_client._open_sts

        def open_sts(session, site):
            client = opened(session, site)
            client.meta.events.register("before-send.sts", self.sts.answer)
            return client

        patch = mock.patch.object(s3_client, "_open_sts", open_sts)
        patch.start()
        self.addCleanup(patch.stop)
        self.s3 = CannedS3(_empty)

    def store(self, **site):
        return self.s3.store(a_rule(site=a_site(**ROLE | site)))

    def test_the_role_signs_in_place_of_who_assumed_it(self):
        self.store().is_empty()
        [assumed], [asked] = self.sts.sent, self.s3.sent
        self.assertEqual("https://sts.eu-west-1.amazonaws.com/", assumed.url)
        self.assertIn("=hush-identity/", assumed.headers["authorization"])
        self.assertIn("=role-1/", asked.headers["authorization"])
        self.assertEqual("token-1", asked.headers["x-amz-security-token"])

    def test_role_and_external_id_are_named(self):
        self.store().is_empty()
        form = parse_qs(self.sts.sent[0].body.decode())
        self.assertEqual(["AssumeRole"], form["Action"])
        self.assertEqual([ROLE["role_arn"]], form["RoleArn"])
        self.assertEqual(["hush-external"], form["ExternalId"])
        self.assertEqual(["swift-s3-sync"], form["RoleSessionName"])

    def test_without_an_external_id_none_is_sent(self):
        self.store(external_id=None).is_empty()
        self.assertNotIn(b"ExternalId", self.sts.sent[0].body)

    def test_the_token_service_may_be_another(self):
        self.store(
            endpoint="https://s3.example.com",
            sts_endpoint="https://sts.example.com:8443",
        ).is_empty()
        self.assertEqual("https://sts.example.com:8443/", self.sts.sent[0].url)

    def test_the_environment_cannot_send_it_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            environ = misleading(Path(folder))
            with mock.patch.dict(os.environ, environ):
                self.store().is_empty()
        self.assertEqual(
            "https://sts.eu-west-1.amazonaws.com/", self.sts.sent[0].url
        )

    def test_a_role_is_assumed_once_while_it_lasts(self):
        store = self.store()
        store.is_empty()
        store.is_empty()
        self.assertEqual(1, len(self.sts.sent))
        self.assertEqual(2, len(self.s3.sent))

    def test_it_is_renewed_before_it_expires(self):
        self.answers = [_assumed(1, 5), _assumed(2, 60)]
        store = self.store()
        store.is_empty()
        store.is_empty()
        store.is_empty()
        self.assertEqual(2, len(self.sts.sent))
        signed = [sent.headers["authorization"] for sent in self.s3.sent]
        self.assertIn("=role-1/", signed[0])
        self.assertIn("=role-2/", signed[1])
        self.assertIn("=role-2/", signed[2])

    def test_a_role_that_is_refused_is_the_sites_fault_and_no_objects(self):
        self.answers = [
            Answer(
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code>"
                "<Message>not you</Message></Error></ErrorResponse>",
            )
        ]
        with (
            self.assertLogs("botocore.credentials"),
            self.assertRaisesRegex(
                SiteUnavailable, "role/replicator.*not you"
            ),
        ):
            self.store().is_empty()
        self.assertEqual([], self.s3.sent)

    def test_no_secret_is_told(self):
        self.answers = [Answer(500, "")]
        with (
            self.assertLogs("botocore.credentials") as logged,
            self.assertRaises(SiteUnavailable) as raised,
        ):
            self.store().is_empty()
        told = f"{raised.exception!r} {logged.output}"
        self.assertNotIn("hush", told)

    def test_nothing_is_asked_before_the_first_request(self):
        self.store()
        self.assertEqual([], self.sts.sent)


class ProviderTest(unittest.TestCase):
    def test_a_session_is_told_nothing_of_the_secret(self):
        session = s3_credentials.session_of(a_site(), None)
        self.assertNotIn("hush", repr(session.get_credentials()))
