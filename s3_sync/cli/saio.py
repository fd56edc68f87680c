# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync saio`: a whole Swift on loopback, to try things with."""

import os
import sys
from pathlib import Path
from typing import Any

import click


@click.group()
def saio() -> None:
    """Run OpenStack Swift, all in one, on this machine's loopback."""


@saio.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path)
)
@click.option(
    "--nodes",
    type=click.IntRange(1, 254),
    default=1,
    show_default=True,
    help="Storage nodes, at 127.0.0.1, 127.0.0.2 and so on.",
)
@click.option(
    "--replicas",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Copies of everything, at most one per node.",
)
@click.option(
    "--policies",
    type=click.IntRange(1, 10),
    default=1,
    show_default=True,
    help="Storage policies, named policy-0, policy-1 and so on.",
)
@click.option(
    "--layout",
    type=click.Choice(["single", "pernode"]),
    default="single",
    show_default=True,
    help="One process, or one per node and one for the proxy.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port of the proxy; 0 takes any that is free.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="When it serves, print one line of JSON instead of the text.",
)
@click.option(
    "--lifeline",
    is_flag=True,
    help="End when standard input, a pipe of the caller's, is closed.",
)
def up(folder: Path, as_json: bool, lifeline: bool, **shape: Any) -> None:
    """Keep a cluster in DIR up until Ctrl-C.

    An empty or new folder becomes a new cluster; that of an earlier run
    continues with its data. Neither root nor /etc/swift nor a memcached is
    needed.
    """
    from s3_sync.saio.layout import Plan
    from s3_sync.saio.processes import up_command

    plan = Plan(folder.absolute(), **shape)
    flags = {"--json": as_json, "--lifeline": lifeline}
    arguments = up_command(plan, *(flag for flag in flags if flags[flag]))
    sys.stdout.flush()
    # This process has patched the whole standard library; Swift's servers
    # get a fresh interpreter, under the same process id.
    os.execv(arguments[0], arguments)  # noqa: S606  no shell is wanted
