# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync retry`: do not wait for the next attempt."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from container_crawler.container import Container
from s3_sync.config import Config, Rule, load
from s3_sync.errors import ConfigError

if TYPE_CHECKING:
    from s3_sync.replication.journal import Journal


@click.command(short_help="Try parked rows at once.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="The daemon's configuration.",
)
@click.option(
    "--container",
    metavar="ACCOUNT/CONTAINER",
    help="Only the rows of this container.",
)
@click.option(
    "--skipped", is_flag=True, help="Look at what was left out again, too."
)
def retry(config: Path, container: str | None, skipped: bool) -> None:
    """Let parked rows of this node come due now, whatever their next attempt.

    The daemon takes them up within seconds, or when it starts. How often
    each has failed is not forgotten.
    """
    from s3_sync.daemon.lock import running_daemon
    from s3_sync.replication.journal import Journal

    loaded = load(config)
    wanted = _container(container)
    with closing(Journal(loaded.status_dir, make=False)) as journal:
        rules = _rules(loaded, wanted, journal)
        now = time.time()
        count = sum(journal.make_due(r.id, wanted, now) for r in rules)
        click.echo(f"{count} parked rows are due now")
        if skipped:
            again = (journal.skipped.look_again(r.id, wanted) for r in rules)
            click.echo(f"{sum(again)} skipped objects are looked at again")
    if running_daemon(loaded.status_dir) is None:
        click.echo("no daemon runs: they are tried when it starts")


def _container(text: str | None) -> Container | None:
    if text is None:
        return None
    account, _, name = text.strip("/").partition("/")
    if not (account and name):
        raise ConfigError(
            "--container", [f"expected ACCOUNT/CONTAINER, got {text!r}"]
        )
    return Container(account, name)


def _rules(
    config: Config, wanted: Container | None, journal: "Journal"
) -> list[Rule]:
    if wanted is None:
        return list(config.rules)
    rules = list(_rules_of(config, wanted, journal))
    if not rules:
        raise ConfigError(
            "--container",
            [f"{wanted} is not known here: no rule of this node has met it"],
        )
    return rules


def _rules_of(
    config: Config, wanted: Container, journal: "Journal"
) -> Iterator[Rule]:
    """Return the rules of a container; under `/*`, the node must know it."""
    for rule in config.rules:
        if rule.account == wanted.account and (
            rule.container == wanted.name
            or (
                rule.all_containers
                and wanted in journal.known_containers(rule.id)
            )
        ):
            yield rule
