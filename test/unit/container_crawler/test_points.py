# SPDX-License-Identifier: Apache-2.0
"""Does a pass go on where nothing can have been missed?"""

import unittest
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from container_crawler.points import (
    PRIMARY,
    REBOOT_ROWS,
    VERIFY,
    FileState,
    Sighting,
    Sightings,
    SyncPoint,
    starting_point,
    step_back,
)
from container_crawler.slices import Slice

HERE = Slice(0, 3)
SLACK = 1600.0
STEP = 100.0


def point(rowid, pass_name=PRIMARY, share=HERE, existed=0):
    return SyncPoint("id", pass_name, share, rowid, existed)


class StartingPointTest(unittest.TestCase):
    def test_a_database_without_points_is_new(self):
        self.assertIsNone(starting_point([], PRIMARY, HERE))

    def test_each_pass_goes_on_from_its_own_point(self):
        points = [point(9), point(5, VERIFY)]
        for name, expected in ((PRIMARY, points[0]), (VERIFY, points[1])):
            with self.subTest(name):
                found = starting_point(iter(points), name, HERE)
                self.assertEqual(expected, found)

    def test_when_the_slicing_changed_the_lowest_point_counts(self):
        points = [point(9), point(5, VERIFY), point(7, PRIMARY, Slice(0, 2))]
        for case, share in (
            ("another place in the ring", Slice(1, 3)),
            ("another number of nodes", Slice(0, 4)),
            ("another number of processes", Slice(0, 3, 0, 2)),
            ("another process as well", Slice(0, 3, 1, 2)),
        ):
            for name in (PRIMARY, VERIFY):
                with self.subTest(case, name=name):
                    found = starting_point(points, name, share)
                    self.assertEqual(5, found.rowid)

    def test_then_what_others_may_have_handled_is_compared(self):
        below = replace(point(6), compare_until=30)
        for case, points, until in (
            ("rows that existed", [point(9, existed=20), point(5)], 20),
            ("rows that the other pass did", [point(9), point(5)], 9),
            ("rows that were handed out", [below, point(5)], 30),
        ):
            with self.subTest(case):
                found = starting_point(points, PRIMARY, Slice(1, 3))
                self.assertEqual(
                    (5, 0, until),
                    (found.rowid, found.existed_until, found.compare_until),
                )

    def test_another_process_s_point_says_nothing_about_our_names(self):
        points = [point(9, share=Slice(0, 3, 0, 2))]
        self.assertIsNone(starting_point(points, PRIMARY, Slice(0, 3, 1, 2)))

    def test_another_pass_s_point_says_nothing_about_its_names(self):
        self.assertIsNone(starting_point([point(9)], VERIFY, HERE))


class StepBackTest(unittest.TestCase):
    FILE = FileState(inode=1, sequence=50_000, boot="monday")

    def setUp(self):
        self.point = replace(
            point(40_000, existed=45_000),
            file=self.FILE,
            sightings=(Sighting(1.0, 40_000),),
            compare_until=40_100,
        )

    def back(self, **now):
        return step_back(self.point, replace(self.FILE, **now))

    def test_a_file_that_only_grew_is_what_it_was(self):
        self.assertIs(self.point, self.back())
        self.assertIs(self.point, self.back(sequence=60_000))

    def test_another_file_is_compared_from_its_beginning(self):
        for case, now in (
            ("another inode", {"inode": 2}),
            ("a sequence below the sync point", {"sequence": 30_000}),
            ("a sequence below what it was", {"sequence": 49_999}),
        ):
            with self.subTest(case):
                found = self.back(**now)
                last = now.get("sequence", 50_000)
                self.assertEqual(
                    (0, 0, last, ()),
                    (
                        found.rowid,
                        found.existed_until,
                        found.compare_until,
                        found.sightings,
                    ),
                )

    def test_after_another_start_the_last_rows_are_compared_again(self):
        found = self.back(boot="tuesday")
        self.assertEqual(
            (40_000 - REBOOT_ROWS, 40_100),
            (found.rowid, found.compare_until),
        )
        self.assertEqual(self.point.sightings, found.sightings)

    def test_rows_that_may_be_others_now_have_not_existed(self):
        found = self.back(boot="tuesday")
        self.assertEqual(50_000 - REBOOT_ROWS, found.existed_until)

    def test_a_point_of_an_earlier_version_goes_on_where_it_was(self):
        self.point = replace(self.point, file=FileState())
        self.assertIs(self.point, self.back())
        self.assertEqual(0, self.back(sequence=30_000).rowid)

    def test_nobody_steps_back_behind_the_first_row(self):
        self.point = replace(self.point, rowid=3, compare_until=0)
        found = self.back(boot="tuesday")
        self.assertEqual((0, 3), (found.rowid, found.compare_until))


