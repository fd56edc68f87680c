# SPDX-License-Identifier: Apache-2.0
"""Is Swift asked before a delete, and is the right side blamed for a PUT?"""

import unittest

from s3_sync.errors import Refused, SiteUnavailable
from s3_sync.model.decide import Op
from s3_sync.replication.local_side import (
    is_blind,
    marked,
    put,
    skip,
    why_not_delete,
)
from test.doubles.fake_swift import BROKEN, FakeSwift
from test.doubles.memory_store import MemoryStore
from test.doubles.rules import NOW, a_rule


class LocalSideTest(unittest.TestCase):
    def setUp(self):
        self.swift = FakeSwift()
        self.remote = MemoryStore()

    def why_not(self, row, blind=False, **rule):
        return why_not_delete(
            a_rule(**rule),
            self.swift,
            row,
            self.swift.container,
            self.swift.policy,
            blind=blind,
        )

    def get(self, name):
        path = self.swift.container.account, self.swift.container.name
        return self.swift.get(path, name, 0, newest=False)

    def test_only_a_young_tombstone_of_the_containers_policy_is_blind(self):
        self.swift.put("x", at=NOW - 1)
        row = self.swift.delete("x")
        self.assertTrue(is_blind(row, 0, NOW, compare=False))
        self.assertFalse(is_blind(row, 0, NOW, compare=True))
        self.assertFalse(is_blind(row, 1, NOW, compare=False))
        self.assertFalse(is_blind(row, 0, NOW + 86_400, compare=False))

    def test_what_swift_has_again_is_not_deleted(self):
        self.swift.put("x")
        row = self.swift.delete("x")
        self.assertIsNone(self.why_not(row))
        self.swift.put("x")
        self.assertIs(Op.NOTHING, self.why_not(row).op)
        self.assertIsNone(self.why_not(row, blind=True))

    def test_deletes_that_are_not_propagated_ask_nobody(self):
        self.swift.put("x")
        row = self.swift.delete("x")
        self.swift.requests.clear()
        why = self.why_not(row, propagate_delete=False)
        self.assertEqual("deletes are not propagated", why.reason)
        self.assertEqual([], self.swift.requests)

    def test_a_newer_version_goes_under_its_own_times(self):
        old = self.swift.put("x", b"old")
        new = self.swift.put("x", b"new")
        info = self.get("x").info
        self.assertEqual(info.stamps, marked(old, info).stamps)
        self.assertEqual(new.stamps, marked(new, info).stamps)

    def test_a_large_object_is_skipped_by_its_kind(self):
        self.swift.put("x", large_object="dynamic large object")
        action = skip(self.get("x"))
        self.assertIs(Op.SKIP, action.op)
        self.assertIn("dynamic large objects", action.reason)

    def test_the_source_is_blamed_for_bytes_that_it_could_not_read(self):
        self.swift.put("x", b"bytes")
        self.swift.broken.add("x")
        reply = self.get("x")
        with self.assertRaises(Refused) as caught:
            put(self.remote, "x", reply, reply.info, None)
        self.assertIs(BROKEN, caught.exception)

    def test_the_site_is_blamed_for_all_else(self):
        self.swift.put("x", b"bytes")
        down = SiteUnavailable("memory", "put", "x", "down")

        def before(*_):
            raise down

        self.remote.before = before
        reply = self.get("x")
        with self.assertRaises(SiteUnavailable) as caught:
            put(self.remote, "x", reply, reply.info, None)
        self.assertIs(down, caught.exception)
