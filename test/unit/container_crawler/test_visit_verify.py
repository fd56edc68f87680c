# SPDX-License-Identifier: Apache-2.0
"""Are other nodes' rows looked after when their time has come?"""

from container_crawler.points import VERIFY
from container_crawler.slices import Slice
from test.unit.container_crawler.fixtures import (
    RecordingHandler,
    put,
)
from test.unit.container_crawler.visiting import (
    ALONE,
    HERE,
    NAMES,
    OURS,
    SLACK,
    START,
    THEIRS,
    CaseWithDatabase,
    stay,
)


class VerifyTest(CaseWithDatabase):
    def setUp(self):
        super().setUp()
        put(self.broker, *NAMES)

    def verified(self):
        return [
            found.record["name"]
            for found in self.handler.found
            if found.verify
        ]

    def test_only_our_own_names_are_handed_out_at_first(self):
        visit = self.drain(HERE)
        self.assertEqual(OURS, self.handler.names)
        self.assertEqual([], self.verified())
        self.assertEqual(START + SLACK, visit.next_ripe)

    def test_others_names_follow_when_the_slack_has_passed(self):
        self.drain(HERE)
        self.drain(HERE, START + SLACK - 1)
        self.assertEqual([], self.verified())
        self.drain(HERE, START + SLACK)
        self.assertEqual(THEIRS, self.verified())
        self.assertEqual(sorted(NAMES), sorted(self.handler.names))

    def test_the_slack_passes_within_one_visit_too(self):
        visit = self.visit(HERE)
        self.go_on(visit)
        visit.look(START + SLACK)
        self.assertFalse(visit.drained)
        self.go_on(visit)
        self.assertEqual(THEIRS, self.verified())

    def test_nothing_is_verified_twice(self):
        self.drain(HERE)
        for hours in (1, 2, 3):
            visit = self.drain(HERE, START + hours * SLACK)
        self.assertEqual(THEIRS, self.verified())
        self.assertEqual(float("inf"), visit.next_ripe)

    def test_rows_that_came_later_wait_for_their_own_slack(self):
        self.drain(HERE)
        put(self.broker, *THEIRS[:2], at=2000)
        self.drain(HERE, START + SLACK / 2)
        self.drain(HERE, START + SLACK)
        self.assertEqual(THEIRS[2:], self.verified())
        self.drain(HERE, START + SLACK * 1.5)
        self.assertEqual(THEIRS[2:] + THEIRS[:2], self.verified())

    def test_the_nodes_verify_one_after_the_other(self):
        for ordinal, slacks in ((0, 1.0), (1, 4 / 3), (2, 5 / 3)):
            with self.subTest(ordinal):
                self.handler = RecordingHandler()
                share = Slice(ordinal, 3)
                visit = self.drain(share)
                self.assertAlmostEqual(START + slacks * SLACK, visit.next_ripe)
                self.drain(share, START + slacks * SLACK - 1)
                self.assertEqual([], self.verified())
                self.drain(share, START + slacks * SLACK + 1)
                self.assertEqual(
                    sorted(filter(share.verifies, NAMES)),
                    sorted(self.verified()),
                )

    def test_a_row_dated_in_the_future_stops_nothing(self):
        put(self.broker, THEIRS[0], at=9_000_000_000.0)
        self.drain(HERE)
        self.drain(HERE, START + SLACK)
        self.assertEqual(sorted(THEIRS), sorted(self.verified()))

    def test_a_row_dated_in_the_past_waits_all_the_same(self):
        self.drain(HERE)
        self.drain(HERE, START + SLACK)
        put(self.broker, THEIRS[0], at=1001.0)
        self.handler.found.clear()
        self.drain(HERE, START + SLACK + 1)
        self.assertEqual([], self.verified())
        self.drain(HERE, START + 2 * SLACK + 1)
        self.assertEqual([THEIRS[0]], self.verified())

    def test_the_only_node_verifies_nothing(self):
        visit = self.drain(ALONE)
        self.drain(ALONE, START + SLACK)
        self.assertEqual([], self.verified())
        self.assertEqual([], self.saved(VERIFY))
        self.assertEqual(float("inf"), visit.next_ripe)

    def test_an_open_row_holds_the_verify_point(self):
        self.drain(HERE)
        self.handler.answer = stay
        visit = self.visit(HERE, START + SLACK)
        self.go_on(visit)
        before = self.saved(VERIFY)[-1]
        rowid = NAMES.index(THEIRS[0]) + 1
        self.assertEqual(rowid - 1, before)
        self.handler.end(THEIRS[0])
        visit.settle()
        self.assertEqual(NAMES.index(THEIRS[1]), self.saved(VERIFY)[-1])

    def test_a_failed_verification_fails_the_visit(self):
        self.drain(HERE)
        self.handler.answer = lambda found: False
        visit = self.visit(HERE, START + SLACK)
        self.go_on(visit)
        self.assertTrue(visit.failed)

    def test_a_restart_does_not_begin_the_slack_anew(self):
        self.drain(HERE)
        point = next(
            point
            for point in self.handler.points.values()
            if point.pass_name == VERIFY
        )
        self.assertEqual(
            [(START, 12)], [(s.time, s.rowid) for s in point.sightings]
        )

    def test_each_process_verifies_its_share(self):
        found = []
        for process in (0, 1):
            self.handler = RecordingHandler()
            share = Slice(0, 2, process, 2)
            self.drain(share)
            self.drain(share, START + SLACK)
            self.assertEqual(
                [name for name in NAMES if share.verifies(name)],
                self.verified(),
            )
            found += self.handler.names
        self.assertEqual(sorted(NAMES), sorted(found))

    def test_every_replica_s_rows_are_handled_by_some_node(self):
        """Whatever the ROWIDs: two nodes with the rows in another order."""
        found = list(self.drain_names(HERE))
        self.cluster.path().unlink()
        self.broker = self.cluster.create()
        put(self.broker, *reversed(NAMES))
        found += self.drain_names(Slice(1, 2))
        self.assertEqual(sorted(NAMES), sorted(found))

    def drain_names(self, share):
        self.handler = RecordingHandler()
        self.drain(share)
        return self.handler.names
