# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync status`: what is pending, what is parked, and why."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3_sync.config import load
from s3_sync.daemon.bootstrap import explained, use_swift_of

if TYPE_CHECKING:
    from s3_sync.daemon.status import ContainerStatus, RuleStatus


@click.command(short_help="Show what is pending and what is parked.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The daemon's configuration.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(config: Path, as_json: bool) -> None:
    """Show, for each rule and container, what is left to do on this node.

    PENDING rows are this node's share, not settled yet. PARKED rows have
    failed and wait for their next attempt. Works while the daemon runs.
    """
    loaded = load(config)
    use_swift_of(loaded)
    from s3_sync.daemon.status import read_status

    with explained(loaded):
        rules = read_status(loaded)
    if as_json:
        click.echo(json.dumps({"rules": [_rule(r) for r in rules]}, indent=2))
    else:
        _print(rules)


def _rule(status: "RuleStatus") -> dict[str, Any]:
    return {
        "rule": status.rule.name,
        "id": status.rule.id,
        "containers": [_container(c) for c in status.containers],
    }


def _container(status: "ContainerStatus") -> dict[str, Any]:
    return {
        "account": status.container.account,
        "container": status.container.name,
        "pending": status.pending,
        "oldest_seconds": _age(status.oldest),
        "parked": [
            {
                "object": parked.row.name,
                "rowid": parked.row.rowid,
                "error": parked.error,
                "attempts": parked.attempts,
                "first_failed": parked.first_failed,
                "next_attempt": parked.next_attempt,
            }
            for parked in status.parked
        ],
    }


def _age(oldest: float | None) -> float | None:
    return None if oldest is None else max(0.0, round(time.time() - oldest, 1))


def _print(rules: "list[RuleStatus]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("rule", "container", "pending", "oldest", "parked")
    failures = Table("container", "object", "attempts", "next", "error")
    for rule in rules:
        for found in rule.containers:
            name = escape(str(found.container))
            age = _age(found.oldest)
            table.add_row(
                escape(rule.rule.name),
                name,
                str(found.pending),
                "-" if age is None else f"{age:.0f} s",
                str(len(found.parked)),
            )
            for parked in found.parked:
                wait = max(0.0, parked.next_attempt - time.time())
                failures.add_row(
                    name,
                    escape(parked.row.name),
                    str(parked.attempts),
                    f"in {wait:.0f} s",
                    escape(parked.error),
                )
    console.print(table)
    if failures.row_count:
        console.print(failures)
