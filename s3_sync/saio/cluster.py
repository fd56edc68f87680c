# SPDX-License-Identifier: Apache-2.0
"""Start an all-in-one from Python, use it, and end it."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType

from s3_sync.saio.layout import (
    PER_NODE,
    PROXY,
    SINGLE,
    TESTER,
    Plan,
    Ports,
    SaioError,
    Server,
)
from s3_sync.saio.processes import (
    Child,
    first_line,
    python,
    spawn,
    spawn_servers,
    stop,
    up_command,
)
from s3_sync.saio.serve import listen

_NODE_SECONDS = 10.0
_DAEMON_SECONDS = 120.0


@dataclass(frozen=True)
class Node:
    """One node: the daemon's `swift_bind_ip` and `devices`, and its ports."""

    number: int
    ip: str
    devices: Path
    ports: Mapping[str, int]


@dataclass(frozen=True)
class Cluster:
    """Where a running cluster is, and how to log in.

    `pids` has `swift`, the process to stop, and with one process per node
    also `proxy`, `node1`, `node2` and so on.
    """

    auth_url: str
    s3_url: str
    user: str
    key: str
    root: Path
    swift_dir: Path
    log_dir: Path
    layout: str
    nodes: tuple[Node, ...]
    pids: Mapping[str, int]

    @classmethod
    def of(
        cls, plan: Plan, ports: Ports, pids: Mapping[str, int]
    ) -> "Cluster":
        """Return the cluster that `plan` has become."""
        url = f"http://{PROXY.ip}:{ports[PROXY]}"
        return cls(
            auth_url=f"{url}/auth/v1.0",
            s3_url=url,
            user=TESTER.login,
            key=TESTER.key,
            root=plan.root,
            swift_dir=plan.swift_dir,
            log_dir=plan.log_dir,
            layout=plan.layout,
            nodes=tuple(
                _node(plan, number, ports)
                for number in range(1, plan.nodes + 1)
            ),
            pids=pids,
        )

    def node(self, number: int) -> Node:
        """Return a node; the first has number 1."""
        return self.nodes[number - 1]

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Cluster":
        """Return what `to_json` wrote."""
        fields = json.loads(text)
        for name in ("root", "swift_dir", "log_dir"):
            fields[name] = Path(fields[name])
        nodes = tuple(
            Node(**{**node, "devices": Path(node["devices"])})
            for node in fields.pop("nodes")
        )
        return cls(nodes=nodes, **fields)


def _node(plan: Plan, number: int, ports: Ports) -> Node:
    servers = plan.node_servers(number)
    return Node(
        number,
        servers[0].ip,
        plan.devices(number),
        {server.kind: ports[server] for server in servers},
    )


def greeting(cluster: Cluster) -> str:
    """Return what a person wants to know about a cluster that is up."""
    login = f"-A {cluster.auth_url} -U {cluster.user} -K {cluster.key}"
    return f"""\
OpenStack Swift is up. Ctrl-C ends it; the data stay in {cluster.root}.

  Swift  {cluster.auth_url}   user {cluster.user}   key {cluster.key}
  S3     {cluster.s3_url}   access key {cluster.user}   \
secret key {cluster.key}
  Logs   {cluster.log_dir}

Try:
  swift {login} post photos
  swift {login} list
  AWS_ACCESS_KEY_ID={cluster.user} AWS_SECRET_ACCESS_KEY={cluster.key} \
aws --endpoint-url {cluster.s3_url} s3 ls"""


class RunningCluster:
    """A cluster that runs as long as this process, and no longer."""

    def __init__(self, child: Child, cluster: Cluster) -> None:
        self._child = child
        self._nodes: dict[int, Child] = {}
        self.cluster = cluster

    def __enter__(self) -> "RunningCluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all processes of the cluster; the data stay."""
        for child in [*self._nodes.values(), self._child]:
            stop(child)
        self._nodes.clear()

    def kill_node(self, number: int) -> None:
        """End a node as a power cut would; its ports refuse from now on."""
        os.kill(self._pid(number), signal.SIGKILL)
        if number in self._nodes:
            stop(self._nodes.pop(number))
        node = self.cluster.node(number)
        deadline = time.monotonic() + _NODE_SECONDS
        while any(_accepts(node.ip, port) for port in node.ports.values()):
            if time.monotonic() > deadline:
                raise SaioError(f"node {number} still answers")

    def start_node(self, number: int) -> None:
        """Start a node again that was killed, on its ports."""
        self._pid(number)
        node = self.cluster.node(number)
        name = f"node{number}"
        log = self.cluster.log_dir / f"{name}.log"
        child = spawn_servers(
            self.cluster.swift_dir,
            log,
            {
                Server(kind, number): listen(node.ip, port)
                for kind, port in node.ports.items()
            },
        )
        self._nodes[number] = child
        first_line(child, log)
        pids = {**self.cluster.pids, name: child.pid}
        self.cluster = replace(self.cluster, pids=pids)

    def _pid(self, number: int) -> int:
        try:
            return self.cluster.pids[f"node{number}"]
        except KeyError:
            raise SaioError(
                f"node {number} is no process of its own; "
                f'start the cluster with layout="{PER_NODE}"'
            ) from None

    def run_daemon(self, daemon: str, node: int = 1) -> None:
        """Let one of Swift's daemons do its work once, and wait for it.

        For example `container-updater`, after which an account knows what
        is in its containers. Raise SaioError if it fails.
        """
        log = self.cluster.log_dir / f"{daemon}-{node}.log"
        with log.open("ab") as output:
            done = subprocess.run(
                python(
                    "swift_daemon",
                    str(self.cluster.swift_dir),
                    daemon,
                    str(node),
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=_DAEMON_SECONDS,
                check=False,
            )
        if done.returncode:
            raise SaioError(f"{daemon} of node {node} failed, see {log}")


def _accepts(ip: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((ip, port)) == 0


def start(
    root: Path,
    *,
    nodes: int = 1,
    replicas: int = 3,
    layout: str = SINGLE,
    port: int = 0,
    policies: int = 1,
) -> RunningCluster:
    """Start a cluster in `root` and return when it serves.

    Use it in a `with` block. An empty or new folder becomes a new cluster,
    that of an earlier run continues with its data. Raise SaioError if the
    cluster does not come up.
    """
    plan = Plan(root.absolute(), nodes, replicas, policies, layout, port)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        child = spawn(up_command(plan, "--json", "--lifeline"), log)
        line = first_line(child, log)
    return RunningCluster(child, Cluster.from_json(line))
