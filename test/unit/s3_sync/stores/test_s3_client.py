# SPDX-License-Identifier: Apache-2.0
"""Is the connection set up as old and new servers need it?"""

import unittest

from pydantic import SecretStr

from s3_sync import __version__
from s3_sync.stores.s3_client import S3Clients, open_client
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3
from test.doubles.rules import a_rule, a_site


class ClientTest(unittest.TestCase):
    def test_there_are_no_retries_and_no_endless_waits(self):
        config = open_client(a_site(), 7).meta.config
        self.assertEqual(1, config.retries["total_max_attempts"])
        self.assertEqual(
            (5, 60), (config.connect_timeout, config.read_timeout)
        )
        self.assertEqual(7, config.max_pool_connections)

    def test_the_site_is_asked_where_and_as_whom_the_rule_says(self):
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store().is_empty()
        [sent] = s3.sent
        self.assertTrue(
            sent.url.startswith("http://s3.example.test:9000/backup?")
        )
        self.assertIn("hush-identity/", sent.headers["authorization"])
        self.assertIn("/us-east-1/s3/", sent.headers["authorization"])
        self.assertEqual("hush-token", sent.headers["x-amz-security-token"])
        self.assertNotIn("hush-secret", str(sent))

    def test_the_user_agent_names_us(self):
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store().is_empty()
        agent = s3.sent[0].headers["user-agent"]
        self.assertIn(f"swift-s3-sync/{__version__}", agent)

    def test_virtual_addressing_puts_the_bucket_into_the_host(self):
        rule = a_rule(site=a_site(addressing="virtual"))
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store(rule).is_empty()
        self.assertTrue(
            s3.sent[0].url.startswith("http://backup.s3.example.test:9000/?")
        )

    def test_the_environment_cannot_send_requests_elsewhere(self):
        with self.subTest(), _environment(AWS_ENDPOINT_URL_S3="http://evil"):
            site = a_site(endpoint=None, addressing="auto")
            url = open_client(site, 1).meta.endpoint_url
            self.assertNotIn("evil", url)


class ClientsTest(unittest.TestCase):
    def test_rules_of_one_site_share_a_client(self):
        clients = S3Clients(7)
        self.assertIs(clients.of(a_site()), clients.of(a_site()))

    def test_other_credentials_have_a_client_of_their_own(self):
        clients = S3Clients(7)
        other = a_site(secret=SecretStr("other"))
        self.assertIsNot(clients.of(a_site()), clients.of(other))


class _environment:  # noqa: N801  reads as a function
    def __init__(self, **values):
        self._values = values

    def __enter__(self):
        import os

        self._before = dict(os.environ)
        os.environ.update(self._values)

    def __exit__(self, *_):
        import os

        os.environ.clear()
        os.environ.update(self._before)
