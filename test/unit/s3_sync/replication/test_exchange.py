# SPDX-License-Identifier: Apache-2.0
"""Does a row reach another Swift without undoing what was done there?"""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from s3_sync.errors import Conflict, Refused, SiteUnavailable
from s3_sync.model.copies import container_id, to_swift
from s3_sync.model.decide import Op
from s3_sync.model.timestamps import Stamps, Timestamp
from s3_sync.replication.journal import Journal
from s3_sync.replication.replicator import Replicator
from test.doubles.canned_swift import a_swift_rule
from test.doubles.fake_swift import BROKEN, FakeSwift
from test.doubles.memory_peer import MemoryPeer
from test.doubles.rules import NOW, an_info

OURS = container_id("AUTH_test", "photos", "0000000001.00000")
OTHERS = "0123456789abcdef"
META = "x-object-meta-"


class ExchangeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Journal(Path(folder.name))
        self.addCleanup(self.journal.close)
        self.now = NOW
        self.swift = FakeSwift(lambda: self.now)
        self.peer = MemoryPeer()
        self.open()

    def open(self, **rule):
        self.replicator = Replicator(
            a_swift_rule(**rule),
            self.swift,
            lambda _: self.peer,
            self.journal,
            lambda: self.now,
        )

    def replicate(self, row, *, compare=False):
        return self.replicator.replicate(
            row, self.swift.container, self.swift.policy, compare=compare
        )

    def a_copy(self, name="o", content=b"1", path=(OTHERS,), at=NOW - 50):
        """Write locally what another cluster's daemon would write."""
        time = Timestamp.at(at)
        stamps = Stamps(time, time, time)
        info = an_info(content, stamps=stamps, path=path)
        headers = to_swift(info, "swift-")
        metadata = {
            key.removeprefix(META): value
            for key, value in headers.items()
            if key.startswith(META)
        }
        return self.swift.put(name, content, metadata=metadata), stamps

    # New objects.

    def test_a_new_object_is_one_request(self):
        row = self.swift.put("o", b"1")
        self.assertEqual(Op.PUT, self.replicate(row).op)
        self.assertEqual({"PUT": 1}, dict(self.peer.asked))
        info = self.peer.objects["o"].info
        self.assertEqual((row.stamps, (OURS,)), (info.stamps, info.path))

    def test_what_is_there_already_is_looked_at(self):
        row = self.swift.put("o", b"1")
        self.peer.write("o", b"0", NOW - 9)
        self.assertEqual(Op.PUT, self.replicate(row).op)
        self.assertEqual({"PUT": 2, "HEAD": 1}, dict(self.peer.asked))
        self.assertEqual(b"1", self.peer.objects["o"].content)

    def test_what_is_newer_there_stays(self):
        row = self.swift.put("o", b"1")
        self.peer.write("o", b"2", NOW + 9)
        self.assertEqual(Op.NOTHING, self.replicate(row).op)
        self.assertEqual(b"2", self.peer.objects["o"].content)

    def test_large_objects_are_looked_for_before_they_are_read(self):
        row = self.swift.put("o", b"1" * 300_000)
        self.peer.write("o", b"2", NOW + 9)
        self.assertEqual(Op.NOTHING, self.replicate(row).op)
        self.assertEqual({"HEAD": 1}, dict(self.peer.asked))

    def test_what_comes_between_look_and_write_is_a_conflict(self):
        row = self.swift.put("o", b"1")

        def write(operation, name):
            if operation == "PUT":
                self.peer.write(name, b"2", NOW + 9)

        self.peer.before = write
        with self.assertRaises(Conflict):
            self.replicate(row, compare=True)
        self.assertEqual(b"2", self.peer.objects["o"].content)

    def test_a_replayed_row_costs_one_look(self):
        row = self.swift.put("o", b"1")
        self.replicate(row)
        self.swift.requests.clear()
        self.assertEqual(Op.NOTHING, self.replicate(row, compare=True).op)
        self.assertEqual({"PUT": 1, "HEAD": 1}, dict(self.peer.asked))
        self.assertEqual([], self.swift.requests)

    def test_a_source_that_breaks_is_to_blame_itself(self):
        self.swift.broken.add("o")
        row = self.swift.put("o", b"1234")
        with self.assertRaises(Refused) as caught:
            self.replicate(row)
        self.assertIs(BROKEN, caught.exception)

    def test_manifests_are_skipped(self):
        row = self.swift.put("o", large_object="dynamic large object")
        self.assertEqual(Op.SKIP, self.replicate(row).op)
        self.assertEqual({}, self.peer.objects)

    # Metadata.

    def test_new_metadata_cost_a_look_and_a_post(self):
        self.replicate(self.swift.put("o", b"1"))
        row = self.swift.post("o", metadata={"colour": "red"})
        self.assertEqual(Op.POST, self.replicate(row).op)
        self.assertEqual(
            {"PUT": 1, "HEAD": 1, "POST": 1}, dict(self.peer.asked)
        )
        info = self.peer.objects["o"].info
        self.assertEqual({"colour": "red"}, info.metadata)
        self.assertEqual((row.stamps, (OURS,)), (info.stamps, info.path))
        self.assertEqual({"GET": 1, "HEAD": 1}, dict(self.swift.asked))

    def test_newer_metadata_there_stay(self):
        self.swift.put("o", b"1")
        self.peer.write("o", b"1", NOW + 9, metadata={"colour": "blue"})
        row = self.swift.post("o", metadata={"colour": "red"})
        self.assertEqual(Op.NOTHING, self.replicate(row).op)

    def test_new_metadata_of_other_bytes_is_a_put(self):
        self.swift.put("o", b"1")
        self.peer.write("o", b"0", NOW - 9)
        row = self.swift.post("o", metadata={"colour": "red"})
        self.assertEqual(Op.PUT, self.replicate(row).op)
        self.assertEqual(b"1", self.peer.objects["o"].content)

    def test_bytes_that_changed_since_the_row_wait_for_theirs(self):
        row = self.swift.put("o", b"1")
        self.peer.write("o", b"1", NOW - 9, metadata={"a": "b"})
        self.swift.put("o", b"2")
        with self.assertRaises(Conflict):
            self.replicate(row, compare=True)

    # Copies that came from elsewhere.

    def test_a_copy_does_not_go_back_where_it_came_from(self):
        self.peer.known_as = OTHERS
        row, _ = self.a_copy()
        self.assertEqual(Op.NOTHING, self.replicate(row).op)
        self.assertEqual({}, dict(self.peer.asked))

    def test_not_even_if_it_is_not_there_any_more(self):
        self.peer.known_as = OTHERS
        row, _ = self.a_copy(path=("fedcba9876543210", OTHERS))
        self.assertEqual(Op.NOTHING, self.replicate(row, compare=True).op)
        self.assertEqual({}, self.peer.objects)

    def test_a_copy_goes_on_to_others_with_its_own_time_and_path(self):
        row, stamps = self.a_copy()
        self.assertEqual(Op.PUT, self.replicate(row).op)
        info = self.peer.objects["o"].info
        self.assertEqual((OTHERS, OURS), info.path)
        self.assertEqual(stamps, info.stamps)
        self.assertEqual({}, info.metadata)

    def test_a_copy_that_a_user_wrote_over_goes_back(self):
        self.peer.known_as = OTHERS
        self.a_copy()
        self.peer.write("o", b"1", NOW - 50)
        row = self.swift.put("o", b"2")
        self.assertEqual(Op.PUT, self.replicate(row).op)
        self.assertEqual((OURS,), self.peer.objects["o"].info.path)

    def test_a_copy_whose_metadata_a_user_changed_goes_back(self):
        self.peer.known_as = OTHERS
        self.a_copy()
        self.peer.write("o", b"1", NOW - 50)
        row = self.swift.post("o", metadata={"colour": "red"})
        self.assertEqual(Op.POST, self.replicate(row).op)
        info = self.peer.objects["o"].info
        self.assertEqual({"colour": "red"}, info.metadata)

    def test_ids_are_asked_once_in_ten_minutes(self):
        self.peer.known_as = OTHERS
        for number in range(5):
            self.replicate(self.a_copy(f"o{number}")[0])
        asked = self.peer.requests.count(("ID", ""))
        self.now += 601
        self.replicate(self.a_copy("x")[0])
        self.assertEqual(2, asked)  # at the first opening, and for the path
        self.assertEqual(3, self.peer.requests.count(("ID", "")))

    def test_a_container_that_was_missing_is_asked_about_again(self):
        self.peer.known_as = None
        self.replicate(self.a_copy("a")[0])
        self.peer.known_as = OTHERS
        row, _ = self.a_copy("b")
        self.assertEqual(Op.NOTHING, self.replicate(row).op)

    # Deletes.

    def test_a_delete_looks_first(self):
        self.replicate(self.swift.put("o", b"1"))
        row = self.swift.delete("o")
        self.assertEqual(Op.DELETE, self.replicate(row).op)
        self.assertEqual({"PUT": 1, "HEAD": 1}, dict(self.peer.asked))
        self.assertEqual(1, sum(self.swift.asked.values()))

    def test_what_was_written_there_later_stays(self):
        row = self.swift.delete("o")
        self.peer.write("o", b"2", NOW + 9)
        self.assertEqual(Op.NOTHING, self.replicate(row).op)

    def test_what_was_written_there_just_before_waits(self):
        self.peer.write("o", b"2", NOW - 9)
        row = self.swift.delete("o")
        with self.assertRaisesRegex(Refused, "waiting"):
            self.replicate(row)
        self.now += 61
        self.assertEqual(Op.DELETE, self.replicate(row).op)

    def test_an_old_tombstone_needs_swifts_own_word(self):
        row = self.swift.delete("o", at=NOW - 3600)
        self.swift.put("o", b"again")
        self.peer.write("o", b"1", NOW - 9000)
        self.assertEqual(Op.NOTHING, self.replicate(row).op)
        gone = self.swift.delete("p", at=NOW - 3600)
        self.peer.write("p", b"1", NOW - 9000)
        self.assertEqual(Op.DELETE, self.replicate(gone).op)

    def test_a_tombstone_of_a_policy_that_was_left_needs_swifts_own_word(self):
        row = replace(self.swift.delete("o"), policy=7)
        self.peer.write("o", b"1", NOW - 9000)
        self.swift.requests.clear()
        self.assertEqual(Op.DELETE, self.replicate(row).op)
        self.assertEqual([("HEAD", "o")], self.swift.requests)

    def test_what_may_have_arrived_is_looked_for(self):
        row = self.swift.put("o", b"1")
        self.replicate(row)
        action = self.replicator.replicate(
            row, self.swift.container, 0, compare=False, again=True
        )
        self.assertEqual(Op.NOTHING, action.op)
        self.assertEqual({"PUT": 1, "HEAD": 1}, dict(self.peer.asked))

    def test_deletes_stay_here_if_the_rule_says_so(self):
        self.open(propagate_delete=False)
        row = self.swift.delete("o")
        self.assertEqual(Op.NOTHING, self.replicate(row).op)
        self.assertEqual([], self.peer.requests)

    # Rules that lead to themselves.

    def test_a_container_is_not_copied_to_itself(self):
        self.peer.known_as = OURS
        with self.assertRaisesRegex(SiteUnavailable, "container photos to it"):
            self.replicate(self.swift.put("o", b"1"))
        self.assertEqual({}, self.peer.objects)

    def test_an_account_is_not_copied_to_itself(self):
        self.open(container="/*", bucket="copy-")
        self.peer.account_known_as = container_id(
            "AUTH_test", "", "0000000001.00000"
        )
        with self.assertRaisesRegex(SiteUnavailable, "account AUTH_test to"):
            self.replicate(self.swift.put("o", b"1"))

    def test_another_account_is_fine(self):
        self.open(container="/*", bucket="copy-")
        self.replicate(self.swift.put("o", b"1"))
        self.assertIn("o", self.peer.objects)
