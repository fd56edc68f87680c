# SPDX-License-Identifier: Apache-2.0
"""Does each row cost what it may, and is what was announced what is sent?"""

import hashlib

from s3_sync.errors import JournalError, NotFound, Refused, SiteUnavailable
from s3_sync.model.decide import Op
from s3_sync.replication.replicator import Replicator
from test.doubles.rules import a_rule
from test.unit.s3_sync.replication.replicating import (
    BIG,
    DOWN,
    ReplicatorTest,
    raising,
)


class CostTest(ReplicatorTest):
    def test_a_new_small_object_is_one_put_and_one_get(self):
        row = self.swift.put("x", b"bytes", metadata={"colour": "blue"})
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost({"PUT": 1}, {"GET": 1})
        self.assert_equal()

    def test_an_overwritten_small_object_is_too(self):
        self.replicate(self.swift.put("x", b"old"))
        row = self.swift.put("x", b"new")
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost({"PUT": 1}, {"GET": 1})
        self.assert_equal()

    def test_changed_metadata_is_one_post_and_one_head(self):
        self.replicate(self.swift.put("x", b"bytes", metadata={"a": "b"}))
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.POST, self.replicate(row))
        self.assert_cost({"POST": 1}, {"HEAD": 1})
        self.assert_equal()

    def test_a_changed_content_type_is_metadata(self):
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.post("x", content_type="image/png")
        self.assertIs(Op.POST, self.replicate(row))
        self.assert_cost({"POST": 1}, {"HEAD": 1})
        self.assert_equal()

    def test_a_fresh_delete_is_only_decided(self):
        self.replicate(self.swift.put("x"))
        row = self.swift.delete("x")
        self.assertIs(Op.DELETE, self.replicate(row))
        self.assert_cost({}, {})

    def test_a_delete_of_more_than_five_minutes_ago_looks_at_both(self):
        self.replicate(self.swift.put("x"))
        row = self.swift.delete("x")
        self.now += 299
        self.assertIs(Op.DELETE, self.replicate(row))
        self.assert_cost({}, {})
        self.now += 2
        self.assertIs(Op.DELETE, self.replicate(row))
        self.assert_cost({"HEAD": 1}, {"HEAD": 1})

    def test_a_large_object_is_looked_at_first(self):
        row = self.swift.put("x", BIG)
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost({"HEAD": 1, "PUT": 1}, {"GET": 1})
        self.assert_equal()

    def test_just_below_that_size_it_is_not(self):
        self.replicate(self.swift.put("x", BIG[:-1]))
        self.assert_cost({"PUT": 1}, {"GET": 1})

    def test_a_large_object_that_is_there_is_not_sent_again(self):
        row = self.swift.put("x", BIG)
        self.replicate(row)
        self.assertIs(Op.NOTHING, self.replicate(row))
        self.assert_cost({"HEAD": 1}, {})

    def test_metadata_of_a_large_object_costs_no_body(self):
        self.replicate(self.swift.put("x", BIG))
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.POST, self.replicate(row))
        self.assert_cost({"HEAD": 1, "POST": 1}, {"HEAD": 1})
        self.assert_equal()

    def test_verifying_what_is_equal_is_one_head_and_nothing_local(self):
        row = self.swift.put("x", b"bytes")
        self.replicate(row)
        self.assertIs(Op.NOTHING, self.replicate(row, compare=True))
        self.assert_cost({"HEAD": 1}, {})

    def test_verifying_what_is_missing_sends_it(self):
        row = self.swift.put("x", b"bytes")
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_cost({"HEAD": 1, "PUT": 1}, {"GET": 1})
        self.assert_equal()

    def test_verifying_older_metadata_posts(self):
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.POST, self.replicate(row, compare=True))
        self.assert_cost({"HEAD": 1, "POST": 1}, {"HEAD": 1})
        self.assert_equal()

    def test_a_row_of_another_policy_costs_nothing(self):
        row = self.swift.put("x")
        self.assertIs(Op.NOTHING, self.replicate(row, policy=1))
        self.assert_cost({}, {})

    def test_a_young_tombstone_of_another_policy_is_not_sent_blindly(self):
        self.replicate(self.swift.put("x"))
        row = self.swift.delete("x")
        self.assertIs(Op.DELETE, self.replicate(row, policy=1))
        self.assert_cost({"HEAD": 1}, {"HEAD": 1})
        self.replicate(self.swift.put("x"))
        self.assertIs(Op.NOTHING, self.replicate(row, policy=1))
        self.assert_cost({}, {"HEAD": 1})

    def test_a_row_that_may_be_known_is_read_from_the_newest_replica(self):
        row = self.swift.put("x", b"old")
        self.swift.behind["x"] = self.swift.objects["x"]
        self.swift.put("x", b"new")
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_equal()

    def test_a_store_is_opened_once_for_a_container(self):
        opened = []
        self.replicator = Replicator(
            a_rule(),
            self.swift,
            lambda container: opened.append(container) or self.remote,
            self.journal,
        )
        for name in "abc":
            self.replicate(self.swift.put(name))
        self.assertEqual([self.swift.container], opened)


