# SPDX-License-Identifier: Apache-2.0
"""What does a rule's handler do with a container, step by step?"""

import logging
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

from container_crawler.handler import Found
from s3_sync.daemon.handler import RuleHandler
from s3_sync.errors import Refused, SiteUnavailable
from s3_sync.replication.journal import Journal
from s3_sync.replication.replicator import Replicator
from s3_sync.saio.layout import fastest_folder
from test.doubles.fake_swift import FakeSwift
from test.doubles.idle_workers import IdleWorkers
from test.doubles.memory_store import MemoryStore
from test.doubles.rules import NOW, a_rule

DOWN = SiteUnavailable("memory", "put", "", "down")
BAD = Refused("memory", "put", "bad", "the site does not like it")


class Handling:
    """A handler, and everything around it; nothing happens by itself.

    `done` says of each ROWID what the crawler was told, in order.
    """

    def __init__(self, folder: Path, **how) -> None:
        self.now = NOW
        self.swift = FakeSwift(lambda: self.now)
        self.remote = MemoryStore()
        self.journal = Journal(folder)
        self.done = defaultdict(list)
        self.start(**how)

    def start(self, rule=None, **how) -> None:
        """Begin anew, as after a kill: only the journal is left."""
        self.workers = IdleWorkers()
        self.handler = RuleHandler(
            Replicator(
                rule or a_rule(),
                self.swift,
                lambda _: self.remote,
                self.journal,
                lambda: self.now,
            ),
            self.workers,
            self.swift,
            **{"capacity": 100, "clock": lambda: self.now} | how,
        )
        self.rule_id = self.handler.rule.id

    def hand_out(
        self, row, database=None, verify=False, existed=False, compare=False
    ):
        """Give the handler a row, as the crawler does."""
        found = Found(
            database or self.swift,
            self.swift.record(row),
            verify=verify,
            existed=existed,
            compare=compare,
        )
        self.handler.handle(found, self.done[row.rowid].append)

    def settle(self, *rows, **how) -> None:
        """Give the handler rows and let it do all there is to do."""
        for row in rows:
            self.hand_out(row, **how)
        self.workers.run_all()

    def wait(self, seconds: float) -> None:
        """Let time go by; the daemon ticks once."""
        self.now += seconds
        self.handler.tick()
        self.workers.run_all()

    def fail(self, **names) -> None:
        """Make requests about these names fail with these errors."""

        def before(_, name):
            if error := names.get(name) or names.get("everything"):
                raise error

        self.remote.before = before

    def fail_with(self, error) -> None:
        """Make every request fail."""
        self.fail(everything=error)

    def heal(self) -> None:
        """Let all go well again."""
        self.remote.before = lambda *_: None
        self.swift.before = lambda *_: None
        self.write_protect(False)

    def write_protect(self, on: bool) -> None:
        """Make the journal refuse to be written, as on a full disk."""
        self.journal._connection.execute(f"PRAGMA query_only = {int(on)}")

    @property
    def parked(self):
        """The parked rows by name."""
        parked = self.journal.parked(self.rule_id)
        return {each.row.name: each for each in parked}


class HandlingTest(unittest.TestCase):
    """Tests of a handler on a container; all rows must end."""

    def setUp(self):
        logging.getLogger("s3_sync").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("s3_sync").setLevel, logging.NOTSET)
        folder = tempfile.TemporaryDirectory(dir=fastest_folder())
        self.addCleanup(folder.cleanup)
        self.it = Handling(Path(folder.name))
        self.addCleanup(self.it.journal.close)

    def assert_done(self, *rows):
        """Assert that the outcome of each row was told once: durable."""
        for row in rows:
            self.assertEqual([True], self.it.done[row.rowid], row)

    def assert_waiting(self, *rows):
        """Assert that nothing was told of these rows."""
        for row in rows:
            self.assertEqual([], self.it.done[row.rowid], row)
