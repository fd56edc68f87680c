# SPDX-License-Identifier: Apache-2.0
"""Is every row of a database handed out once, and none passed too early?"""

from pathlib import Path
from unittest import mock

from container_crawler import visit as visit_module
from container_crawler.points import PRIMARY, VERIFY
from container_crawler.slices import Slice
from test.unit.container_crawler.fixtures import (
    PHOTOS,
    RecordingHandler,
    merge,
    put,
)
from test.unit.container_crawler.visiting import (
    HERE,
    NAMES,
    OURS,
    START,
    CaseWithDatabase,
    stay,
)


class HandOutTest(CaseWithDatabase):
    def test_all_rows_are_handed_out_in_order(self):
        put(self.broker, *NAMES)
        self.drain()
        self.assertEqual(NAMES, self.handler.names)
        self.assertEqual([12], self.saved())

    def test_rows_that_only_wait_are_handed_out(self):
        self.drain()
        put(self.broker, "a")
        self.assertGreater(
            Path(f"{self.cluster.path()}.pending").stat().st_size, 0
        )
        self.drain()
        self.assertEqual(["a"], self.handler.names)

    def test_more_rows_than_a_batch_are_all_handed_out(self):
        put(self.broker, *NAMES)
        with mock.patch.object(visit_module, "BATCH", 5):
            self.drain()
        self.assertEqual(NAMES, self.handler.names)

    def test_no_more_rows_are_handed_out_than_there_is_room_for(self):
        put(self.broker, *NAMES)
        self.handler = RecordingHandler(stay, capacity=5)
        visit = self.visit()
        self.go_on(visit)
        self.assertEqual(NAMES[:5], self.handler.names)
        self.handler.end(*NAMES[1:3])
        self.go_on(visit)
        self.assertEqual(NAMES[:7], self.handler.names)
        self.assertFalse(visit.drained)

    def test_each_row_is_handed_out_once_however_little_room_there_is(self):
        put(self.broker, *NAMES)
        for capacity in (1, 2, 7):
            with self.subTest(capacity):
                self.handler = RecordingHandler(stay, capacity)
                visit = self.visit(HERE)
                while not visit.drained:
                    self.go_on(visit)
                    self.handler.end()
                    visit.settle()
                self.assertEqual(OURS, self.handler.names)

    def test_no_more_rows_are_under_way_than_wanted(self):
        put(self.broker, *NAMES)
        self.handler = RecordingHandler(stay)
        visit = self.visit()
        self.go_on(visit, most=3)
        self.assertEqual(NAMES[:3], self.handler.names)
        self.go_on(visit, most=2)
        self.handler.end(NAMES[0])
        visit.settle()
        self.go_on(visit, most=4)
        self.assertEqual(NAMES[:5], self.handler.names)

    def test_without_room_the_database_is_not_read(self):
        put(self.broker, *NAMES)
        self.handler.capacity = 0
        visit = self.visit()
        self.cluster.path().unlink()
        self.go_on(visit)
        self.assertFalse(visit.drained)

    def test_a_handler_without_room_during_a_batch_gets_no_more(self):
        put(self.broker, *NAMES)

        def close(_found):
            self.handler.closed = True
            return True

        self.handler.answer = close
        self.go_on(self.visit())
        self.assertEqual(NAMES[:1], self.handler.names)

    def test_rows_that_came_after_the_look_wait_for_the_next(self):
        put(self.broker, "a")
        visit = self.visit()
        put(self.broker, "b")
        merge(self.broker)
        self.go_on(visit)
        self.assertEqual(["a"], self.handler.names)
        visit.look(START)
        self.go_on(visit)
        self.assertEqual(["a", "b"], self.handler.names)

    def test_rows_above_all_others_may_have_been_reclaimed(self):
        put(self.broker, *NAMES)
        self.remove(*NAMES[10:])
        self.drain()
        self.assertEqual(NAMES[:10], self.handler.names)
        self.assertEqual([12], self.saved())

    def test_all_rows_may_have_been_reclaimed(self):
        put(self.broker, *NAMES)
        self.remove(*NAMES)
        self.drain()
        self.assertEqual([], self.handler.names)

    def test_a_row_that_was_overwritten_meanwhile_is_not_waited_for(self):
        put(self.broker, "a", "b")
        visit = self.visit()
        put(self.broker, "b", at=2000)
        merge(self.broker)
        self.go_on(visit)
        self.assertEqual(["a"], self.handler.names)
        self.assertTrue(visit.drained)
        self.assertEqual([2], self.saved())
        self.drain()
        self.assertEqual(["a", "b"], self.handler.names)

    def test_ending_rows_wake_whoever_waits(self):
        put(self.broker, "a", "b")
        self.handler.answer = stay
        visit = self.visit()
        woken = []
        visit.hand_out(lambda: woken.append(True), 10)
        self.assertEqual([], woken)
        self.handler.end()
        self.assertEqual([True, True], woken)

    def test_a_found_row_comes_with_its_database(self):
        put(self.broker, "a")
        self.drain()
        (found,) = self.handler.found
        self.assertEqual(PHOTOS, found.database.container)
        self.assertEqual(
            (1, "a", "0000001000.00000"),
            tuple(
                found.record[key] for key in ("ROWID", "name", "created_at")
            ),
        )
        self.assertFalse(found.verify)


