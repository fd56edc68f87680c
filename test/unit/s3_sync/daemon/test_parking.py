# SPDX-License-Identifier: Apache-2.0
"""Does a row that fails wait and come again, while all others go on?"""

from dataclasses import replace

from container_crawler.database import DatabaseUnreadable
from s3_sync.concurrency import Timeout
from s3_sync.errors import LimitExceeded, Refused
from test.doubles.fake_swift import FakeSwift
from test.doubles.rules import NOW
from test.unit.s3_sync.daemon.handling import BAD, DOWN, HandlingTest


class ParkingTest(HandlingTest):
    def _park(self, name="bad", content=b"bytes"):
        row = self.it.swift.put(name, content)
        self.it.fail(**{name: BAD})
        self.it.settle(row)
        return row

    def test_one_bad_row_stops_nobody(self):
        self.it.fail(bad=BAD)
        rows = [self.it.swift.put(n) for n in ("a", "bad", "b", "c")]
        self.it.settle(*rows)
        self.assert_done(*rows)
        self.assertEqual({"a", "b", "c"}, set(self.it.remote.objects))
        self.assertEqual(["bad"], list(self.it.parked))

    def test_its_fault_is_told_with_object_attempts_and_times(self):
        row = self._park()
        parked = self.it.parked["bad"]
        self.assertEqual(row, parked.row)
        self.assertEqual(self.it.swift.container, parked.container)
        self.assertEqual(str(BAD), parked.error)
        self.assertEqual(1, parked.attempts)
        self.assertEqual(self.it.now, parked.first_failed)
        self.assertLessEqual(self.it.now + 0.5, parked.next_attempt)
        self.assertLessEqual(parked.next_attempt, self.it.now + 1)

    def test_a_row_is_parked_before_its_end_is_told(self):
        row = self.it.swift.put("bad")
        self.it.fail(bad=BAD)
        told = []
        self.it.done[row.rowid] = told
        self.it.hand_out(row)
        told_when_parked = []
        park = self.it.journal.park

        def noting(*args):
            told_when_parked.append(list(told))
            park(*args)

        self.it.journal.park = noting
        self.it.workers.run_all()
        self.assertEqual([[]], told_when_parked)
        self.assertEqual([True], told)

    def test_it_comes_again_with_growing_pauses_up_to_an_hour(self):
        self._park()
        first = self.it.now
        for attempts in range(2, 20):
            before = self.it.now
            self.it.now = self.it.parked["bad"].next_attempt - 0.001
            self.it.wait(0)
            self.assertEqual(attempts - 1, self.it.parked["bad"].attempts)
            self.it.wait(0.002)
            parked = self.it.parked["bad"]
            longest = min(3600, 2 ** (attempts - 1))
            with self.subTest(attempts):
                self.assertEqual(attempts, parked.attempts)
                self.assertEqual(first, parked.first_failed)
                self.assertGreater(self.it.now, before)
                self.assertLessEqual(
                    longest / 2, parked.next_attempt - self.it.now
                )
                self.assertLessEqual(
                    parked.next_attempt, self.it.now + longest
                )

    def test_what_succeeds_at_last_is_unparked(self):
        self._park()
        self.it.heal()
        self.it.wait(1)
        self.assertEqual({}, self.it.parked)
        self.assertEqual({"bad": b"bytes"}, self.it.remote.contents)
        self.it.remote.requests.clear()
        self.it.wait(3600)
        self.assertEqual([], self.it.remote.requests)

    def test_a_retry_compares_before_it_sends(self):
        self._park()
        self.it.heal()
        self.it.remote.requests.clear()
        self.it.wait(1)
        self.assertEqual({"HEAD": 1, "PUT": 1}, dict(self.it.remote.asked))

    def test_a_retry_acts_on_the_row_that_is_current_by_then(self):
        self._park(content=b"old")
        self.it.swift.put("bad", b"new")
        self.it.heal()
        self.it.wait(1)
        self.assertEqual({"bad": b"new"}, self.it.remote.contents)

    def test_a_retry_deletes_what_was_deleted_since(self):
        self.it.settle(self.it.swift.put("bad", b"older"))
        self._park()
        self.it.swift.delete("bad")
        self.it.heal()
        self.it.wait(1)
        self.it.wait(1)
        self.assertEqual({}, self.it.remote.objects)
        self.assertEqual({}, self.it.parked)

    def test_a_parked_delete_of_what_was_written_again_becomes_a_put(self):
        self.it.settle(self.it.swift.put("bad", b"old"))
        self.it.fail(bad=BAD)
        self.it.settle(self.it.swift.delete("bad"))
        self.it.wait(1)
        self.assertEqual(["bad"], list(self.it.parked))
        self.it.heal()
        written = []

        def write_while_it_is_decided(operation, name):
            if operation == "HEAD" and not written:
                written.append(self.it.swift.put("bad", b"new"))

        self.it.remote.before = write_while_it_is_decided
        self.it.wait(1)
        self.assertEqual({"bad": b"new"}, self.it.remote.contents)
        self.assertEqual({}, self.it.parked)

    def test_a_retry_that_fails_keeps_the_newer_row(self):
        self._park(content=b"old")
        newer = self.it.swift.put("bad", b"new")
        self.it.wait(1)
        self.assertEqual(newer, self.it.parked["bad"].row)

    def test_a_newer_row_that_succeeds_unparks_the_name(self):
        self._park(content=b"old")
        self.it.heal()
        self.it.settle(self.it.swift.put("bad", b"new"))
        self.assertEqual({}, self.it.parked)

    def test_a_newer_row_that_is_deleted_unparks_the_name(self):
        self._park()
        self.it.heal()
        self.it.settle(self.it.swift.delete("bad"))
        self.it.wait(1)
        self.assertEqual({}, self.it.parked)

    def test_a_newer_row_that_fails_too_is_the_next_attempt(self):
        self._park()
        self._park()
        self.assertEqual(2, self.it.parked["bad"].attempts)

    def test_no_retry_overlaps_with_a_row_of_the_name(self):
        self._park(content=b"old")
        self.it.heal()
        newer = self.it.swift.put("bad", b"new")
        self.it.hand_out(newer)
        self.it.now += 1
        for _ in range(5):
            self.it.handler.tick()
        self.assertEqual(1, len(self.it.workers.waiting))
        self.assertEqual(1, self.it.handler.under_way)
        self.assertEqual(0, self.it.swift.opened)
        self.it.workers.run_all()
        self.assertEqual({"bad": b"new"}, self.it.remote.contents)

    def test_parked_rows_outlive_the_process(self):
        self._park()
        self.it.heal()
        self.it.start()
        self.it.wait(1)
        self.assertEqual({"bad": b"bytes"}, self.it.remote.contents)
        self.assertEqual({}, self.it.parked)

    def test_a_retry_leaves_no_database_open(self):
        self._park()
        self.it.wait(1)
        self.it.heal()
        self.it.wait(2)
        self.assertEqual(0, self.it.swift.opened)

    def test_many_retries_share_one_open_database(self):
        names = [f"{number}" for number in range(50)]
        self.it.fail(**dict.fromkeys(names, BAD))
        self.it.settle(*map(self.it.swift.put, names))
        self.it.now += 1
        self.it.handler.tick()
        self.assertEqual(50, self.it.handler.under_way)
        self.assertEqual(1, self.it.swift.opened)
        self.it.workers.run_all()
        self.assertEqual(0, self.it.swift.opened)

    def test_a_retry_goes_by_the_database_that_knows_the_newest(self):
        """Replicas on two devices, two files, a container and its shards."""
        self._park()
        swift = self.it.swift
        others = [FakeSwift(lambda: NOW), FakeSwift(lambda: NOW)]
        others[0].put("bad", at=1000.0)
        others[1].put("bad", at=NOW + 1)
        others[1].covers = lambda name: False
        self.it.heal()
        swift.databases = lambda _: iter([*others, swift])
        newer = swift.put("bad", b"newer")
        self.it.wait(1)
        self.assertEqual({"bad": b"newer"}, self.it.remote.contents)
        self.assertEqual(
            newer.stamps, self.it.remote.objects["bad"].info.stamps
        )

    def test_a_name_whose_rows_make_no_sense_is_tried_all_the_same(self):
        self._park()
        swift, odd = self.it.swift, FakeSwift(lambda: NOW)
        odd._rows["bad", 0] = replace(swift.rows[0], created_at="odd")
        self.it.heal()
        swift.databases = lambda _: iter([odd, swift])
        self.it.wait(1)
        self.assertEqual({"bad": b"bytes"}, self.it.remote.contents)

    def test_a_row_whose_database_is_gone_from_this_node_is_tried(self):
        self._park()
        self.it.heal()
        self.it.swift.databases = lambda _: iter(())
        self.it.wait(1)
        self.assertEqual({"bad": b"bytes"}, self.it.remote.contents)

    def test_a_database_that_cannot_be_opened_stops_no_other_row(self):
        databases = self.it.swift.databases
        container = self.it.swift.container
        other = replace(container, name="broken")
        self._park("a")
        parked = self.it.parked["a"]
        self.it.journal.park(
            self.it.rule_id,
            replace(parked, container=other, next_attempt=0.0),
        )

        def opening(wanted):
            if wanted == other:
                raise DatabaseUnreadable("broken.db: malformed")
            return databases(wanted)

        self.it.swift.databases = opening
        self.it.heal()
        self.it.wait(1)
        self.it.wait(1)
        self.assertEqual({"a": b"bytes"}, self.it.remote.contents)
        again = self.it.journal.find_parked(self.it.rule_id, other, "a")
        self.assertIn("malformed", again.error)
        self.assertGreater(again.next_attempt, self.it.now)

    def test_retries_leave_room_for_no_more_than_the_capacity(self):
        names = [f"{number}" for number in range(10)]
        self.it.fail(**dict.fromkeys(names, BAD))
        self.it.settle(*map(self.it.swift.put, names))
        self.it.start(capacity=3)
        self.it.now += 1
        self.it.handler.tick()
        self.assertEqual(3, self.it.handler.under_way)
        self.it.workers.run_all()

    def test_a_row_of_another_policy_unparks_nothing(self):
        self._park()
        self.it.swift.policy = 1
        other = self.it.swift.put("bad")
        self.it.swift.policy = 0
        self.it.settle(other)
        self.assertEqual(["bad"], list(self.it.parked))

    def test_the_rows_of_a_process_that_died_delay_nobody(self):
        names = [f"{number}" for number in range(10)]
        self.it.fail(**dict.fromkeys(names, BAD))
        self.it.settle(*map(self.it.swift.put, names))
        self.it.heal()
        self.it.start(capacity=2)
        self.it.swift.acts_on = lambda _, name: name == "9"
        self.it.wait(1)
        self.assertEqual({"9"}, set(self.it.remote.objects))
        self.assertEqual(9, len(self.it.parked))

    def test_rows_that_are_under_way_keep_no_others_waiting(self):
        names = [f"{number}" for number in range(10)]
        self.it.fail(**dict.fromkeys(names, BAD))
        self.it.settle(*map(self.it.swift.put, names))
        self.it.start(capacity=6)
        self.it.now += 1
        self.it.handler.tick()
        for _ in range(3):
            self.it.workers.run()
        self.it.handler.tick()
        self.assertEqual(6, self.it.handler.under_way)
        self.it.workers.run_all()


