# SPDX-License-Identifier: Apache-2.0
"""What does it look like when a container lives in two places?"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from swiftclient import Connection

from s3_sync.config import load
from s3_sync.saio.cluster import Cluster, start
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients

ACCOUNT = "AUTH_test"
CONTAINER = "photos"
BUCKET = "photos-backup"
PATIENCE_SECONDS = 60.0
_OPERATIONS = {"PUT": "green", "POST": "yellow", "DELETE": "red"}

Both = tuple[str, str]


class Demo:
    """A Swift cluster, an S3 endpoint and the daemon between them.

    The S3 endpoint is the s3api of a second cluster, so that nothing is
    needed but what Swift brings.
    """

    def __init__(self, root: Path, daemon: list[str], console: Console):
        """`daemon` is the command that runs it, to be given --config."""
        self._root = root
        self._daemon = daemon
        self._console = console

    def run(self) -> bool:
        """Show it; tell whether both sides are equal at the end."""
        self._say("Starting OpenStack Swift, and a second one as S3 endpoint")
        swift = start(self._root / "swift", replicas=1)
        s3 = start(self._root / "s3", replicas=1)
        with swift, s3:
            self._local = _connect(swift.cluster)
            self._local.put_container(CONTAINER)
            _connect(s3.cluster).put_container(BUCKET)
            config = self._write_config(swift.cluster, s3.cluster)
            rule = load(config).rules[0]
            self._remote = S3Bucket(rule, S3Clients(4))
            self._say(f"Swift: {swift.cluster.auth_url}")
            self._say(f"The rule: {rule.name}")
            with self._running_daemon(config):
                return self._show()

    def _show(self) -> bool:
        steps: list[tuple[str, Callable[[], None]]] = [
            ("A user uploads eight photos to Swift", self._upload),
            ("… describes one, replaces another, deletes two", self._change),
        ]
        for text, step in steps:
            self._say(text)
            step()
            if not self._wait_until_equal():
                self._say("[red]The two sides did not become equal.")
                return False
            self._print()
        self._say("[green]Both sides are equal.")
        return True

    def _upload(self) -> None:
        for number in range(8):
            self._local.put_object(
                CONTAINER,
                f"2026/été/photo {number}.jpg",
                bytes([number]) * 1024 * (number + 1),
                content_type="image/jpeg",
                headers={"X-Object-Meta-Place": "Zürich"},
            )

    def _change(self) -> None:
        self._local.post_object(
            CONTAINER,
            "2026/été/photo 1.jpg",
            {"X-Object-Meta-Place": "Genève", "X-Object-Meta-Stars": "5"},
        )
        self._local.put_object(CONTAINER, "2026/été/photo 2.jpg", b"edited")
        for number in (3, 4):
            name = f"2026/été/photo {number}.jpg"
            self._local.delete_object(CONTAINER, name)

    def _sides(self) -> dict[str, Both]:
        """Return what Swift and S3 say of each name."""
        store = self._remote.container(ACCOUNT, CONTAINER)
        sides: dict[str, Both] = {}
        for entry in self._local.get_container(CONTAINER)[1]:
            headers = self._local.head_object(CONTAINER, entry["name"])
            place = headers.get("x-object-meta-place", "-")
            sides[entry["name"]] = (f"{entry['hash'][:8]} {place}", "-")
        prefix = store.key("")
        for key in self._remote.list(prefix, 1000)[0]:
            name = key.removeprefix(prefix)
            info = store.head(name)
            if info:
                place = info.metadata.get("place", "-")
                local = sides.get(name, ("-", "-"))[0]
                sides[name] = (local, f"{info.etag[:8]} {place}")
        return sides

    def _wait_until_equal(self) -> bool:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            sides = self._sides()
            if all(swift == s3 for swift, s3 in sides.values()):
                return True
            time.sleep(0.2)
        return False

    def _print(self) -> None:
        table = Table("object", "in Swift", "in S3")
        for name, sides in sorted(self._sides().items()):
            table.add_row(escape(name), *map(escape, sides))
        self._console.print(table)

    def _write_config(self, swift: Cluster, s3: Cluster) -> Path:
        status_dir = self._root / "status"
        status_dir.mkdir()
        node = swift.node(1)
        config = {
            "swift_dir": str(swift.swift_dir),
            "devices": str(node.devices),
            "swift_bind_ip": node.ip,
            "status_dir": str(status_dir),
            "containers": [
                {
                    "account": ACCOUNT,
                    "container": CONTAINER,
                    "endpoint": s3.s3_url,
                    "bucket": BUCKET,
                    "identity": s3.user,
                    "secret": s3.key,
                }
            ],
        }
        path = self._root / "sync.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    @contextmanager
    def _running_daemon(self, config: Path) -> Iterator[None]:
        command = [*self._daemon, "--config", str(config), "--console"]
        self._say("Starting the daemon: swift-s3-sync --config sync.json")
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stderr  # noqa: S101  for the type checker
        follower = threading.Thread(
            target=self._follow, args=(process.stderr,), daemon=True
        )
        follower.start()
        try:
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
            follower.join(PATIENCE_SECONDS)

    def _follow(self, lines: IO[str]) -> None:
        for line in lines:
            _, _, text = line.rstrip().partition("]: ")
            colour = _OPERATIONS.get(text.split(" ")[0], "dim")
            self._console.print(
                f"  [{colour}]{escape(text or line)}", soft_wrap=True
            )

    def _say(self, *text: Any) -> None:
        self._console.print("[bold]»[/bold]", *text, soft_wrap=True)


def _connect(cluster: Cluster) -> Connection:
    return Connection(cluster.auth_url, cluster.user, cluster.key)
