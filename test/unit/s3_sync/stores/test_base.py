# SPDX-License-Identifier: Apache-2.0
"""Is the store of our tests one that callers can rely on?"""

import unittest

from s3_sync.stores.base import Reply
from test.doubles.memory_body import MemoryBody
from test.doubles.memory_store import MemoryStore
from test.doubles.rules import an_info
from test.store_suite import StoreSuite


class MemoryStoreTest(StoreSuite, unittest.TestCase):
    def make_store(self):
        return MemoryStore()


class ReplyTest(unittest.TestCase):
    def test_closing_a_reply_closes_its_body(self):
        body = MemoryBody(b"")
        Reply(an_info(), body).close()
        self.assertTrue(body.closed)
