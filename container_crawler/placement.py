# SPDX-License-Identifier: Apache-2.0
"""Which databases of a container are on this node, and whose share is ours?"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from swift.common.ring import Ring
from swift.common.ring.utils import is_local_device
from swift.common.utils import (
    get_db_files,
    hash_path,
    storage_directory,
    whataremyips,
)
from swift.container.backend import DATADIR

from container_crawler.container import Container

LOGGER = logging.getLogger(__name__)

RING_SECONDS = 15.0
"""How often a changed ring is looked for, as Swift's servers do."""


class Replica(NamedTuple):
    """A container's database on this node: its file and our place."""

    path: str
    ordinal: int
    nodes: int

    def newest_file(self) -> str:
        """Return the file that is read: once sharded, it has another name.

        Without any, `path`.
        """
        if os.path.exists(self.path):
            return self.path
        return next(reversed(get_db_files(self.path)), self.path)

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return os.path.exists(self.newest_file())


class Placement:
    """Look containers up in the container ring.

    `bind_ip` says which of the ring's devices are this node's; "0.0.0.0":
    those with any address of this machine.
    """

    def __init__(
        self,
        swift_dir: Path,
        devices: Path,
        bind_ip: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ring_file = swift_dir / "container.ring.gz"
        self._devices = devices
        self._addresses = whataremyips(bind_ip)
        self._clock = clock
        self._known: dict[Container, tuple[Replica, ...]] = {}
        self._load_ring()

    def _load_ring(self) -> None:
        version = self._ring_file.stat().st_mtime_ns
        self._ring = Ring(str(self._ring_file), reload_time=float("inf"))
        self._ring_version = version
        self._known.clear()
        self._look_again_at = self._clock() + RING_SECONDS

    def _follow_ring(self) -> None:
        self._look_again_at = self._clock() + RING_SECONDS
        try:
            if self._ring_file.stat().st_mtime_ns != self._ring_version:
                self._load_ring()
        except Exception as error:  # noqa: BLE001  Swift's own are many
            LOGGER.error(
                "%s is not read, the last one stays: %r",
                self._ring_file,
                error,
            )

    def replicas(self, container: Container) -> tuple[Replica, ...]:
        """Return the primaries of `container` that are on this node.

        The files need not exist.
        """
        if self._clock() >= self._look_again_at:
            self._follow_ring()
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
                yield Replica(f"{path}/{digest}.db", ordinal, len(nodes))


class Fingerprint(NamedTuple):
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


def fingerprint(replica: Replica) -> Fingerprint | None:
    """Stat a database; None: there is none."""
    path = replica.path
    try:
        folder = os.stat(os.path.dirname(path))
        database = os.stat(replica.newest_file())
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
