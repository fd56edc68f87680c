# SPDX-License-Identifier: Apache-2.0
"""Is there a variable or a file that changes where requests go?"""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from s3_sync.stores.s3_client import open_client
from s3_sync.stores.s3_session import a_session
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3
from test.doubles.environments import misleading
from test.doubles.rules import a_rule, a_site


class EnvironmentTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.environ = misleading(Path(folder.name))
        patch = mock.patch.dict(os.environ, self.environ)
        patch.start()
        self.addCleanup(patch.stop)

    def seen(self, **site):
        """Return the URL and the connection of one request."""
        rule = a_rule(site=a_site(**site))
        s3 = CannedS3(lambda _: Answer(200, EMPTY_LIST))
        s3.store(rule).is_empty()
        return s3.sent[0], open_client(rule.site, 1)._endpoint.http_session

    def test_amazon_is_asked_in_the_sites_region(self):
        sent, _ = self.seen(
            endpoint=None, region="eu-west-1", addressing="auto"
        )
        self.assertTrue(
            sent.url.startswith("https://backup.s3.eu-west-1.amazonaws.com/?")
        )
        self.assertIn("/eu-west-1/s3/", sent.headers["authorization"])

    def test_a_clone_is_asked_at_its_endpoint(self):
        sent, _ = self.seen(endpoint="https://s3.example.com")
        self.assertTrue(sent.url.startswith("https://s3.example.com/backup?"))

    def test_no_proxy_and_no_ca_are_taken_from_there(self):
        for endpoint in (None, "https://s3.example.com"):
            with self.subTest(endpoint):
                _, session = self.seen(endpoint=endpoint)
                self.assertTrue(session._verify is True)
                proxies = session._proxy_config
                for url in ("http://h", "https://h"):
                    self.assertIsNone(proxies.proxy_url_for(url))

    def test_there_is_still_one_attempt(self):
        client = open_client(a_site(), 1)
        self.assertEqual(1, client.meta.config.retries["total_max_attempts"])

    def test_a_profile_that_is_not_there_harms_nobody(self):
        with mock.patch.dict(os.environ, AWS_PROFILE="missing"):
            sent, _ = self.seen(endpoint="https://s3.example.com")
        self.assertIn("hush-identity", sent.headers["authorization"])

    def test_services_are_what_the_sdk_knows_of_them(self):
        loader = a_session().get_component("data_loader")
        self.assertEqual([loader.BUILTIN_DATA_PATH], loader.search_paths)

    def test_every_variable_has_our_value(self):
        with mock.patch.dict(os.environ, self.environ, clear=True):
            misled = _variables()
        with mock.patch.dict(os.environ, clear=True):
            self.assertEqual(_variables(), misled)


def _variables():
    session = a_session()
    return {
        name: session.get_config_variable(name)
        for name in session.session_var_map
    }
