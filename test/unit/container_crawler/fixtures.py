# SPDX-License-Identifier: Apache-2.0
"""What is crawled in the tests? Real databases, found through a real ring.

Importing this module gives the process a `swift.conf` of its own, once.
"""

import atexit
import logging
import shutil
import sys
import tempfile
import time
from array import array
from contextlib import contextmanager
from pathlib import Path

from swift.common import utils


def _own_swift_dir():
    """Unlike `use_swift_dir`, do not mind what of Swift was imported."""
    folder = Path(tempfile.mkdtemp(prefix="swift-dir-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    conf = folder / "swift.conf"
    conf.write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    utils.SWIFT_CONF_FILE = str(conf)
    utils.HASH_PATH_PREFIX, utils.HASH_PATH_SUFFIX = b"", b"tests"
    return folder


SWIFT_DIR = _own_swift_dir()

from swift.common.ring.ring import RingData  # noqa: E402  reads swift.conf
from swift.common.utils import Timestamp  # noqa: E402
from swift.container.backend import ContainerBroker  # noqa: E402

from container_crawler.container import Container  # noqa: E402

LOGGER = logging.getLogger("test")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False

PHOTOS = Container("AUTH_test", "photos")
ETAG = "d41d8cd98f00b204e9800998ecf8427e"

_connected = []


def _note_connections(event, args):
    if event == "sqlite3.connect" and _connected:
        _connected[-1].append(Path(args[0]).name)


sys.addaudithook(_note_connections)


@contextmanager
def databases_opened():
    """Yield a list that gets the name of every database that is opened."""
    _connected.append([])
    try:
        yield _connected[-1]
    finally:
        _connected.pop()


class Clock:
    """A clock that goes only when told; it begins in a minute's time.

    So the files that a test has just made are old enough to be idle.
    """

    def __init__(self):
        self.now = time.time() + 60

    def __call__(self):
        return self.now


class Cluster:
    """A container ring of one partition, and the nodes' databases.

    `primaries` are (ip, device) in the ring's order.
    """

    def __init__(self, folder, primaries=(("127.0.0.1", "sda"),)):
        self.folder = folder
        self.swift_dir = folder / "etc"
        self.swift_dir.mkdir(parents=True)
        self.primaries = primaries
        self.write_ring(primaries)

    def write_ring(self, primaries):
        devices = [
            {"id": number, "region": 1, "zone": 1, "ip": ip, "port": 6201}
            | {"replication_ip": ip, "replication_port": 6201}
            | {"device": device, "weight": 1.0, "meta": ""}
            for number, (ip, device) in enumerate(primaries)
        ]
        order = [array("H", [number]) for number in range(len(primaries))]
        ring = RingData(order, devices, part_shift=32)
        ring.save(str(self.swift_dir / "container.ring.gz"))

    def devices(self, ip):
        return self.folder / ip

    def path(self, container=PHOTOS, ordinal=0):
        """Return where a primary keeps the database of `container`."""
        ip, device = self.primaries[ordinal]
        digest = utils.hash_path(container.account, container.name)
        place = utils.storage_directory("containers", 0, digest)
        return self.devices(ip) / device / place / f"{digest}.db"

    def create(self, container=PHOTOS, ordinal=0, policy=0):
        path = self.path(container, ordinal)
        path.parent.mkdir(parents=True, exist_ok=True)
        return create_database(path, container, policy)


def create_database(path, container=PHOTOS, policy=0):
    """Make an empty container database, as a container server does."""
    broker = ContainerBroker(
        str(path),
        account=container.account,
        container=container.name,
        logger=LOGGER,
    )
    broker.initialize(Timestamp(1).internal, policy)
    return broker


def put(broker, *names, at=1000.0, policy=0, deleted=0):
    """Announce objects as object servers do: the rows wait in `.pending`."""
    for name in names:
        broker.put_object(
            name,
            Timestamp(at).internal,
            0 if deleted else 5,
            "application/deleted" if deleted else "text/plain",
            "noetag" if deleted else ETAG,
            deleted=deleted,
            storage_policy_index=policy,
        )


def merge(broker):
    """Bring the rows that wait into the database, as reading it does."""
    broker.get_info()


class RecordingHandler:
    """Keeps the rows in the order they came; a container_crawler Handler.

    `answer` says what becomes of a row at once: True, False, or None: it
    stays open until `end` is called.
    """

    def __init__(self, answer=lambda found: True, capacity=1000):
        self.answer = answer
        self.capacity = capacity
        self.closed = False
        self.paused = False
        self.found = []
        self.open = {}
        self.points = {}
        self.saves = []
        self.saving = True
        self.known = []
        self.forgotten = []

    @property
    def names(self):
        return [found.record["name"] for found in self.found]

    def room(self):
        if self.closed or self.paused:
            return 0
        return self.capacity - len(self.open)

    def handle(self, found, done):
        assert self.room() > 0, "a row came though there was no room"
        self.found.append(found)
        durable = self.answer(found)
        if durable is None:
            self.open[found.record["name"]] = done
        else:
            done(durable)

    def end(self, *names, durable=True):
        for name in names or list(self.open):
            self.open.pop(name)(durable)

    def sync_points(self, database_id):
        return [
            point
            for point in self.points.values()
            if point.database_id == database_id
        ]

    def save(self, container, points):
        if self.saving:
            self.saves.append((container, points))
            for point in points:
                key = point.database_id, point.pass_name, point.slice
                self.points[key] = point
        return self.saving

    def known_containers(self):
        return self.known

    def forget(self, container):
        self.forgotten.append(container)
