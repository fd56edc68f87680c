# SPDX-License-Identifier: Apache-2.0
"""`swift-s3-sync demo`: see it work, on this machine alone."""

import sys
import tempfile
from pathlib import Path

import click


@click.command()
def demo() -> None:
    """Run a Swift cluster, an S3 endpoint and the daemon between them.

    Everything is on loopback and in a temporary folder, and ends by itself
    in less than a minute.
    """
    from rich.console import Console

    from s3_sync.saio.demo import Demo
    from s3_sync.saio.layout import fastest_folder

    with tempfile.TemporaryDirectory(dir=fastest_folder()) as folder:
        daemon = [sys.executable, str(Path(sys.argv[0]).resolve())]
        equal = Demo(Path(folder), daemon, Console(highlight=False)).run()
    sys.exit(0 if equal else 1)