class SightingsTest(unittest.TestCase):
    def test_a_row_is_ripe_when_the_slack_has_passed_since_it_was_seen(self):
        sightings = Sightings(SLACK)
        sightings.note(10, 5000.0)
        for now, ripe in ((5000.0, 0), (6599.9, 0), (6600.0, 10)):
            with self.subTest(now):
                self.assertEqual(ripe, sightings.ripe(now))

    def test_rows_ripen_in_the_order_they_were_seen(self):
        sightings = Sightings(SLACK)
        sightings.note(10, 5000.0)
        sightings.note(20, 5500.0)
        self.assertEqual(10, sightings.ripe(6600.0))
        self.assertEqual(20, sightings.ripe(7100.0))
        self.assertEqual(6600.0, sightings.next_ripe)

    def test_without_rows_nothing_ripens(self):
        sightings = Sightings(SLACK)
        self.assertFalse(sightings.note(0, 5000.0))
        self.assertEqual(0, sightings.ripe(9999.0))
        self.assertEqual(float("inf"), sightings.next_ripe)

    def test_it_tells_whether_a_sighting_was_recorded(self):
        sightings = Sightings(SLACK)
        for case, rowid, now, recorded in (
            ("first", 10, 5000.0, True),
            ("nothing new", 10, 6000.0, False),
            ("too soon", 11, 5000.0 + STEP - 1, False),
            ("a step later", 12, 5000.0 + STEP, True),
        ):
            with self.subTest(case):
                self.assertEqual(recorded, sightings.note(rowid, now))

    def test_no_row_ripens_before_the_slack(self):
        """Rows between two samples count from the later one."""
        sightings = Sightings(SLACK)
        sightings.note(10, 5000.0)
        sightings.note(11, 5050.0)
        sightings.note(12, 5000.0 + STEP)
        self.assertEqual(10, sightings.ripe(5000.0 + SLACK))
        self.assertEqual(12, sightings.ripe(5000.0 + STEP + SLACK))

    def test_verified_rows_are_forgotten(self):
        sightings = Sightings(SLACK)
        sightings.note(10, 5000.0)
        sightings.note(20, 6000.0)
        sightings.forget(9)
        self.assertEqual(2, len(list(sightings)))
        sightings.forget(10)
        self.assertEqual([Sighting(6000.0, 20)], list(sightings))
        self.assertEqual(6000.0 + SLACK, sightings.next_ripe)

    def test_saved_sightings_count_after_a_restart(self):
        sightings = Sightings(SLACK, (Sighting(5000.0, 10),))
        self.assertEqual(10, sightings.ripe(5000.0 + SLACK))

    def test_few_samples_are_kept_however_long_the_verify_pass_is_held(self):
        sightings = Sightings(SLACK)
        for number in range(1, 2000):
            sightings.note(number, 5000.0 + number * 10)
        self.assertLessEqual(len(list(sightings)), 18)
        self.assertGreater(sightings.ripe(25_000.0), 1700)

    def test_a_clock_that_was_put_back_stops_nothing(self):
        year = 365 * 86_400.0
        sightings = Sightings(SLACK, (Sighting(5000.0 + year, 10),))
        sightings.note(11, 5000.0)
        sightings.note(12, 5000.0 + STEP)
        self.assertEqual(10, sightings.ripe(5000.0 + SLACK))
        self.assertEqual(12, sightings.ripe(5000.0 + STEP + SLACK))

    @given(
        st.lists(
            st.tuples(st.integers(0, 50), st.floats(0, 500)), max_size=60
        ),
        st.floats(0, 100),
    )
    def test_what_is_ripe_was_seen_the_slack_ago(self, steps, slack):
        sightings, seen, now, rowid = Sightings(slack), [], 1000.0, 0
        for more, seconds in steps:
            rowid, now = rowid + more, now + seconds
            seen.append((now, rowid))
            sightings.note(rowid, now)
            ago = [row for time, row in seen if time + slack <= now]
            self.assertLessEqual(sightings.ripe(now), max(ago, default=0))
