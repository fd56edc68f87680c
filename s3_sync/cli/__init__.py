# SPDX-License-Identifier: Apache-2.0
"""The command line: `swift-s3-sync`, one file a command."""

import sys
from pathlib import Path
from typing import Any

import click

from s3_sync import __version__
from s3_sync.cli.check_config import check_config
from s3_sync.cli.demo import demo
from s3_sync.cli.policy import print_policy
from s3_sync.cli.retry import retry
from s3_sync.cli.saio import saio
from s3_sync.cli.status import status
from s3_sync.errors import S3SyncError

LEVELS = ["debug", "info", "warning", "error"]


@click.group(invoke_without_command=True)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration, sync.json.",
)
@click.option("--once", is_flag=True, help="Handle what is due, then exit.")
@click.option("--console", is_flag=True, help="Log to standard error too.")
@click.option("--log-level", type=click.Choice(LEVELS))
@click.option("--process", type=int, hidden=True)
@click.version_option(__version__, prog_name="swift-s3-sync")
@click.pass_context
def cli(
    context: click.Context, /, config: Path | None, **options: Any
) -> None:
    """Replicate containers of OpenStack Swift to other object stores.

    Without a command this is the daemon. It exits with 0, with 1 if --once
    left something parked or undone, with 2 if it cannot start.
    """
    if context.invoked_subcommand:
        return
    if config is None:
        raise click.UsageError("--config FILE is missing", context)
    from s3_sync.daemon.main import Daemon, Options

    sys.exit(Daemon(Options(config, **options)).run())


def main() -> None:
    """Run the command line; what we report is one message and exit code 2."""
    try:
        cli()
    except S3SyncError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


cli.add_command(check_config)
cli.add_command(demo)
cli.add_command(print_policy)
cli.add_command(retry)
cli.add_command(saio)
cli.add_command(status)
