# SPDX-License-Identifier: Apache-2.0
"""Which databases of a container are on this node, and whose share is ours?"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swift.common.ring import Ring
from swift.common.ring.utils import is_local_device
from swift.common.utils import hash_path, storage_directory, whataremyips
from swift.container.backend import DATADIR

from container_crawler.container import Container


@dataclass(frozen=True)
class Replica:
    """A container's database on this node: its file and our place."""

    path: Path
    ordinal: int
    nodes: int


_REMEMBER_SECONDS = 60.0


class Placement:
    """Look containers up in the container ring.

    `bind_ip` says which of the ring's devices are this node's; "0.0.0.0":
    those with any address of this machine. A changed ring is noticed within
    a minute.
    """

    def __init__(
        self,
        swift_dir: Path,
        devices: Path,
        bind_ip: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ring = Ring(str(swift_dir), ring_name="container")
        self._devices = devices
        self._addresses = whataremyips(bind_ip)
        self._clock = clock
        self._known: dict[Container, tuple[Replica, ...]] = {}
        self._forget_at = clock() + _REMEMBER_SECONDS

    def replicas(self, container: Container) -> tuple[Replica, ...]:
        """Return the primaries of `container` that are on this node.

        The files need not exist.
        """
        if self._clock() >= self._forget_at:
            self._known.clear()
            self._forget_at = self._clock() + _REMEMBER_SECONDS
        if container not in self._known:
            self._known[container] = tuple(self._look_up(container))
        return self._known[container]

    def _look_up(self, container: Container) -> Iterator[Replica]:
        partition, nodes = self._ring.get_nodes(
            container.account, container.name
        )
        digest = hash_path(container.account, container.name)
        folder = storage_directory(DATADIR, partition, digest)
        for ordinal, node in enumerate(nodes):
            if is_local_device(
                self._addresses, None, node["ip"], node["port"]
            ):
                path = self._devices / node["device"] / folder
                yield Replica(path / f"{digest}.db", ordinal, len(nodes))


@dataclass(frozen=True)
class Fingerprint:
    """What stat tells of a database without opening it.

    A PUT changes only the size of `.pending`, a merge the database's time,
    sharding adds a file and so changes its folder's time.
    """

    folder_changed: int
    database_changed: int
    database_size: int
    inode: int
    pending_size: int

    @property
    def changed(self) -> float:
        """When the database was last written, in seconds."""
        return self.database_changed / 1e9


def fingerprint(path: Path) -> Fingerprint | None:
    """Stat the database at `path`; None: there is none."""
    try:
        folder = os.stat(path.parent)
        database = os.stat(path)
    except FileNotFoundError:
        return None
    try:
        pending = os.stat(f"{path}.pending").st_size
    except FileNotFoundError:
        pending = 0
    return Fingerprint(
        folder.st_mtime_ns,
        database.st_mtime_ns,
        database.st_size,
        database.st_ino,
        pending,
    )
