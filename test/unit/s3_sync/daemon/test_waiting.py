# SPDX-License-Identifier: Apache-2.0
"""Does a fault of the whole site or the journal hold rows and lose none?"""

from test.unit.s3_sync.daemon.handling import DOWN, HandlingTest


class SiteFaultTest(HandlingTest):
    def setUp(self):
        super().setUp()
        self.rows = [self.it.swift.put(name) for name in "abc"]

    def _go_down(self):
        self.it.fail_with(DOWN)
        self.it.settle(*self.rows)

    def test_rows_are_held_and_none_is_parked(self):
        self._go_down()
        self.assert_waiting(*self.rows)
        self.assertEqual({}, self.it.parked)
        self.assertTrue(self.it.handler.pause.active)
        self.assertIn("down", self.it.handler.pause.reason)

    def test_no_more_rows_are_taken_and_no_more_requests_made(self):
        self._go_down()
        self.assertEqual(0, self.it.handler.room())
        self.assertEqual(1, len(self.it.remote.requests))

    def test_the_pause_says_since_when(self):
        self._go_down()
        since = self.it.now
        self.it.wait(30)
        self.it.wait(30)
        self.assertEqual(since, self.it.handler.pause.since)

    def test_one_probe_at_a_time_asks_ever_more_rarely(self):
        self._go_down()
        self.it.remote.requests.clear()
        for _ in range(600 * 4):
            self.it.wait(0.25)
        asked = dict(self.it.remote.asked)
        self.assertEqual(["LIST"], list(asked))
        self.assertLess(asked["LIST"], 60)
        self.assertGreater(asked["LIST"], 10)

    def test_a_probe_that_takes_long_is_the_only_one(self):
        self._go_down()
        for _ in range(5):
            self.it.now += 100
            self.it.handler.tick()
        self.assertEqual(1, len(self.it.workers.waiting))

    def test_a_probe_does_not_queue_behind_the_rows(self):
        self._go_down()
        of_rows = set(self.it.workers.lanes)
        self.it.handler.tick()
        self.assertNotIn(self.it.workers.lanes[-1], of_rows)

    def test_when_the_site_is_back_every_row_goes_on(self):
        self._go_down()
        self.it.wait(1)
        self.it.heal()
        self.it.wait(2)
        self.assertFalse(self.it.handler.pause.active)
        self.assert_done(*self.rows)
        self.assertEqual(set("abc"), set(self.it.remote.objects))
        self.assertEqual({}, self.it.parked)
        self.assertEqual(0, self.it.handler.under_way)

    def test_rows_that_come_meanwhile_wait_too(self):
        self._go_down()
        late = self.it.swift.put("late")
        self.it.settle(late)
        self.assert_waiting(late)
        self.it.heal()
        self.it.wait(1)
        self.assert_done(late, *self.rows)

    def test_held_rows_are_read_again_before_they_are_acted_on(self):
        self._go_down()
        newer = self.it.swift.put("a", b"new")
        self.it.heal()
        self.it.remote.requests.clear()
        self.it.wait(1)
        self.assertNotIn(("PUT", ("a",)), self.it.remote.requests)
        self.assert_done(*self.rows)
        self.it.settle(newer)
        self.assertEqual(b"new", self.it.remote.contents["a"])

    def test_deletes_are_held_too_and_lost_none(self):
        self.it.settle(*self.rows)
        deletes = [self.it.swift.delete(name) for name in "abc"]
        self.it.settle(*deletes)
        self.it.fail_with(DOWN)
        self.it.wait(1)
        self.assert_waiting(*deletes)
        self.it.heal()
        self.it.wait(1)
        self.it.wait(1)
        self.assert_done(*deletes)
        self.assertEqual({}, self.it.remote.objects)
        self.assertEqual({}, self.it.parked)

    def test_batches_that_are_due_during_a_pause_are_held(self):
        self.it.settle(*self.rows)
        delete = self.it.swift.delete("a")
        self.it.settle(delete)
        self.it.fail_with(DOWN)
        self.it.settle(self.it.swift.put("d"))
        self.it.now += 1
        self.it.remote.requests.clear()
        self.it.wait(0)
        self.assert_waiting(delete)
        self.assertNotIn("DELETE", self.it.remote.asked)
        self.it.heal()
        for _ in range(3):
            self.it.wait(1)
        self.assert_done(delete)
        self.assertEqual({"b", "c", "d"}, set(self.it.remote.objects))

    def test_parked_rows_wait_until_the_pause_is_over(self):
        self.it.fail(a=ValueError("odd"))
        self.it.settle(*self.rows)
        self.it.fail_with(DOWN)
        self.it.settle(self.it.swift.put("d"))
        for _ in range(10):
            self.it.wait(10)
        self.assertEqual(1, self.it.parked["a"].attempts)
        self.it.heal()
        self.it.wait(60)
        self.it.wait(1)
        self.assertEqual({}, self.it.parked)

    def test_a_site_that_is_down_when_first_met_is_held_too(self):
        self.it.fail_with(DOWN)
        self.it.settle(*self.rows, existed=True)
        self.assert_waiting(*self.rows)
        self.it.heal()
        self.it.wait(1)
        self.assert_done(*self.rows)


