# SPDX-License-Identifier: Apache-2.0
"""Does each site get the limits of the service behind it?"""

import unittest

from s3_sync.stores.s3_providers import AMAZON, GENERIC, provider_of
from test.doubles.rules import a_site


class ProviderTest(unittest.TestCase):
    def test_amazon_is_known_by_its_endpoints(self):
        for endpoint, expected in (
            (None, AMAZON),
            ("https://s3.eu-west-1.amazonaws.com", AMAZON),
            ("https://s3.example.com", GENERIC),
            ("https://amazonaws.com.example.com", GENERIC),
        ):
            with self.subTest(endpoint):
                site = a_site(endpoint=endpoint)
                self.assertIs(expected, provider_of(site))

    def test_where_nothing_is_known_the_server_is_left_to_refuse(self):
        self.assertIsNone(GENERIC.max_metadata)

    def test_amazons_documented_limits(self):
        self.assertEqual(
            (2048, 1024, 5 * 1024**3),
            (AMAZON.max_metadata, AMAZON.max_key, AMAZON.max_put),
        )
