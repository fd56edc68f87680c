# SPDX-License-Identifier: Apache-2.0
"""Is the page short, whole, and readable in any terminal?"""

import contextlib
import io
import os
import unittest
from dataclasses import dataclass, field
from unittest import mock

from container_crawler.container import Container
from s3_sync.cli.status_page import MOST_LINES, show
from s3_sync.daemon.status import ContainerStatus, RuleStatus
from s3_sync.replication.journal import Parked
from s3_sync.replication.pauses import NotedPause
from s3_sync.replication.skipped import SkippedName
from test.doubles.rules import NOW, a_rule
from test.unit.s3_sync.replication.test_journal import a_row

PHOTOS = Container("AUTH_test", "photos")


@dataclass
class Node:
    """A NodeStatus of which everything is known beforehand."""

    rule: object = field(default_factory=a_rule)
    daemon: int | None = 1234
    pauses: tuple = ()
    counts: dict = field(default_factory=dict)
    failed: int = 0
    here: list = field(default_factory=list)
    left_out: list = field(default_factory=list)

    def rules(self):
        yield RuleStatus(self.rule, self.pauses, self.counts, self.failed)

    def containers(self, _):
        return iter(self.here)

    def parked(self, _):
        for number in range(self.failed):
            if number > MOST_LINES:
                raise AssertionError("too many are read")
            name = f"broken [{number}]"
            yield Parked(PHOTOS, a_row(name), "no", 3, NOW, NOW + 90)

    def skipped(self, _):
        return iter(self.left_out)


def page(node, skipped=False, columns="100"):
    """Return what is printed in a terminal of that width."""
    with (
        mock.patch.dict(os.environ, {"COLUMNS": columns}),
        contextlib.redirect_stdout(io.StringIO()) as out,
    ):
        show(node, skipped, NOW)
    return out.getvalue()


class PageTest(unittest.TestCase):
    def test_it_tells_whether_the_daemon_runs(self):
        for daemon, told in (
            (None, "daemon: not running\n"),
            (0, "daemon: running\n"),
            (7, "daemon: running, process 7\n"),
        ):
            with self.subTest(daemon):
                self.assertTrue(page(Node(daemon=daemon)).startswith(told))

    def test_a_container_is_shown_with_what_is_left(self):
        old = ContainerStatus(PHOTOS, 12, NOW - 7200, 3)
        text = page(Node(here=[old]))
        self.assertRegex(text, r"AUTH_test/photos +\S +12 +\S +2 h +\S +3 ")

    def test_a_pause_is_shown_with_reason_and_time(self):
        pause = NotedPause(0, "NoSuchBucket [b]: create it", NOW - 300)
        text = page(Node(pauses=(pause,)))
        self.assertIn("paused for 5 min: NoSuchBucket [b]: create it", text)

    def test_what_is_left_out_is_counted(self):
        text = page(Node(counts={"symlinks": 7}))
        self.assertIn("7 skipped: symlinks", text)

    def test_names_that_are_left_out_are_shown_on_request(self):
        name = SkippedName(PHOTOS, "a [red]", "a symlink", NOW)
        node = Node(left_out=[name])
        told = "AUTH_test/photos/a [red]: a symlink"
        self.assertNotIn(told, page(node))
        self.assertIn(told, page(node, skipped=True))

    def test_of_a_million_parked_rows_the_first_are_shown(self):
        text = page(Node(failed=1_000_000))
        self.assertIn("broken [0]", text)
        self.assertIn("in 90 s", text)
        self.assertIn(f"{1_000_000 - MOST_LINES} more parked", text)

    def test_of_many_containers_the_busy_ones_are_shown(self):
        quiet = [
            ContainerStatus(Container("a", f"quiet-{n}"), 0, None, 0)
            for n in range(1000)
        ]
        busy = ContainerStatus(PHOTOS, 0, None, 1)
        text = page(Node(rule=a_rule(container="/*"), here=[*quiet, busy]))
        self.assertNotIn("quiet-1", text)
        self.assertIn("AUTH_test/photos", text)
        self.assertIn("1000 containers with nothing to do", text)

    def test_of_many_busy_containers_only_some_are_shown(self):
        busy = [
            ContainerStatus(Container("a", f"c{n}"), 1, NOW, 0)
            for n in range(MOST_LINES + 7)
        ]
        text = page(Node(rule=a_rule(container="/*"), here=busy))
        self.assertIn("7 containers more", text)

    def test_a_narrow_terminal_folds_names_and_keeps_numbers_whole(self):
        long = Container("AUTH_0123456789abcdef", "a-long-container-name")
        node = Node(here=[ContainerStatus(long, 1234567, NOW - 60, 89)])
        text = page(node, columns="50")
        self.assertLessEqual(max(map(len, text.splitlines())), 50)
        for whole in ("pending", "oldest", "parked", "1234567", "60 s"):
            self.assertIn(whole, text)

    def test_what_is_no_terminal_gets_whole_names(self):
        long = Container("AUTH_test", "x" * 120)
        node = Node(here=[ContainerStatus(long, 1, NOW, 0)])
        with (
            mock.patch.dict(os.environ),
            contextlib.redirect_stdout(io.StringIO()) as out,
        ):
            os.environ.pop("COLUMNS", None)
            show(node, False, NOW)
        self.assertIn(str(long), out.getvalue())
