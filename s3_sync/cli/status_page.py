# SPDX-License-Identifier: Apache-2.0
"""How does an operator see at one glance where things stand?"""

import os
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

if TYPE_CHECKING:
    from s3_sync.config import Rule
    from s3_sync.daemon.status import ContainerStatus, NodeStatus, RuleStatus

MOST_LINES = 50
"""In one table; whoever wants all of a million rows asks for JSON."""

NO_TERMINAL_WIDTH = 200


def show(node: "NodeStatus", skipped: bool, now: float) -> None:
    """Print what is to be done; `now` in seconds since the epoch."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = NO_TERMINAL_WIDTH  # or whoever searches finds halves
    console.print(_daemon(node.daemon))
    page = _Page(node, console, now)
    for rule in node.rules():
        page.show(rule, skipped)


def _daemon(process: int | None) -> str:
    if process is None:
        return "daemon: [bold]not running[/]"
    return (
        f"daemon: running, process {process}" if process else "daemon: running"
    )


class _Page:
    def __init__(
        self, node: "NodeStatus", console: Console, now: float
    ) -> None:
        self._node = node
        self._console = console
        self._now = now

    def show(self, status: "RuleStatus", skipped: bool) -> None:
        rule = status.rule
        self._console.print(f"\n[bold]{escape(rule.name)}[/]")
        for pause in status.pauses:
            span = _span(self._now - pause.since)
            self._line(f"[bold]paused[/] for {span}: {escape(pause.reason)}")
        self._containers(rule)
        if status.parked:
            self._parked(rule, status.parked)
        for reason, count in status.skipped.items():
            self._line(f"{count} skipped: {escape(reason)}")
        if skipped:
            self._names(rule)

    def _line(self, text: str) -> None:
        self._console.print(Padding(text, (0, 0, 0, 2)))

    def _containers(self, rule: "Rule") -> None:
        table = Table()
        _add_names(table, "container")
        _add_numbers(table, "pending", "oldest", "parked")
        quiet = 0
        for each in self._node.containers(rule):
            busy = each.pending or each.parked or not rule.all_containers
            if not busy or table.row_count == MOST_LINES:
                quiet += 1
            else:
                table.add_row(*self._cells(each))
        if table.row_count:
            self._console.print(table)
        if quiet:
            kind = (
                "more"
                if table.row_count == MOST_LINES
                else "with nothing to do"
            )
            self._line(f"{quiet} containers {kind}")

    def _cells(self, each: "ContainerStatus") -> Iterator[str]:
        yield escape(str(each.container))
        yield str(each.pending)
        yield "-" if each.oldest is None else _span(self._now - each.oldest)
        yield str(each.parked)

    def _parked(self, rule: "Rule", count: int) -> None:
        table = Table()
        _add_names(table, "object")
        _add_numbers(table, "attempts", "next")
        _add_names(table, "error")
        for parked in islice(self._node.parked(rule), MOST_LINES):
            table.add_row(
                escape(f"{parked.container}/{parked.row.name}"),
                str(parked.attempts),
                f"in {_span(parked.next_attempt - self._now)}",
                escape(parked.error),
            )
        self._console.print(table)
        if count > MOST_LINES:
            self._line(f"{count - MOST_LINES} more parked; --json shows all")

    def _names(self, rule: "Rule") -> None:
        for each in self._node.skipped(rule):
            name = escape(f"{each.container}/{each.name}")
            self._line(f"{name}: {escape(each.reason)}")


def _add_names(table: Table, header: str) -> None:
    table.add_column(header, overflow="fold", min_width=10)


def _add_numbers(table: Table, *headers: str) -> None:
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)


def _span(seconds: float) -> str:
    """Return a time in the largest unit that leaves at least two of it."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