class SkippedTest(HandlingTest):
    """Objects that are left out are counted, and looked at again."""

    SLO = "static large objects are not supported yet"

    def _skip(self, name="slo", size=0):
        kind = f"text/plain;swift_bytes={size}"
        row = self.it.swift.put(name, content_type=kind)
        self.it.settle(row)
        self.assert_done(row)
        return row

    @property
    def counts(self):
        return self.it.journal.skipped.counts(self.it.rule_id)

    def test_what_is_left_out_is_counted_with_its_reason(self):
        self._skip("a")
        self._skip("b")
        self.assertEqual({self.SLO: 2}, self.counts)
        names = self.it.journal.skipped.names(self.it.rule_id)
        self.assertEqual({"a", "b"}, {each.name for each in names})

    def test_what_the_site_never_takes_is_counted_too(self):
        limit = LimitExceeded("s3", "put", "x", "its key has 2000 bytes")
        self.it.fail(x=limit)
        self.it.settle(self.it.swift.put("x"))
        self.assertEqual({"its key has … bytes": 1}, self.counts)
        self.assertEqual({}, self.it.parked)

    def test_a_full_journal_loses_no_skipped_row(self):
        self.it.write_protect(True)
        row = self.it.swift.put("slo", content_type="a;swift_bytes=1")
        self.it.settle(row)
        self.assert_waiting(row)
        self.it.write_protect(False)
        self.it.wait(1)
        self.it.wait(60)
        self.assert_done(row)
        self.assertEqual({self.SLO: 1}, self.counts)

    def test_an_object_that_takes_its_place_ends_the_count(self):
        self._skip()
        self.it.settle(self.it.swift.put("slo", b"plain"))
        self.assertEqual({}, self.counts)

    def test_a_delete_ends_the_count(self):
        self._skip()
        self.it.settle(self.it.swift.delete("slo"))
        self.it.wait(1)
        self.assertEqual({}, self.counts)

    def test_one_that_fails_is_parked_and_no_longer_counted(self):
        self._skip("bad")
        self.it.fail(bad=BAD)
        self.it.settle(self.it.swift.put("bad"))
        self.assertEqual(({}, ["bad"]), (self.counts, list(self.it.parked)))

    def test_a_parked_name_that_is_left_out_in_the_end_is_unparked(self):
        self.it.fail(bad=BAD)
        self.it.settle(self.it.swift.put("bad"))
        self._skip("bad")
        self.assertEqual(({self.SLO: 1}, {}), (self.counts, self.it.parked))

    def test_a_row_of_another_policy_changes_no_count(self):
        self._skip()
        self.it.swift.policy = 1
        other = self.it.swift.put("slo")
        self.it.swift.policy = 0
        self.it.settle(other)
        self.assertEqual({self.SLO: 1}, self.counts)

    def _too_long(self):
        """Leave out an object that the site's limit forbids."""
        limit = LimitExceeded("s3", "put", "x", "too long")
        self.it.fail(x=limit)
        self.it.settle(self.it.swift.put("x", b"bytes"))
        self.it.heal()

    def _again(self):
        self.it.journal.skipped.begin_edition(self.it.rule_id, "another")
        self.it.start()
        self.it.wait(1)

    def test_without_a_change_it_is_not_looked_at_again(self):
        self._too_long()
        self.it.start()
        self.it.wait(3600)
        self.assertEqual({}, self.it.remote.objects)

    def test_a_changed_rule_looks_at_it_again(self):
        self._too_long()
        self._again()
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)
        self.assertEqual({}, self.counts)
        self.assertEqual(0, self.it.swift.opened)

    def test_one_that_must_be_left_out_even_now_is_asked_for_once(self):
        self._skip()
        self._again()
        self.it.wait(1)
        self.assertEqual(1, self.it.handler.totals.counts["SKIP"])
        self.assertEqual({self.SLO: 1}, self.counts)

    def test_a_newer_row_is_left_to_its_own_turn(self):
        self._too_long()
        newer = self.it.swift.put("x", b"new")
        self._again()
        self.assertEqual({}, self.it.remote.objects)
        self.it.settle(newer)
        self.assertEqual({"x": b"new"}, self.it.remote.contents)

    def test_an_outage_pauses_the_rule_and_parks_none_of_them(self):
        self._too_long()
        self.it.fail_with(DOWN)
        self._again()
        self.assertEqual({}, self.it.parked)
        self.it.heal()
        self.it.wait(60)
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)

    def test_one_whose_container_left_this_node_is_forgotten(self):
        self._too_long()
        self.it.swift.databases = lambda _: iter(())
        self._again()
        self.assertEqual({}, self.counts)

    def test_one_of_another_process_is_left_to_it(self):
        self._too_long()
        self.it.swift.acts_on = lambda *_: False
        self._again()
        self.assertEqual(
            ({}, {"too long": 1}), (self.it.remote.objects, self.counts)
        )

    def test_one_whose_database_cannot_be_read_is_kept(self):
        self._too_long()
        databases = self.it.swift.databases

        def broken(_):
            raise DatabaseUnreadable("photos.db: malformed")

        self.it.swift.databases = broken
        self._again()
        self.assertEqual({"too long": 1}, self.counts)
        self.it.swift.databases = databases
        self.it.wait(1)
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)

    def test_one_of_another_policy_by_now_is_forgotten(self):
        self._too_long()
        self.it.swift.policy = 1
        self._again()
        self.assertEqual({}, self.counts)


