# SPDX-License-Identifier: Apache-2.0
"""Do dashboards see what the rules did since they saw it last?"""

import unittest
from types import SimpleNamespace

from s3_sync.daemon.figures import NAMES, Figures
from s3_sync.daemon.totals import Totals
from s3_sync.model.decide import Op
from test.doubles.rules import a_rule, a_site
from test.unit.s3_sync.daemon.test_totals import NOW, row

PLACE = "http%3A%2F%2Fs3%2Eexample%2Etest%3A9000.AUTH_test.backup%2Fp.photos"


class Sent:
    """A statsd server that keeps what it got."""

    def __init__(self):
        self.lines = []

    def send(self, figures):
        self.lines = [figure.line(None).decode() for figure in figures]


def a_handler(**rule):
    return SimpleNamespace(
        rule=a_rule(**rule),
        totals=Totals(lambda: NOW),
        under_way=0,
        paused=False,
    )


class FiguresTest(unittest.TestCase):
    def setUp(self):
        self.sent = Sent()
        self.handler = a_handler()
        self.requests = {"local": 0, "remote": 0}

    def report(self, figures=None, process=None):
        """Report and return what was sent, gauges left out."""
        self.figures = figures or Figures(
            self.sent, [self.handler], lambda: self.requests, process
        )
        self.figures.report()
        return [x for x in self.sent.lines if not x.endswith("|g")]

    def test_every_operation_has_a_name(self):
        self.assertEqual({*(op.value for op in Op), "parked"}, set(NAMES))

    def test_what_was_done_is_counted_under_the_predecessors_names(self):
        self.handler.totals.settled(Op.PUT, row(NOW - 2, size=7))
        self.handler.totals.settled(Op.DELETE, row())
        self.handler.totals.settled(Op.SKIP, row())
        self.handler.totals.parked()
        self.assertEqual(
            [
                f"{PLACE}.copied_objects:1|c",
                f"{PLACE}.deleted_objects:1|c",
                f"{PLACE}.skipped_objects:1|c",
                f"{PLACE}.parked_rows:1|c",
                f"{PLACE}.bytes:7|c",
                f"{PLACE}.lag:2000|ms",
            ],
            self.report(),
        )

    def test_only_what_is_new_is_sent(self):
        self.handler.totals.settled(Op.DELETE, row())
        self.report()
        self.assertEqual([], self.report(self.figures))
        self.handler.totals.settled(Op.DELETE, row())
        self.handler.totals.settled(Op.DELETE, row())
        self.assertIn(
            f"{PLACE}.deleted_objects:2|c", self.report(self.figures)
        )

    def test_requests_are_counted_for_all_rules_together(self):
        self.requests = {"local": 3, "remote": 4}
        self.assertEqual(
            ["local_requests:3|c", "remote_requests:4|c"], self.report()
        )

    def test_gauges_are_sent_each_time(self):
        self.report()
        self.assertEqual(
            [f"{PLACE}.under_way:0|g", f"{PLACE}.paused:0|g"], self.sent.lines
        )
        self.handler.under_way, self.handler.paused = 5, True
        self.report(self.figures)
        self.assertEqual(
            [f"{PLACE}.under_way:5|g", f"{PLACE}.paused:1|g"], self.sent.lines
        )

    def test_processes_do_not_overwrite_each_others_gauges(self):
        self.report(process=1)
        self.assertEqual(
            [f"{PLACE}.under_way.1:0|g", f"{PLACE}.paused.1:0|g"],
            self.sent.lines,
        )

    def test_a_rule_is_named_by_what_goes_where(self):
        for rule, expected in (
            (
                {"site": a_site(endpoint=None), "custom_prefix": None},
                "S3.AUTH_test.backup.photos",
            ),
            (
                {"site": a_site(endpoint=None), "container": "/*"},
                "S3.AUTH_test.backup%2Fp.%2F%2A",
            ),
        ):
            self.handler = a_handler(**rule)
            self.report()
            with self.subTest(expected):
                self.assertEqual(f"{expected}.paused:0|g", self.sent.lines[1])

    def test_no_secret_is_in_a_name(self):
        self.report()
        self.assertNotIn("hush", str(self.sent.lines))
