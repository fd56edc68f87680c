# SPDX-License-Identifier: Apache-2.0
"""How do many small objects come into a container, past Swift's servers?

`python -m test.integration.fill_container SWIFT_DIR DEVICES ACCOUNT CONTAINER
COUNT`. Through HTTP it would take minutes; this writes the same files and
rows, with Swift's own classes. The container must be there.
"""

import hashlib
import logging
import sys
from pathlib import Path
from typing import Any

from container_crawler.swift_dir import use_swift_dir

_TYPE = "text/plain"


def main() -> None:
    """Do what the module's docstring says."""
    swift_dir, devices, account, container, count = sys.argv[1:]
    use_swift_dir(Path(swift_dir))
    files = _Files(swift_dir, devices, account, container)
    broker = files.broker()
    for number in range(int(count)):
        name, body = f"o{number:05}", b"%d" % number
        broker.put_object(
            name, files.write(name, body), len(body), _TYPE, _md5(body)
        )
    broker.get_info()  # merges the rows that wait


class _Files:
    """The node's files of one container and its objects."""

    def __init__(self, swift_dir: str, devices: str, *path: str) -> None:
        from swift.common.ring import Ring
        from swift.common.storage_policy import POLICIES
        from swift.obj.diskfile import DiskFileRouter

        self._devices = devices
        self._path = path
        self._ring = Ring(swift_dir, ring_name="object")
        self._containers = Ring(swift_dir, ring_name="container")
        conf = {"devices": devices, "mount_check": "false"}
        conf["disable_fallocate"] = "true"
        router = DiskFileRouter(conf, logging.getLogger())
        self._policy = POLICIES.legacy
        self._manager = router[self._policy]

    def broker(self) -> Any:
        from swift.common.utils import hash_path, storage_directory
        from swift.container.backend import DATADIR, ContainerBroker

        partition, nodes = self._containers.get_nodes(*self._path)
        digest = hash_path(*self._path)
        place = storage_directory(DATADIR, partition, digest)
        folder = Path(self._devices, nodes[0]["device"], place)
        return ContainerBroker(str(folder / f"{digest}.db"))

    def write(self, name: str, body: bytes) -> str:
        """Write an object; return its timestamp."""
        from swift.common.utils import Timestamp

        now = Timestamp.now()
        partition, nodes = self._ring.get_nodes(*self._path, name)
        file = self._manager.get_diskfile(
            nodes[0]["device"], partition, *self._path, name, self._policy
        )
        metadata = {
            "X-Timestamp": now.internal,
            "Content-Type": _TYPE,
            "ETag": _md5(body),
            "Content-Length": str(len(body)),
        }
        with file.create() as writer:
            writer.write(body)
            writer.put(metadata)
            writer.commit(now)
        return str(now.internal)


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    main()
