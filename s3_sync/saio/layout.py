# SPDX-License-Identifier: Apache-2.0
"""What does the all-in-one consist of, and where do its files lie?"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from s3_sync.errors import S3SyncError

BACKENDS = ("account", "container", "object")
DEVICE = "d1"
SINGLE = "single"
PER_NODE = "pernode"


class SaioError(S3SyncError):
    """The all-in-one cannot be made or started; the message says why."""


@dataclass(frozen=True)
class User:
    """Someone whom the cluster knows."""

    account: str
    name: str
    key: str
    groups: str = ".admin"

    @property
    def login(self) -> str:
        """Return the user name of the Swift API, the access key of S3."""
        return f"{self.account}:{self.name}"


TESTER = User("test", "tester", "testing")
OTHER = User("test2", "tester2", "testing2")
ADMIN = User("admin", "admin", "admin", ".admin .reseller_admin")
USERS = (TESTER, OTHER, ADMIN)


@dataclass(frozen=True)
class Server:
    """One server of the cluster; the proxy belongs to no node."""

    kind: str
    node: int = 0

    @property
    def name(self) -> str:
        """Return the name of its configuration file, without suffix."""
        number = f"-{self.node}" if self.node else ""
        return f"{self.kind}-server{number}"

    @property
    def ip(self) -> str:
        """Return the address it listens on; every node has its own."""
        return f"127.0.0.{self.node or 1}"


PROXY = Server("proxy")


@dataclass(frozen=True)
class Plan:
    """What was asked for: how many nodes, copies, policies, processes."""

    root: Path
    nodes: int = 1
    replicas: int = 3
    policies: int = 1
    layout: str = SINGLE
    port: int = 0

    @property
    def swift_dir(self) -> Path:
        """Return the folder of rings and configuration files."""
        return self.root / "etc"

    @property
    def log_dir(self) -> Path:
        """Return the folder with one log file per process."""
        return self.root / "log"

    def devices(self, node: int) -> Path:
        """Return the folder of a node's devices."""
        return self.root / f"node{node}"

    def recon(self, node: int) -> Path:
        """Return the folder of a node's statistics.

        It lies beside the devices: Swift takes whatever is among them for a
        device.
        """
        return self.root / f"recon{node}"

    def node_servers(self, node: int) -> tuple[Server, ...]:
        """Return the servers of one node."""
        return tuple(Server(kind, node) for kind in BACKENDS)

    def servers(self) -> tuple[Server, ...]:
        """Return all servers of the cluster."""
        groups = self.processes().values()
        return tuple(server for group in groups for server in group)

    def processes(self) -> dict[str, tuple[Server, ...]]:
        """Return what fails together, by name: the proxy, and each node."""
        numbers = range(1, self.nodes + 1)
        nodes = {f"node{n}": self.node_servers(n) for n in numbers}
        return {"proxy": (PROXY,), **nodes}

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps({**asdict(self), "root": str(self.root)})

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Return what `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "root": Path(fields["root"])})


Ports = Mapping[Server, int]


def make_folders(plan: Plan) -> None:
    """Make the folders of the cluster; refuse what cannot hold it."""
    plan.root.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(plan)
    probe_xattrs(plan.root)
    plan.swift_dir.mkdir(exist_ok=True)
    plan.log_dir.mkdir(exist_ok=True)
    for node in range(1, plan.nodes + 1):
        (plan.devices(node) / DEVICE).mkdir(parents=True, exist_ok=True)
        plan.recon(node).mkdir(exist_ok=True)


def _refuse_foreign(plan: Plan) -> None:
    if any(plan.root.iterdir()) and not plan.swift_dir.is_dir():
        raise SaioError(
            f"{plan.root} is not empty and not a cluster of an earlier run; "
            "choose a new or an empty folder"
        )


def probe_xattrs(folder: Path) -> None:
    """Raise SaioError if files in `folder` cannot carry user metadata."""
    with tempfile.NamedTemporaryFile(dir=folder) as probe:
        try:
            os.setxattr(probe.fileno(), "user.swift.metadata", b"probe")
        except OSError as error:
            raise SaioError(
                f"{folder}: its file system takes no user extended "
                f"attributes ({error.strerror}), and Swift keeps metadata in "
                "them; choose a folder on ext4, xfs, btrfs, or on a tmpfs of "
                "Linux 6.6 or newer, for example in /var/tmp"
            ) from error


def fastest_folder() -> Path:
    """Return where a temporary cluster lies best: in memory, if it can."""
    memory = Path("/dev/shm")  # noqa: S108  only temporary folders go there
    try:
        probe_xattrs(memory)
    except (SaioError, OSError):
        return Path(tempfile.gettempdir())
    return memory
