# SPDX-License-Identifier: Apache-2.0
"""Bring the all-in-one up, and keep it up until its owner ends.

`python -m s3_sync.saio.up PLAN [--json] [--lifeline]`, with the plan as JSON.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from container_crawler.swift_dir import use_swift_dir
from s3_sync.saio.cluster import Cluster, greeting
from s3_sync.saio.confs import conf_files
from s3_sync.saio.layout import (
    PROXY,
    SINGLE,
    Plan,
    Ports,
    SaioError,
    Server,
    make_folders,
)
from s3_sync.saio.lifeline import EndOfLife
from s3_sync.saio.log_lines import errors_go_to, redirect_output
from s3_sync.saio.processes import Child, first_line, spawn_servers, stop
from s3_sync.saio.rings import write_rings
from s3_sync.saio.serve import listen, serve, stop_now

Sockets = dict[Server, socket]


def main() -> None:
    """Do what the module's docstring says."""
    text, *flags = sys.argv[1:]
    plan = Plan.from_json(text)
    try:
        with _alone(plan):
            _up(plan, "--json" in flags, "--lifeline" in flags)
    except (SaioError, OSError) as error:
        sys.exit(f"saio: {error}")


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    """Refuse to run twice in one folder."""
    make_folders(plan)
    with (plan.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SaioError(f"{plan.root} is in use by another run") from None
        yield


def _up(plan: Plan, as_json: bool, lifeline: bool) -> None:
    sockets = _listen(plan)
    ports = {server: s.getsockname()[1] for server, s in sockets.items()}
    _write(plan, ports)
    children: dict[str, Child] = {}
    end = EndOfLife(lifeline, lambda: _reap(children))
    try:
        if plan.layout == SINGLE:
            descriptors = {k: s.detach() for k, s in sockets.items()}
            with errors_go_to(_log(plan, "swift")):
                serve(plan.swift_dir, descriptors)
        else:
            _spawn_all(plan, sockets, children)
        cluster = Cluster.of(plan, ports, _pids(children))
        sys.stdout.write(cluster.to_json() if as_json else greeting(cluster))
        sys.stdout.write("\n")
        redirect_output(_log(plan, "swift"))
        end.wait()
    finally:
        for child in children.values():
            stop(child)
    stop_now()


def _listen(plan: Plan) -> Sockets:
    sockets: Sockets = {}
    for server in plan.servers():
        port = plan.port if server == PROXY else 0
        try:
            sockets[server] = listen(server.ip, port)
        except OSError as error:
            raise SaioError(
                f"cannot listen on {server.ip} port {port}: {error.strerror}"
            ) from error
    return sockets


def _write(plan: Plan, ports: Ports) -> None:
    for name, text in conf_files(plan, ports).items():
        (plan.swift_dir / name).write_text(text)
    use_swift_dir(plan.swift_dir)
    write_rings(plan, ports)


def _spawn_all(
    plan: Plan, sockets: Sockets, children: dict[str, Child]
) -> None:
    for name, servers in plan.processes().items():
        children[name] = spawn_servers(
            plan.swift_dir,
            _log(plan, name),
            {server: sockets[server] for server in servers},
        )
    for name, child in children.items():
        first_line(child, _log(plan, name))


def _log(plan: Plan, process: str) -> Path:
    return plan.log_dir / f"{process}.log"


def _pids(children: dict[str, Child]) -> dict[str, int]:
    pids = {name: child.pid for name, child in children.items()}
    return {"swift": os.getpid(), **pids}


def _reap(children: dict[str, Child]) -> None:
    for child in children.values():
        child.poll()


if __name__ == "__main__":
    main()