class JournalFaultTest(HandlingTest):
    def test_a_row_that_cannot_be_parked_is_held(self):
        self.it.fail(x=ValueError("odd"))
        self.it.write_protect(True)
        row = self.it.swift.put("x")
        self.it.settle(row)
        self.assert_waiting(row)
        self.assertTrue(self.it.handler.pause.active)
        self.it.write_protect(False)
        self.it.wait(1)
        self.assert_done(row)
        self.assertEqual(["x"], list(self.it.parked))

    def test_a_row_that_cannot_be_unparked_is_held(self):
        self.it.fail(x=ValueError("odd"))
        self.it.settle(self.it.swift.put("x", b"old"))
        self.it.heal()
        self.it.write_protect(True)
        row = self.it.swift.put("x", b"new")
        self.it.settle(row)
        self.assert_waiting(row)
        self.it.write_protect(False)
        self.it.wait(1)
        self.assert_done(row)
        self.assertEqual({}, self.it.parked)

    def test_a_probe_asks_the_journal_too(self):
        self.it.write_protect(True)
        self.it.handler.save(self.it.swift.container, [])
        self.it.fail(x=ValueError("odd"))
        self.it.settle(self.it.swift.put("x"))
        for _ in range(5):
            self.it.wait(60)
        self.assertTrue(self.it.handler.pause.active)

    def test_parked_rows_that_cannot_be_read_pause_the_rule(self):
        self.it.fail(x=ValueError("odd"))
        self.it.settle(self.it.swift.put("x"))
        self.it.journal.close()
        self.it.wait(1)
        self.assertTrue(self.it.handler.pause.active)


class CloseTest(HandlingTest):
    def test_a_closed_handler_takes_no_more(self):
        self.it.handler.close()
        self.assertTrue(self.it.handler.closed)
        self.assertEqual(0, self.it.handler.room())

    def test_what_did_not_begin_is_let_go_and_not_durable(self):
        row = self.it.swift.put("x")
        self.it.hand_out(row)
        self.it.handler.close()
        self.it.workers.run_all()
        self.assertEqual([False], self.it.done[row.rowid])
        self.assertEqual({}, self.it.remote.objects)

    def test_what_is_on_the_wire_ends(self):
        row, waiting = self.it.swift.put("x"), self.it.swift.put("x", b"2")

        def before(*_):
            self.it.handler.close()

        self.it.remote.before = before
        self.it.settle(row, waiting)
        self.assert_done(row)
        self.assertEqual([False], self.it.done[waiting.rowid])
        self.assertEqual(0, self.it.handler.under_way)

    def test_decided_deletes_are_sent_at_once(self):
        self.it.settle(self.it.swift.put("x"))
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        self.it.handler.close()
        self.it.workers.run_all()
        self.assert_done(delete)
        self.assertEqual({}, self.it.remote.objects)

    def test_held_rows_are_let_go(self):
        self.it.fail_with(DOWN)
        rows = [self.it.swift.put(name) for name in "xxyz"]
        self.it.settle(*rows)
        self.it.handler.close()
        self.it.workers.run_all()
        for row in rows:
            self.assertEqual([False], self.it.done[row.rowid])
        self.assertEqual(0, self.it.handler.under_way)

    def test_a_fault_after_closing_lets_go(self):
        self.it.settle(self.it.swift.put("x"))
        delete = self.it.swift.delete("x")
        self.it.settle(delete)
        self.it.fail_with(DOWN)
        self.it.handler.close()
        self.it.workers.run_all()
        self.assertEqual([False], self.it.done[delete.rowid])

    def test_giving_up_closes_after_three_probes_and_lets_go(self):
        self.it.start(give_up=True)
        self.it.fail_with(DOWN)
        row = self.it.swift.put("x")
        self.it.settle(row)
        for _ in range(2):
            self.it.wait(60)
            self.assertFalse(self.it.handler.closed)
        self.it.wait(60)
        self.assertTrue(self.it.handler.closed)
        self.assertEqual([False], self.it.done[row.rowid])

    def test_a_site_that_comes_back_in_time_is_not_given_up(self):
        self.it.start(give_up=True)
        self.it.fail_with(DOWN)
        row = self.it.swift.put("x")
        self.it.settle(row)
        self.it.wait(60)
        self.it.heal()
        self.it.wait(60)
        self.assert_done(row)
        self.assertFalse(self.it.handler.closed)

    def test_without_giving_up_it_waits_for_ever(self):
        self.it.fail_with(DOWN)
        row = self.it.swift.put("x")
        self.it.settle(row)
        for _ in range(1000):
            self.it.wait(60)
        self.assert_waiting(row)
        self.assertFalse(self.it.handler.closed)
