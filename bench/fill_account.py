# SPDX-License-Identifier: Apache-2.0
"""Make an account with many empty containers, past Swift's servers.

`python -m bench.fill_account SWIFT_DIR DEVICES ACCOUNT COUNT`. Through HTTP
it would take minutes; this writes the same databases. A process of its own:
importing Swift would make the one that measures as large as the daemon.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from container_crawler.swift_dir import use_swift_dir

_POLICY = 0


def main() -> None:
    """Do what the module's docstring says."""
    swift_dir, devices, account, count = sys.argv[1:]
    use_swift_dir(Path(swift_dir))
    names = container_names(int(count))
    make_containers(swift_dir, devices, account, names)
    list_containers(swift_dir, devices, account, names)


def container_names(count: int) -> list[str]:
    """Return what the containers are called."""
    return [f"container-{number:06}" for number in range(count)]


def make_containers(
    swift_dir: str, devices: str, account: str, names: Iterable[str]
) -> None:
    """Make an empty database for each name."""
    from swift.common.ring import Ring
    from swift.container.backend import DATADIR, ContainerBroker

    ring = Ring(swift_dir, ring_name="container")
    for name in names:
        path = _path(ring, devices, DATADIR, account, name)
        broker = ContainerBroker(path, account=account, container=name)
        broker.initialize(_now(), _POLICY)
        broker.conn.close()


def list_containers(
    swift_dir: str, devices: str, account: str, names: Iterable[str]
) -> None:
    """Make the account's database, which names all containers."""
    from swift.account.backend import DATADIR, AccountBroker
    from swift.common.ring import Ring

    ring = Ring(swift_dir, ring_name="account")
    path = _path(ring, devices, DATADIR, account)
    broker = AccountBroker(path, account=account)
    broker.initialize(_now())
    for name in names:
        broker.put_container(name, _now(), 0, 0, 0, _POLICY)
    broker.get_info()  # merges the rows that wait


def _path(ring: Any, devices: str, folder: str, *names: str) -> str:
    from swift.common.utils import hash_path, storage_directory

    partition, nodes = ring.get_nodes(*names)
    digest = hash_path(*names)
    place = storage_directory(folder, partition, digest)
    return f"{devices}/{nodes[0]['device']}/{place}/{digest}.db"


def _now() -> str:
    from swift.common.utils import Timestamp

    return str(Timestamp.now().internal)


if __name__ == "__main__":
    main()
