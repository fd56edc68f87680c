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
from container_crawler.database import FILES

LOGGER = logging.getLogger(__name__)

RING_SECONDS = 15.0
"""How often a changed ring is looked for, as Swift's servers do."""


class Replica(NamedTuple):
    """A container's database on this node: its file and our place.

    `path` is the name of the file before the container was ever sharded;
    of a file that was found it is its own name.
    """

    path: str
    ordinal: int
    nodes: int

    def files(self) -> list[str]:
        """Return the names of the database's files, the newest last."""
        found: list[str] = get_db_files(self.path)[-FILES:]
        return found

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return bool(self.files())

    def at(self, file: str) -> "Replica":
        """Return our place in one of its files."""
        return self if file == self.path else self._replace(path=file)


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


class FileStat(NamedTuple):
    """What stat tells of a file; `changed` in nanoseconds."""

    path: str
    changed: int
    size: int
    inode: int


class Fingerprint(NamedTuple):
    """What stat tells of a database without opening it.

    A PUT changes only the size of `.pending`, a merge a file's time,
    sharding adds a file and so changes the folder's time.
    """

    folder_changed: int
    pending_size: int
    files: tuple[FileStat, ...]

    @property
    def changed(self) -> float:
        """When the database was last written, in seconds."""
        times = [self.folder_changed, *(file.changed for file in self.files)]
        return max(times) / 1e9


def fingerprint(
    replica: Replica, before: Fingerprint | None = None
) -> Fingerprint | None:
    """Stat a database; None: there is none.

    The folder need not be listed when it looks as it did `before`.
    """
    try:
        folder = os.stat(os.path.dirname(replica.path)).st_mtime_ns
        if before and before.folder_changed == folder:
            paths = [file.path for file in before.files]
        else:
            paths = replica.files()
        files = tuple(map(_stat, paths))
    except FileNotFoundError:
        return None
    try:
        pending = os.stat(f"{replica.path}.pending").st_size
    except FileNotFoundError:
        pending = 0
    return Fingerprint(folder, pending, files) if files else None


def _stat(path: str) -> FileStat:
    stat = os.stat(path)
    return FileStat(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
