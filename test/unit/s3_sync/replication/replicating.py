# SPDX-License-Identifier: Apache-2.0
"""What does a replicator make of a row, between a Swift and a store?"""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from s3_sync.errors import SiteUnavailable
from s3_sync.replication.journal import Journal
from s3_sync.replication.replicator import Replicator
from test.doubles.fake_swift import FakeSwift
from test.doubles.memory_body import MemoryBody
from test.doubles.memory_store import MemoryStore
from test.doubles.rules import NOW, a_rule

BIG = b"x" * 5000
HOURS = 3600
DOWN = SiteUnavailable("memory", "put", "", "down")


def raising(error):
    """Return what raises `error` whatever it is called with."""

    def raise_it(*_):
        raise error

    return raise_it


class ReplicatorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Journal(Path(folder.name))
        self.addCleanup(self.journal.close)
        self.now = NOW
        self.swift = FakeSwift(lambda: self.now)
        self.stores = {}
        self.remote = self._store(self.swift.container)
        self.make(head_first_size=len(BIG))

    def make(self, **rule):
        self.replicator = Replicator(
            a_rule(**rule),
            self.swift,
            self._store,
            self.journal,
            lambda: self.now,
        )

    def _store(self, container):
        return self.stores.setdefault(container, MemoryStore())

    def replicate(self, row, compare=False, policy=0, again=False):
        """Do what the row asks for, from now on counting; return the Op."""
        self.swift.requests.clear()
        self.remote.requests.clear()
        return self.replicator.replicate(
            row, self.swift.container, policy, compare=compare, again=again
        ).op

    def put_elsewhere(self, name, content=b"", **said):
        """Let the remote hold a copy that carries none of our marks."""
        swift = FakeSwift()
        swift.put(name, content, **said)
        described = replace(swift.objects[name].info, stamps=None)
        self.remote.put(name, MemoryBody(content), described)

    def assert_cost(self, remote, local):
        """Assert how many requests of which kind that took."""
        self.assertEqual(remote, dict(self.remote.asked))
        self.assertEqual(local, dict(self.swift.asked))

    def assert_equal(self, name="x"):
        """Assert that the remote has what Swift has, and says so."""
        version = self.swift.objects[name]
        held = self.remote.objects[name]
        self.assertEqual(version.content, held.content)
        self.assertEqual(
            replace(version.info, stamps=None),
            replace(held.info, stamps=None),
        )
        self.assertEqual(version.row_stamps.data, held.info.stamps.data)
        self.assertEqual(
            version.row_stamps.metadata, held.info.stamps.metadata
        )