class FaultKindTest(HandlingTest):
    """Faults that concern one object alone park its row."""

    def _assert_parked(self, reason):
        good = self.it.swift.put("good")
        self.it.settle(good)
        self.assert_done(good)
        self.assertFalse(self.it.handler.pause.active)
        self.assertIn(reason, self.it.parked["x"].error)

    def test_a_source_that_breaks_off(self):
        self.it.swift.broken.add("x")
        self.it.settle(self.it.swift.put("x", b"bytes"))
        self._assert_parked("hung up")

    def test_a_source_that_refuses(self):
        def before(_, name):
            if name == "x":
                raise Refused("swift", "GET", name, "answered 503")

        self.it.swift.before = before
        self.it.settle(self.it.swift.put("x"))
        self._assert_parked("503")

    def test_a_mistake_of_ours(self):
        self.it.fail(x=KeyError("a mistake"))
        self.it.settle(self.it.swift.put("x"))
        self._assert_parked("KeyError('a mistake')")

    def test_a_time_out_that_is_no_exception(self):
        self.it.fail(x=Timeout())
        self.it.settle(self.it.swift.put("x"))
        self._assert_parked("Timeout")

    def test_a_database_that_cannot_be_read_again(self):
        old, row = self.it.swift.put("x"), self.it.swift.put("x")
        self.it.hand_out(old)

        def records_of(name):
            raise DatabaseUnreadable("photos.db: locked")

        self.it.swift.records_of = records_of
        self.it.settle(row)
        self.assert_done(old, row)
        self._assert_parked("locked")

    def test_a_database_that_cannot_be_read_before_a_delete(self):
        row = self.it.swift.delete("x")
        self.it.settle(row)

        def records_of(name):
            raise DatabaseUnreadable("photos.db: locked")

        self.it.swift.records_of = records_of
        self.it.wait(1)
        self.assert_done(row)
        self._assert_parked("locked")
