# SPDX-License-Identifier: Apache-2.0
"""Does every row reach its end, one at a time for each name?"""

import copy
import logging
import unittest
from dataclasses import replace

from container_crawler.container import Container
from container_crawler.shards import ListingFailed
from s3_sync.errors import LimitExceeded
from test.doubles.rules import a_rule
from test.unit.s3_sync.daemon.handling import BAD, HandlingTest


class RowTest(HandlingTest):
    def test_a_row_is_done_when_the_copy_is_there(self):
        row = self.it.swift.put("x", b"bytes")
        self.it.hand_out(row)
        self.assert_waiting(row)
        self.it.workers.run_all()
        self.assert_done(row)
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)

    def test_metadata_and_deletes_follow(self):
        put, other = self.it.swift.put("x", b"bytes"), self.it.swift.put("y")
        self.it.settle(put, other)
        post = self.it.swift.post("x", metadata={"a": "b"})
        self.it.settle(post)
        self.assertEqual({"a": "b"}, self.it.remote.objects["x"].info.metadata)
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        self.assert_waiting(delete)
        self.it.wait(1)
        self.assert_done(put, other, post, delete)
        self.assertEqual({"y": b""}, self.it.remote.contents)

    def test_what_was_done_is_counted(self):
        self.it.settle(self.it.swift.put("x"))
        self.it.settle(self.it.swift.post("x", metadata={"a": "b"}))
        self.it.settle(self.it.swift.delete("x"))
        self.it.wait(1)
        self.it.settle(self.it.swift.put("s", content_type="a;swift_bytes=1"))
        self.assertEqual(
            {"PUT": 1, "POST": 1, "DELETE": 1, "SKIP": 1},
            dict(self.it.handler.totals.counts),
        )

    def test_what_was_done_is_one_line_that_can_be_searched_for(self):
        logging.getLogger("s3_sync").setLevel(logging.INFO)
        with self.assertLogs("s3_sync.daemon.handler", "INFO") as logs:
            self.it.settle(self.it.swift.put("a name"))
        self.assertIn(
            "PUT account=AUTH_test container=photos"
            ' object="a name" rowid=1 reason=new',
            logs.output[0],
        )

    def test_what_exceeds_a_limit_is_skipped_not_parked(self):
        self.it.fail(x=LimitExceeded("memory", "put", "x", "too long"))
        row = self.it.swift.put("x")
        self.it.settle(row)
        self.assert_done(row)
        self.assertEqual({}, self.it.parked)
        self.assertEqual({"SKIP": 1}, dict(self.it.handler.totals.counts))

    def test_a_row_of_an_object_that_is_gone_again_is_left_to_the_newer(self):
        row = self.it.swift.put("x")
        self.it.hand_out(row)
        self.it.swift.delete("x")
        self.it.workers.run_all()
        self.assert_done(row)
        self.assertEqual({}, self.it.parked)

    def test_an_object_that_is_gone_without_a_newer_row_is_parked(self):
        row = self.it.swift.put("x")
        del self.it.swift.objects["x"]
        self.it.settle(row)
        self.assert_done(row)
        self.assertEqual(["x"], list(self.it.parked))

    def test_room_is_what_is_left_of_the_capacity(self):
        self.it.start(capacity=2)
        rows = [self.it.swift.put(name) for name in "abc"]
        self.assertEqual(2, self.it.handler.room())
        for row in rows:
            self.it.hand_out(row)
        self.assertEqual((0, 3), (self.it.handler.room(), 3))
        self.it.workers.run_all()
        self.assertEqual(2, self.it.handler.room())
        self.assertEqual(0, self.it.handler.under_way)


class ExistedTest(HandlingTest):
    def test_rows_older_than_the_rule_are_compared_if_copies_exist(self):
        row = self.it.swift.put("x", b"bytes")
        self.it.settle(row)
        self.it.remote.requests.clear()
        self.it.swift.id = "database-2"
        self.it.settle(row, existed=True)
        self.assertEqual({"LIST": 1, "HEAD": 1}, dict(self.it.remote.asked))

    def test_they_are_sent_at_once_to_a_remote_that_was_empty(self):
        rows = [self.it.swift.put(name) for name in "xy"]
        self.it.settle(*rows, existed=True)
        self.assertEqual({"LIST": 1, "PUT": 2}, dict(self.it.remote.asked))

    def test_tombstones_older_than_the_rule_cost_an_empty_remote_nothing(self):
        rows = [self.it.swift.delete(name) for name in "xy"]
        self.it.settle(*rows, existed=True)
        self.assert_done(*rows)
        self.it.wait(2)
        self.assertEqual({"LIST": 1}, dict(self.it.remote.asked))

    def test_tombstones_older_than_the_rule_delete_what_was_there(self):
        self.it.settle(self.it.swift.put("x"))
        self.it.swift.id = "database-2"
        row = self.it.swift.delete("x")
        self.it.settle(row, existed=True)
        self.it.wait(1)
        self.assertEqual({}, self.it.remote.objects)


