# SPDX-License-Identifier: Apache-2.0
"""What does a test own that needs a real cluster: nodes that can fail?

Three nodes, three replicas of everything, and on each node a daemon with a
configuration and a journal of its own; all copy to one bucket.
"""

import atexit
import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from unittest import TestCase

from s3_sync.saio.cluster import RunningCluster, start
from s3_sync.saio.layout import ADMIN, PER_NODE
from test.integration import servers
from test.integration.daemon import Daemon
from test.integration.servers import S3Server
from test.integration.swift_client import Swift

NODES = (1, 2, 3)
_NUMBERS = count(1)


@cache
def running() -> RunningCluster:
    """Return the cluster, one process a node; started once for a run."""
    cluster = start(
        servers.folder() / "three-nodes",
        nodes=len(NODES),
        replicas=len(NODES),
        layout=PER_NODE,
    )
    atexit.register(cluster.stop)
    return cluster


class ThreeNodes:
    """A container whose copies three daemons keep up to date.

    `slack` is how long a row is left to its owner, in seconds; `rule` are
    further keys of the rule.
    """

    def __init__(
        self, case: TestCase, server: S3Server, slack: float, **rule
    ) -> None:
        number = next(_NUMBERS)
        self._case = case
        self.running = running()
        cluster = self.running.cluster
        self.swift = Swift(cluster.auth_url, cluster.user, cluster.key)
        case.addCleanup(self.swift.close)
        self.container = f"three-{number}"
        self.swift.do("PUT", self.container)
        self.bucket = f"three-{number}"
        client = server.client()
        case.addCleanup(client.close)
        client.create_bucket(Bucket=self.bucket)
        self.root = Path(tempfile.mkdtemp(dir=servers.folder()))
        self.rule = {
            "account": self.swift.account,
            "container": self.container,
            "bucket": self.bucket,
            **server.keys(),
            **rule,
        }
        self._slack = slack
        self.daemons: dict[int, Daemon] = {}
        self._off: set[int] = set()
        for node in NODES:
            self._configure(node)

    def _configure(self, number: int) -> None:
        cluster = self.running.cluster
        node = cluster.node(number)
        self.status_dir(number).mkdir()
        self.config(number).write_text(
            json.dumps(
                {
                    "swift_dir": str(cluster.swift_dir),
                    "devices": str(node.devices),
                    "swift_bind_ip": node.ip,
                    "status_dir": str(self.status_dir(number)),
                    "poll_interval": 0.2,
                    "verification_slack": self._slack / 60,
                    "containers": [self.rule],
                }
            )
        )

    def config(self, number: int) -> Path:
        """Return the file that configures a node's daemon."""
        return self.root / f"sync-{number}.json"

    def status_dir(self, number: int) -> Path:
        """Return the folder of a node's journal."""
        return self.root / f"status-{number}"

    # Nodes and daemons.

    def start(self, *numbers: int) -> None:
        """Start the daemons of these nodes, or all."""
        for number in numbers or NODES:
            log = self.root / f"daemon-{number}-{next(_NUMBERS)}.log"
            daemon = Daemon(self.config(number), log)
            self._case.addCleanup(daemon.kill)
            self.daemons[number] = daemon

    def power_off(self, number: int) -> None:
        """End a node, and the daemon on it, as a power cut would."""
        self.daemons[number].kill()
        self.running.kill_node(number)
        self._off.add(number)
        self._case.addCleanup(self.power_on, number)

    def power_on(self, number: int) -> None:
        """Start a node again, not its daemon; does nothing if it runs."""
        if number in self._off:
            self._off.remove(number)
            self.running.start_node(number)

    def replicate(self) -> None:
        """Let every node tell the others what they have missed."""
        for daemon in ("object-updater", "container-replicator"):
            for number in NODES:
                self.running.run_daemon(daemon, number)

    def shard(self) -> None:
        """Ask for the container to be sharded; the sharder does it."""
        cluster = self.running.cluster
        admin = Swift(
            cluster.auth_url, ADMIN.login, ADMIN.key, self.swift.account
        )
        with contextlib.closing(admin):
            sharding = {"X-Container-Sharding": "on"}
            admin.do("POST", self.container, headers=sharding)

    # How far they are.

    def shards(self) -> int:
        """Return how many shard databases the first node has."""
        hidden = f".shards_{self.swift.account}"
        found = [account for account, *_ in self._databases(1)]
        return found.count(hidden)

    def settled(self) -> bool:
        """Tell whether both passes of every daemon have seen all rows."""
        return not any(
            self._behind(number, database_id, last)
            for number in NODES
            for _, database_id, last in self._databases(number)
        )

    def _behind(self, number: int, database_id: str, last: int) -> bool:
        points = _select(
            self.status_dir(number) / "journal.sqlite",
            "SELECT rowid_done FROM sync_points WHERE database_id = ?",
            database_id,
        )
        return len(points) < 2 or min(points)[0] < last

    def _databases(self, number: int) -> Iterator[tuple[str, str, int]]:
        """Return account, id and last ROWID of the files of a node."""
        devices = self.running.cluster.node(number).devices
        for path in devices.glob("d1/containers/*/*/*/*.db"):
            pending = Path(f"{path.parent / path.parent.name}.db.pending")
            waits = pending.exists() and pending.stat().st_size > 0
            for account, database_id, last in _select(
                path,
                "SELECT account, id, ifnull((SELECT seq FROM sqlite_sequence"
                " WHERE name = 'object'), 0) FROM container_info"
                " WHERE container = ? OR metadata LIKE ?",
                self.container,
                f'%"{self.swift.account}/{self.container}"%',
            ):
                yield account, database_id, last + waits


def _select(path: Path, query: str, *values: object) -> list[tuple]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    with contextlib.closing(connection):
        return connection.execute(query, values).fetchall()
