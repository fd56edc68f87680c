# SPDX-License-Identifier: Apache-2.0
"""Where does everything that is measured run, and where are its files?"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.sink_process import Sink
from s3_sync.saio.cluster import Cluster, start
from s3_sync.saio.layout import fastest_folder

ACCOUNT = "AUTH_test"


class BenchError(Exception):
    """What was measured is not what should have been; no figure counts."""


@dataclass(frozen=True)
class Stage:
    """A running Swift of one node, a running sink, a folder for the rest."""

    folder: Path
    cluster: Cluster
    sink: Sink

    def configure(
        self, name: str, container: str, account: str = ACCOUNT
    ) -> "Daemon":
        """Make a bucket and a configuration of one rule that fills it.

        Objects become keys of the same name; a new name is a new rule with
        an empty journal.
        """
        folder = self.folder / name
        status = folder / "status"
        status.mkdir(parents=True)
        self.sink.create_bucket(name)
        node = self.cluster.node(1)
        rule = {
            "account": account,
            "container": container,
            "bucket": name,
            "custom_prefix": "",
            "endpoint": self.sink.endpoint,
            "identity": "bench",
            "secret": "bench",
        }
        conf = {
            "swift_dir": str(self.cluster.swift_dir),
            "devices": str(node.devices),
            "swift_bind_ip": node.ip,
            "status_dir": str(status),
            "log_file": str(folder / "daemon.log"),
            "containers": [rule],
        }
        path = folder / "sync.json"
        path.write_text(json.dumps(conf))
        return Daemon(name, path, folder / "daemon.log", status)


@dataclass(frozen=True)
class Daemon:
    """What one daemon is told, and where it writes to."""

    bucket: str
    conf: Path
    log: Path
    status: Path


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start Swift and the sink; at the end nothing of them is left."""
    with (
        tempfile.TemporaryDirectory(
            prefix="swift-s3-sync-bench.", dir=fastest_folder()
        ) as folder,
        start(Path(folder) / "swift", replicas=1) as swift,
        Sink() as sink,
    ):
        yield Stage(Path(folder), swift.cluster, sink)