class LateTest(HandlingTest):
    """Rows that the remote may know, whenever they came."""

    def test_a_row_that_the_remote_knows_is_not_sent_again(self):
        row = self.it.swift.put("x")
        self.it.settle(row)
        self.it.remote.requests.clear()
        self.it.settle(row, compare=True)
        self.assertEqual({"HEAD": 1}, dict(self.it.remote.asked))

    def test_an_older_row_changes_nothing_though_the_remote_was_empty(self):
        old = self.it.swift.put("x", b"old")
        self.it.settle(old, existed=True)
        self.it.settle(self.it.swift.put("x", b"new"))
        self.it.settle(old, compare=True)
        self.it.settle(self.it.swift.delete("x", at=1000.0), compare=True)
        self.it.wait(2)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)

    def test_what_only_a_node_that_was_away_still_has_is_not_sent(self):
        row = self.it.swift.put("x", b"gone since")
        self.it.swift.behind["x"] = self.it.swift.objects.pop("x")
        self.it.settle(row, compare=True)
        self.assertEqual({}, self.it.remote.contents)
        self.assertEqual(["x"], list(self.it.parked))


class TurnTest(HandlingTest):
    """Actions on one name never overlap."""

    def test_a_newer_row_waits_for_the_older_one(self):
        old = self.it.swift.put("x", b"old")
        self.it.hand_out(old)
        new = self.it.swift.put("x", b"new")
        self.it.hand_out(new)
        self.assertEqual(1, len(self.it.workers.waiting))
        self.it.workers.run()
        self.assert_done(old)
        self.assert_waiting(new)
        self.it.workers.run_all()
        self.assert_done(new)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)

    def test_a_row_that_comes_while_the_older_is_on_the_wire_waits(self):
        old = self.it.swift.put("x", b"old")
        newer = []

        def before(operation, _):
            self.it.remote.before = lambda *_: None
            newer.append(self.it.swift.put("x", b"new"))
            self.it.hand_out(newer[0])
            self.assertEqual([], self.it.workers.waiting)

        self.it.remote.before = before
        self.it.settle(old)
        self.assert_done(old, *newer)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)

    def test_other_names_do_not_wait(self):
        for name in "xyz":
            self.it.hand_out(self.it.swift.put(name))
        self.assertEqual(3, len(self.it.workers.waiting))

    def test_the_same_name_in_another_container_does_not_wait(self):
        row = self.it.swift.put("x")
        self.it.hand_out(row)
        other = copy.copy(self.it.swift)
        other.container = Container("AUTH_test", "other")
        self.it.hand_out(row, database=other)
        self.assertEqual(2, len(self.it.workers.waiting))

    def test_of_many_rows_only_the_newest_is_acted_on_in_the_end(self):
        rows = [self.it.swift.put("x", bytes([n])) for n in range(5)]
        self.it.settle(*rows)
        self.assert_done(*rows)
        self.assertEqual({"x": b"\4"}, self.it.remote.contents)
        self.assertEqual({"PUT": 2}, dict(self.it.remote.asked))

    def test_a_batched_delete_is_withdrawn_by_a_newer_put(self):
        self.it.settle(self.it.swift.put("x", b"old"))
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        put = self.it.swift.put("x", b"new")
        self.it.hand_out(put)
        self.assert_done(delete)
        self.it.workers.run_all()
        self.it.wait(2)
        self.assert_done(put)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)
        self.assertNotIn("DELETE", self.it.remote.asked)

    def test_a_delete_is_dropped_when_a_newer_row_waits(self):
        self.it.settle(self.it.swift.put("x", b"old"))
        delete = self.it.swift.delete("x")
        self.it.hand_out(delete)
        put = self.it.swift.put("x", b"new")
        self.it.hand_out(put)
        self.it.workers.run_all()
        self.assert_done(delete, put)
        self.it.wait(2)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)
        self.assertNotIn("DELETE", self.it.remote.asked)

    def test_a_delete_is_not_sent_when_swift_has_a_newer_row_by_then(self):
        self.it.settle(self.it.swift.put("x", b"old"))
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        self.it.swift.put("x", b"new")
        self.it.wait(1)
        self.assert_done(delete)
        self.assertNotIn("DELETE", self.it.remote.asked)

    def test_an_older_row_of_another_replica_withdraws_no_delete(self):
        old = self.it.swift.put("x", b"old")
        self.it.settle(old)
        behind = copy.deepcopy(self.it.swift)
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        self.it.hand_out(old, database=behind, verify=True)
        self.assert_waiting(delete)
        self.it.wait(1)
        self.assert_done(delete)
        self.assertEqual({}, self.it.remote.objects)

    def test_an_older_row_that_waits_drops_no_delete(self):
        old = self.it.swift.put("x", b"old")
        self.it.settle(old)
        behind = copy.deepcopy(self.it.swift)
        delete = self.it.swift.delete("x")
        self.it.hand_out(delete)
        self.it.hand_out(old, database=behind, verify=True)
        self.it.workers.run_all()
        self.it.wait(1)
        self.assertEqual({}, self.it.remote.objects)


