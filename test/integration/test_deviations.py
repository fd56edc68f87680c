# SPDX-License-Identifier: Apache-2.0
"""Do the servers still deviate from Amazon S3 as the other tests assume?"""

import unittest

from s3_sync.stores.s3_providers import TABLE
from test.integration.deviations import DEVIATIONS, PROVIDERS
from test.integration.matrix import SERVERS, on_every_server
from test.integration.probes import PROBES, Probe

WARNINGS = ("renames_underscore", "keys_are_paths")
"""Columns that say what a server lacks, not what it can do."""


class Deviations:
    """The probes; a subclass says on which server."""

    def test_a_server_deviates_as_the_table_says_and_no_more(self):
        server = self.server()
        for deviation, observe in PROBES.items():
            with self.subTest(f"{server.name} {deviation}"):
                probe = Probe(server)
                self.addCleanup(probe.client.close)
                self.assertEqual(server.has(deviation), observe(probe))


class TableTest(unittest.TestCase):
    def test_every_deviation_has_a_probe(self):
        self.assertEqual(list(DEVIATIONS), list(PROBES))

    def test_every_server_of_the_table_is_one_of_ours(self):
        named = {name for d in DEVIATIONS.values() for name in d.servers}
        self.assertLessEqual(named, {title.lower() for title in SERVERS})

    def test_the_provider_table_promises_nothing_that_a_server_lacks(self):
        for name, deviation in DEVIATIONS.items():
            for server, provider in PROVIDERS.items():
                if not deviation.column or server not in deviation.servers:
                    continue
                value = getattr(TABLE[provider].capabilities, deviation.column)
                if deviation.column in WARNINGS:
                    value = not value
                with self.subTest(f"{name}: {provider}"):
                    self.assertIsNot(True, value)


globals().update(on_every_server(Deviations))