class FreshnessTest(ReplicatorTest):
    def test_an_older_replica_is_not_believed(self):
        self.swift.put("x", b"old")
        self.swift.behind["x"] = self.swift.objects["x"]
        row = self.swift.put("x", b"new")
        self.replicate(row)
        self.assert_cost({"PUT": 1}, {"GET": 2})
        self.assert_equal()

    def test_a_replica_without_the_object_is_not_believed(self):
        self.swift.behind["x"] = None
        row = self.swift.put("x", b"new")
        self.replicate(row)
        self.assert_cost({"PUT": 1}, {"GET": 2})
        self.assert_equal()

    def test_a_replica_with_older_metadata_is_not_believed(self):
        self.swift.put("x", b"bytes")
        self.swift.behind["x"] = self.swift.objects["x"]
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.PUT, self.replicate(row))  # not at the remote
        self.assert_equal()

    def test_what_is_older_everywhere_is_refused_and_not_sent(self):
        self.swift.put("x", b"old")
        old = self.swift.objects["x"]
        row = self.swift.put("x", b"new")
        self.swift.objects["x"] = self.swift.behind["x"] = old
        with self.assertRaisesRegex(Refused, "older than its row"):
            self.replicate(row)
        self.assertEqual({}, self.remote.objects)

    def test_metadata_that_is_older_everywhere_is_refused(self):
        self.replicate(self.swift.put("x", b"bytes", metadata={"a": "b"}))
        old = self.swift.objects["x"]
        row = self.swift.post("x", metadata={"colour": "red"})
        self.swift.objects["x"] = old
        with self.assertRaises(Refused):
            self.replicate(row)
        self.assertEqual({"a": "b"}, self.remote.objects["x"].info.metadata)

    def test_the_same_bytes_of_an_older_put_are_not_the_rows(self):
        self.swift.put("x", b"same")
        old = self.swift.objects["x"]
        row = self.swift.put("x", b"same")
        self.swift.objects["x"] = old
        with self.assertRaises(Refused):
            self.replicate(row)

    def test_something_newer_is_sent_under_its_own_times(self):
        row = self.swift.put("x", b"old")
        self.swift.put("x", b"new")
        self.replicate(row)
        self.assert_equal()

    def test_newer_metadata_goes_under_its_own_times(self):
        row = self.swift.put("x", b"bytes")
        self.swift.post("x", metadata={"colour": "red"})
        self.replicate(row)
        self.assert_equal()

    def test_the_copy_carries_the_rows_three_times(self):
        self.swift.put("x", b"bytes")
        self.swift.post("x", content_type="image/png")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.replicate(row)
        self.assertEqual(row.stamps, self.remote.objects["x"].info.stamps)

    def test_an_object_that_is_gone_again_is_not_found(self):
        row = self.swift.put("x", b"bytes")
        self.swift.delete("x")
        with self.assertRaises(NotFound):
            self.replicate(row)
        self.assertEqual({}, self.remote.objects)

    def test_every_reply_is_closed(self):
        self.swift.put("x", b"old")
        self.swift.behind["x"] = self.swift.objects["x"]
        row = self.swift.put("x", b"new")
        bodies = []
        get = self.swift.get

        def noting(*args, **how):
            reply = get(*args, **how)
            bodies.append(reply.body)
            return reply

        self.swift.get = noting
        self.replicate(row)
        self.remote.before = raising(DOWN)
        with self.assertRaises(SiteUnavailable):
            self.replicate(row)
        self.assertEqual(4, len(bodies))
        self.assertTrue(all(body.closed for body in bodies))


class FirstMeetingTest(ReplicatorTest):
    def _was_empty(self, database_id="db-1"):
        return self.replicator.remote_was_empty(
            self.swift.container, database_id
        )

    def test_the_remote_is_asked_once_and_remembered(self):
        self.assertTrue(self._was_empty())
        self.replicate(self.swift.put("x"))
        self.make()
        self.assertTrue(self._was_empty())
        self.assertEqual({"PUT": 1}, dict(self.remote.asked))

    def test_another_database_is_another_meeting(self):
        self.assertTrue(self._was_empty())
        self.replicate(self.swift.put("x"))
        self.assertFalse(self._was_empty("db-2"))
        self.assertTrue(self._was_empty("db-1"))

    def test_a_failing_remote_was_not_empty_but_is_not_known(self):
        self.remote.before = raising(DOWN)
        with self.assertRaises(SiteUnavailable):
            self._was_empty()
        self.remote.before = lambda *_: None
        self.assertTrue(self._was_empty())

    def test_a_meeting_that_cannot_be_noted_did_not_happen(self):
        self.journal.close()
        with self.assertRaises(JournalError):
            self._was_empty()


class CheckedBytesTest(ReplicatorTest):
    def test_what_is_sent_is_described_by_swifts_md5(self):
        self.replicate(self.swift.put("x", b"bytes"))
        etag = hashlib.md5(b"bytes").hexdigest()
        self.assertEqual(etag, self.remote.objects["x"].info.etag)
