# SPDX-License-Identifier: Apache-2.0
"""Has every cell of the table a value, a source, and the right reader?"""

import re
import unittest
from typing import get_args

from s3_sync.config.values import ProviderName
from s3_sync.model.capabilities import COLUMNS, fits
from s3_sync.stores.s3_client import open_client
from s3_sync.stores.s3_providers import (
    CAREFUL,
    TABLE,
    capabilities_of,
    provider_of,
)
from test.doubles.rules import a_site
from test.providers_page import PAGE, page

SOURCE = re.compile(r"https://\S+|probed on \S+|not known|botocore")
ENDPOINTS = {
    "amazon": "https://s3.eu-west-1.amazonaws.com",
    "google": "https://storage.googleapis.com",
    "r2": "https://0123abcd.r2.cloudflarestorage.com",
    "b2": "https://s3.us-east-005.backblazeb2.com",
    "generic": "https://s3.example.test",
}


class TableTest(unittest.TestCase):
    def test_every_cell_has_a_value_of_its_column_and_a_source(self):
        for provider in TABLE.values():
            for name, column in COLUMNS.items():
                cell = provider.cell(name)
                with self.subTest(f"{provider.name} {name}"):
                    self.assertTrue(fits(column, cell.value), cell.value)
                    self.assertRegex(cell.source, SOURCE)

    def test_no_cell_is_outside_the_columns(self):
        for provider in TABLE.values():
            with self.subTest(provider.name):
                self.assertEqual(set(), set(provider.known) - set(COLUMNS))
        self.assertEqual(set(COLUMNS), set(CAREFUL))

    def test_what_is_known_does_not_say_that_it_is_not(self):
        for provider in TABLE.values():
            for name, cell in provider.known.items():
                with self.subTest(f"{provider.name} {name}"):
                    self.assertNotIn("not known", cell.source)

    def test_the_names_are_those_that_a_site_may_have(self):
        self.assertEqual(get_args(ProviderName), tuple(TABLE))
        for name, provider in TABLE.items():
            self.assertEqual(name, provider.name)

    def test_the_page_shows_this_table(self):
        self.assertEqual(
            PAGE.read_text(),
            page(),
            "python -m test.providers_page writes it anew",
        )


class ProviderTest(unittest.TestCase):
    def test_an_endpoint_tells_whose_it_is(self):
        for name, endpoint in ENDPOINTS.items():
            with self.subTest(endpoint):
                site = a_site(endpoint=endpoint)
                self.assertEqual(name, provider_of(site).name)
        self.assertEqual("amazon", provider_of(a_site(endpoint=None)).name)

    def test_a_name_that_only_looks_like_one_tells_nothing(self):
        for endpoint in (
            "https://notbackblazeb2.com",
            "https://storage.googleapis.com.example.test",
            "https://s3.amazonaws.com.example.test",
        ):
            with self.subTest(endpoint):
                site = a_site(endpoint=endpoint)
                self.assertEqual("generic", provider_of(site).name)

    def test_a_site_may_say_whose_it_is(self):
        for name in TABLE:
            with self.subTest(name):
                site = a_site(provider=name)
                self.assertEqual(name, provider_of(site).name)

    def test_what_a_site_says_of_itself_counts(self):
        site = a_site(
            provider="ceph",
            capabilities=(("max_metadata", 100), ("copy_if_match", True)),
        )
        can = capabilities_of(site)
        self.assertEqual((100, True), (can.max_metadata, can.copy_if_match))
        self.assertEqual(True, can.renames_underscore)
        self.assertEqual(None, TABLE["ceph"].capabilities.max_metadata)

    def test_where_nothing_is_known_no_condition_is_relied_upon(self):
        can = capabilities_of(a_site())
        self.assertFalse(can.put_if_match or can.put_if_none_match)
        self.assertFalse(can.copy_if_match or can.content_md5)
        self.assertIsNone(can.max_metadata)

    def test_the_documented_limits_of_amazon(self):
        can = capabilities_of(a_site(endpoint=None))
        self.assertEqual(
            (2048, 1024, 5 * 1024**3, 10_000),
            (can.max_metadata, can.max_key, can.max_put, can.max_parts),
        )


class AddressingTest(unittest.TestCase):
    def test_a_bucket_is_where_the_table_says(self):
        for name, endpoint in {**ENDPOINTS, "amazon": None}.items():
            site = a_site(endpoint=endpoint, addressing="auto")
            client = open_client(site, 1)
            self.addCleanup(client.close)
            url = client.generate_presigned_url(
                "head_object", {"Bucket": "backup", "Key": "x"}
            )
            host = url.split("/")[2]
            found = "virtual" if host.startswith("backup.") else "path"
            with self.subTest(name):
                self.assertEqual(capabilities_of(site).addressing, found)