class SettleTest(CaseWithDatabase):
    def setUp(self):
        super().setUp()
        put(self.broker, *NAMES[:4])
        self.handler = RecordingHandler(stay)

    def test_the_point_is_saved_only_up_to_the_lowest_open_row(self):
        visit = self.visit()
        self.go_on(visit)
        self.assertEqual([0], self.saved())
        for ended, expected in (
            (NAMES[2], [0]),
            (NAMES[0], [0, 1]),
            (NAMES[3], [0, 1]),
            (NAMES[1], [0, 1, 4]),
        ):
            self.assertFalse(visit.drained)
            self.handler.end(ended)
            visit.settle()
            self.assertEqual(expected, self.saved())
        self.assertTrue(visit.drained)

    def test_nothing_is_saved_twice(self):
        visit = self.visit()
        self.go_on(visit)
        visit.settle()
        self.handler.end()
        visit.settle()
        self.go_on(visit)
        self.assertEqual([0, 4], self.saved())

    def test_a_row_that_is_not_durable_fails_the_visit(self):
        visit = self.visit()
        self.go_on(visit)
        self.handler.end(NAMES[1], durable=False)
        self.handler.end()
        visit.settle()
        self.assertTrue(visit.failed)
        self.assertFalse(visit.drained)
        self.assertEqual(1, self.saved()[-1])

    def test_the_next_visit_reads_that_row_again(self):
        visit = self.visit()
        self.go_on(visit)
        self.handler.end(NAMES[1], durable=False)
        self.handler.end()
        visit.settle()
        self.handler = self.successor()
        self.drain()
        self.assertEqual(NAMES[1:4], self.handler.names)

    def test_a_point_that_cannot_be_saved_keeps_the_visit(self):
        visit = self.visit()
        self.handler.saving = False
        self.go_on(visit)
        self.handler.end()
        visit.settle()
        self.assertFalse(visit.drained)
        self.handler.saving = True
        visit.settle()
        self.assertEqual([4], self.saved())
        self.assertTrue(visit.drained)

    def test_a_restart_hands_nothing_out_twice(self):
        visit = self.visit()
        self.go_on(visit)
        self.handler.end(*NAMES[:2])
        visit.settle()
        self.handler = self.successor()
        self.drain()
        self.assertEqual(NAMES[2:4], self.handler.names)
        self.drain()
        self.assertEqual(NAMES[2:4], self.handler.names)

    def test_the_points_name_the_container_and_the_slice(self):
        self.handler = RecordingHandler()
        self.drain(Slice(0, 2, 0, 3))
        (container, points), *_ = self.handler.saves
        self.assertEqual(PHOTOS, container)
        self.assertEqual({Slice(0, 2, 0, 3)}, {p.slice for p in points})
        self.assertEqual({PRIMARY, VERIFY}, {p.pass_name for p in points})
        self.assertEqual(
            {self.broker.get_info()["id"]}, {p.database_id for p in points}
        )

    def test_a_database_with_another_id_starts_anew(self):
        self.handler = RecordingHandler()
        self.drain()
        self.broker.newid("another")
        self.drain()
        self.assertEqual(NAMES[:4] * 2, self.handler.names)

    def test_open_rows_are_counted(self):
        visit = self.visit()
        self.go_on(visit)
        self.assertEqual(4, visit.open_rows)
        self.handler.end(NAMES[2])
        visit.settle()
        self.assertEqual(3, visit.open_rows)

    def successor(self):
        handler = RecordingHandler()
        handler.points = self.handler.points
        return handler


class ExistedTest(CaseWithDatabase):
    def existed(self):
        return {
            found.record["name"]: found.existed for found in self.handler.found
        }

    def test_rows_of_the_first_meeting_existed_before_it(self):
        put(self.broker, "a")
        self.drain()
        put(self.broker, "b")
        self.drain()
        self.assertEqual({"a": True, "b": False}, self.existed())

    def test_rows_that_come_during_the_first_visit_did_not(self):
        put(self.broker, "a")
        visit = self.visit()
        put(self.broker, "b")
        visit.look(START)
        self.go_on(visit)
        self.assertEqual({"a": True, "b": False}, self.existed())

    def test_those_not_handed_out_still_existed_after_a_restart(self):
        put(self.broker, "a", "b", "c")
        self.go_on(self.visit(), most=1)
        put(self.broker, "d")
        self.drain()
        self.assertEqual(
            {"a": True, "b": True, "c": True, "d": False}, self.existed()
        )
