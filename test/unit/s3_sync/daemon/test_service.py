# SPDX-License-Identifier: Apache-2.0
"""Do the daemon's parts start, work together, and stop?"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest import mock

from pydantic import SecretStr

from s3_sync.daemon import service
from s3_sync.errors import JournalError, SiteUnavailable
from s3_sync.replication.journal import Journal, Parked
from s3_sync.replication.pauses import NotedPause
from s3_sync.stores.swift import SwiftStore
from test.doubles.canned_s3 import EMPTY_LIST, Answer, CannedS3
from test.doubles.fake_proxy import FakeProxy, Said
from test.doubles.fake_swift import FakeSwift
from test.doubles.rules import a_rule, a_site
from test.unit.container_crawler.fixtures import PHOTOS, Cluster, merge, put
from test.unit.s3_sync.config.written import CLONE, RULE, document, loaded

PATIENCE = 10.0
SOURCE = {"account": "AUTH_test", "container": "photos"}
MINE = RULE | CLONE | SOURCE


class ServiceTest(unittest.TestCase):
    def setUp(self):
        logging.getLogger("s3_sync").setLevel(logging.CRITICAL + 1)
        self.addCleanup(logging.getLogger("s3_sync").setLevel, logging.NOTSET)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cluster = Cluster(self.folder)
        self.proxy = FakeProxy()
        self.swift = FakeSwift()

    def _config(self, *rules):
        config = loaded(
            document(
                *rules or [MINE],
                swift_dir=str(self.cluster.swift_dir),
                devices=str(self.cluster.devices("127.0.0.1")),
                swift_bind_ip="127.0.0.1",
                status_dir=str(self.folder),
                poll_interval=0.05,
                workers=2,
            )
        )
        conf = self.proxy.conf_in(self.folder)
        return replace(config, internal_client_path=conf)

    def _open(self, *rules, **how):
        """Open a service whose sites are canned."""
        opened = service.Service(self._config(*rules), **how)
        self.addCleanup(opened.close)
        return opened

    def test_once_with_nothing_to_do_is_complete(self):
        self.assertTrue(self._open(once=True).run())

    def test_once_with_a_parked_row_is_not(self):
        opened = self._open(once=True)
        journal = Journal(self.folder)
        self.addCleanup(journal.close)
        row = self.swift.put("x")
        parked = Parked(PHOTOS, row, "no", 1, 0.0, 2e12)
        journal.park(opened._handlers[0].rule.id, parked)
        self.assertFalse(opened.run())

    def test_rows_go_from_the_database_to_the_site(self):
        broker = self.cluster.create()
        put(broker, "x")
        merge(broker)
        s3 = CannedS3(self._site)
        original = service.S3Bucket
        service.S3Bucket = lambda rule, _, **__: s3.bucket(rule)
        self.addCleanup(setattr, service, "S3Bucket", original)
        self.proxy.answer = self._swift
        self.assertTrue(self._open(once=True).run())
        puts = [sent.body for sent in s3.sent if sent.method == "PUT"]
        self.assertEqual([b"hello"], puts)

    @staticmethod
    def _swift(asked):
        if "/.shards_" in asked.path:
            return Said("404 Not Found")
        return Said(
            "200 OK",
            {
                "Content-Length": "5",
                "Etag": "5d41402abc4b2a76b9719d911017c592",
                "X-Timestamp": "0000001000.00000",
            },
            [b"hello"],
        )

    def test_a_rule_to_another_swift_has_stores_there(self):
        there = {
            "protocol": "swift",
            "endpoint": "http://127.0.0.1:9/auth/v1.0",
            "identity": "a:b",
            "secret": "c",
        }
        rules = [MINE, {**SOURCE, **there, "bucket": "copies"}]
        _, handler = self._open(*rules)._handlers
        store = handler._replicator.store(PHOTOS)
        self.assertIsInstance(store, SwiftStore)
        with self.assertRaises(SiteUnavailable):
            store.is_empty()

    @staticmethod
    def _site(sent):
        return Answer(200, EMPTY_LIST if sent.is_list else "")

    def test_an_account_that_cannot_be_listed_is_not_complete(self):
        self.proxy.answer = lambda _: Said("503 Down")
        logging.getLogger("container-crawler").setLevel(100)
        self.addCleanup(logging.getLogger("container-crawler").setLevel, 0)
        rule = MINE | {"container": "/*"}
        self.assertFalse(self._open(rule, once=True).run())

    def test_it_works_until_it_is_stopped(self):
        opened = self._open()
        results = []
        thread = threading.Thread(target=lambda: results.append(opened.run()))
        thread.start()
        opened.stop()
        thread.join(PATIENCE)
        self.assertEqual([True], results)

    def test_a_rule_whose_tick_fails_stops_no_other(self):
        rules = [MINE, MINE | {"container": "other"}]
        opened = self._open(*rules)
        ticked = threading.Event()
        first, second = opened._handlers

        def fail():
            raise KeyError("a mistake")

        first.tick, second.tick = fail, ticked.set
        thread = threading.Thread(target=opened.run)
        thread.start()
        self.assertTrue(ticked.wait(PATIENCE))
        opened.stop()
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())

    def test_rules_share_the_rows_under_way(self):
        for count, room in ((1, 2000), (10, 800), (200, 64)):
            rules = [MINE | {"container": f"c{n}"} for n in range(count)]
            with self.subTest(count):
                handlers = self._open(*rules)._handlers
                self.assertEqual({room}, {h.room() for h in handlers})

    def test_a_missing_status_dir_is_the_journals_error(self):
        config = replace(self._config(), status_dir=self.folder / "none")
        with self.assertRaises(JournalError):
            service.Service(config)

    def test_a_journal_that_is_deleted_ends_it(self):
        opened = self._open()
        os.unlink(self.folder / "journal.sqlite")
        opened.run()
        self.assertTrue(opened.journal_lost)

    def test_a_damaged_journal_is_set_aside_when_it_ends(self):
        opened = service.Service(self._config())
        with suppress(JournalError), opened._journal.file.reading("read"):
            int("x")
        opened.run()
        opened.close()
        self.assertEqual(1, len(list(self.folder.glob("*.corrupt-*Z"))))

    def test_a_pause_is_noted_while_it_lasts(self):
        opened = self._open()
        [handler] = opened._handlers
        handler.pause.begin("down", 2e12)
        handler.pause.next_probe = 3e12
        thread = threading.Thread(target=opened.run)
        thread.start()
        give_up = time.monotonic() + PATIENCE
        while not (noted := opened._journal.pauses.of(handler.rule.id)):
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.01)
        opened.stop()
        thread.join(PATIENCE)
        self.assertEqual([NotedPause(0, "down", 2e12)], noted)
        self.assertEqual([], self._open()._journal.pauses.of(handler.rule.id))


class EditionTest(unittest.TestCase):
    def test_it_changes_with_what_is_not_part_of_the_identity(self):
        rule, other = a_rule(), a_rule(head_first_size=1)
        self.assertEqual(rule.id, other.id)
        self.assertNotEqual(service._edition(rule), service._edition(other))

    def test_another_secret_makes_no_other_edition(self):
        other = a_rule(site=a_site(secret=SecretStr("another")))
        self.assertEqual(service._edition(a_rule()), service._edition(other))

    def test_another_version_of_the_software_does(self):
        before = service._edition(a_rule())
        with mock.patch.object(service, "__version__", "99"):
            self.assertNotEqual(before, service._edition(a_rule()))

    def test_every_process_comes_to_the_same(self):
        code = (
            "from s3_sync.daemon.service import _edition\n"
            "from test.doubles.rules import a_rule\n"
            "print(_edition(a_rule()))"
        )
        root = Path(__file__).parents[4]
        told = {
            subprocess.run(
                [sys.executable, "-c", code],
                env=os.environ | {"PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
                cwd=root,
            ).stdout
            for seed in "12"
        }
        self.assertEqual({f"{service._edition(a_rule())}\n".encode()}, told)
