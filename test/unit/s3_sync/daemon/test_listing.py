# SPDX-License-Identifier: Apache-2.0
"""Does the crawler learn why an account cannot be listed?"""

import unittest

from container_crawler.shards import ListingFailed, NoSuchAccount
from s3_sync.daemon.listing import list_containers
from s3_sync.errors import NotFound, Refused


class Answering:
    """A cluster with one answer."""

    def __init__(self, answer):
        self.answer = answer

    def containers(self, account):
        if isinstance(self.answer, Exception):
            raise self.answer
        return [f"{account}/{name}" for name in self.answer]


class ListingTest(unittest.TestCase):
    def test_the_containers_are_named(self):
        listed = list_containers(Answering(["b"]), "a")
        self.assertEqual(["a/b"], listed)

    def test_a_missing_account_is_told_from_one_that_fails(self):
        missing = NotFound("swift", "list", "a", "no such account")
        with self.assertRaisesRegex(NoSuchAccount, "no such account"):
            list_containers(Answering(missing), "a")
        with self.assertRaisesRegex(ListingFailed, "503") as caught:
            list_containers(Answering(Refused("swift", "l", "a", "503")), "a")
        self.assertNotIsInstance(caught.exception, NoSuchAccount)