class DeleteTest(HandlingTest):
    def _delete(self, *names):
        rows = [self.it.swift.delete(name) for name in names]
        self.it.settle(*rows)
        return rows

    def test_deletes_go_together_after_a_second(self):
        self._delete("a")
        self.it.wait(0.5)
        self._delete("b", "c")
        self.assertEqual([], self.it.remote.requests)
        self.it.wait(0.5)
        self.assertEqual(
            [("DELETE", ("a", "b", "c"))], self.it.remote.requests
        )

    def test_a_thousand_go_at_once(self):
        self._delete(*(f"{number:04}" for number in range(1000)))
        [(_, names)] = self.it.remote.requests
        self.assertEqual(1000, len(names))

    def test_one_that_is_refused_is_parked_and_the_others_are_done(self):
        self.it.fail(bad=BAD)
        rows = self._delete("a", "bad", "z")
        self.it.wait(1)
        self.assert_done(*rows)
        self.assertEqual(["bad"], list(self.it.parked))

    def test_a_batch_that_fails_as_a_whole_is_parked_as_a_whole(self):
        self.it.remote.delete = _raising(ValueError("odd"))
        rows = self._delete("a", "b")
        self.it.wait(1)
        self.assert_done(*rows)
        self.assertEqual({"a", "b"}, set(self.it.parked))

    def test_deletes_are_not_sent_for_rules_that_keep_them(self):
        self.it.start(rule=a_rule(propagate_delete=False))
        rows = self._delete("a")
        self.it.wait(2)
        self.assert_done(*rows)
        self.assertEqual([], self.it.remote.requests)


class SyncPointTest(HandlingTest):
    def test_the_journal_is_asked_for_this_rules_points_only(self):
        handler, container = self.it.handler, self.it.swift.container
        self.assertEqual([], list(handler.sync_points("database-1")))
        self.assertTrue(handler.save(container, [_point(5)]))
        self.assertEqual([_point(5)], list(handler.sync_points("database-1")))
        self.assertEqual([container], list(handler.known_containers()))
        self.it.start(rule=a_rule(bucket="other"))
        self.assertEqual([], list(self.it.handler.sync_points("database-1")))

    def test_a_container_that_is_gone_is_forgotten(self):
        self.it.handler.save(self.it.swift.container, [_point(5)])
        self.it.handler.forget(self.it.swift.container)
        self.assertEqual([], list(self.it.handler.known_containers()))

    def test_one_that_cannot_be_forgotten_pauses_the_rule(self):
        self.it.handler.save(self.it.swift.container, [_point(5)])
        self.it.write_protect(True)
        self.it.handler.forget(self.it.swift.container)
        self.assertTrue(self.it.handler.paused)

    def test_a_journal_that_cannot_be_read_is_no_list_of_containers(self):
        self.it.journal.close()
        with self.assertRaises(ListingFailed):
            self.it.handler.known_containers()
        self.assertTrue(self.it.handler.paused)

    def test_points_that_cannot_be_read_pause_the_rule(self):
        self.it.journal.close()
        with self.assertRaises(ListingFailed):
            self.it.handler.sync_points("database-1")
        self.assertTrue(self.it.handler.paused)

    def test_a_point_that_cannot_be_saved_pauses_the_rule(self):
        self.it.write_protect(True)
        saved = self.it.handler.save(self.it.swift.container, [_point(5)])
        self.assertFalse(saved)
        self.assertTrue(self.it.handler.pause.active)
        self.assertEqual(0, self.it.handler.room())
        self.it.wait(1)
        self.assertTrue(self.it.handler.pause.active)
        self.it.heal()
        self.it.wait(5)
        self.assertFalse(self.it.handler.pause.active)
        self.assertTrue(
            self.it.handler.save(self.it.swift.container, [_point(5)])
        )


def _point(rowid):
    from container_crawler.points import PRIMARY, SyncPoint
    from container_crawler.slices import Slice

    return SyncPoint("database-1", PRIMARY, Slice(0, 1), rowid)


def _raising(error):
    def raising(*_):
        raise error

    return raising


class OddRowTest(HandlingTest):
    def test_a_row_that_makes_no_sense_stops_nobody(self):
        odd = replace(self.it.swift.put("odd"), created_at="nonsense")
        good = self.it.swift.put("good")
        self.it.settle(odd, good)
        self.assert_done(odd, good)
        self.assertEqual(["odd"], list(self.it.parked))
        self.assertEqual(["good"], list(self.it.remote.objects))


if __name__ == "__main__":
    unittest.main()
