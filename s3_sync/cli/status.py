# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync status`: what is left to do, what waits, and why."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3_sync.cli.json_text import pieces
from s3_sync.config import load
from s3_sync.daemon.bootstrap import explained, use_swift_of

if TYPE_CHECKING:
    from s3_sync.config import Rule
    from s3_sync.daemon.status import ContainerStatus, NodeStatus
    from s3_sync.replication.journal import Parked


@click.command(short_help="Show what is left to do, what waits, and why.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The daemon's configuration.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all as JSON.")
@click.option(
    "--skipped", is_flag=True, help="Show the names that were left out, too."
)
def status(config: Path, as_json: bool, skipped: bool) -> None:
    """Show, for each rule and container, what is left to do on this node.

    PENDING rows are this node's share, not settled yet. PARKED rows have
    failed and wait for their next attempt. SKIPPED objects cannot be copied.
    A PAUSED rule waits for its site, or for room in status_dir. Works while
    the daemon runs.
    """
    loaded = load(config)
    use_swift_of(loaded)
    from s3_sync.daemon.status import NodeStatus

    with explained(loaded):
        node = NodeStatus(loaded)
    with closing(node), explained(loaded):
        if as_json:
            for piece in pieces(_everything(node, skipped)):
                click.echo(piece, nl=False)
            click.echo()
        else:
            from s3_sync.cli.status_page import show

            show(node, skipped, time.time())


def _everything(node: "NodeStatus", skipped: bool) -> dict[str, Any]:
    return {
        "daemon": {
            "running": node.daemon is not None,
            "process": node.daemon or None,
        },
        "rules": _rules(node, skipped),
    }


def _rules(node: "NodeStatus", skipped: bool) -> Iterator[dict[str, Any]]:
    for found in node.rules():
        rule = found.rule
        told: dict[str, Any] = {
            "rule": rule.name,
            "id": rule.id,
            "paused": [vars(pause) for pause in found.pauses],
            "skipped": [
                {"reason": reason, "count": count}
                for reason, count in found.skipped.items()
            ],
        }
        if skipped:
            told["skipped_names"] = _names(node, rule)
        told["containers"] = _containers(node, rule)
        yield told


def _names(node: "NodeStatus", rule: "Rule") -> Iterator[dict[str, Any]]:
    for each in node.skipped(rule):
        yield {
            "account": each.container.account,
            "container": each.container.name,
            "object": each.name,
            "reason": each.reason,
            "noted": each.noted,
        }


def _containers(node: "NodeStatus", rule: "Rule") -> Iterator[dict[str, Any]]:
    for each in node.containers(rule):
        yield {
            "account": each.container.account,
            "container": each.container.name,
            "pending": each.pending,
            "oldest_seconds": _age(each),
            "parked_count": each.parked,
            "parked": map(_parked, node.parked(rule, each.container)),
        }


def _parked(parked: "Parked") -> dict[str, Any]:
    return {
        "object": parked.row.name,
        "rowid": parked.row.rowid,
        "error": parked.error,
        "attempts": parked.attempts,
        "first_failed": parked.first_failed,
        "next_attempt": parked.next_attempt,
    }


def _age(status: "ContainerStatus") -> float | None:
    if status.oldest is None:
        return None
    return max(0.0, round(time.time() - status.oldest, 1))
