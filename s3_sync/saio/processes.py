# SPDX-License-Identifier: Apache-2.0
"""How are the processes of the all-in-one started and ended?"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from socket import socket

from s3_sync.saio.layout import Plan, SaioError, Server
from s3_sync.saio.log_lines import tail

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0

Child = subprocess.Popen[bytes]


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules."""
    return [sys.executable, "-m", f"s3_sync.saio.{module}", *arguments]


def up_command(plan: Plan, *flags: str) -> list[str]:
    """Return the command that brings `plan` up and keeps it up."""
    return python("up", plan.to_json(), *flags)


def spawn(
    command: list[str], log: Path, descriptors: tuple[int, ...] = ()
) -> Child:
    """Start `command` with a lifeline and its errors in `log`.

    It has a session of its own: a Ctrl-C in the terminal is for its owner,
    who ends it in due order.
    """
    with log.open("ab") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=descriptors,
            start_new_session=True,
        )


def spawn_servers(
    swift_dir: Path, log: Path, sockets: Mapping[Server, socket]
) -> Child:
    """Start a process for the servers that `sockets` belong to.

    The sockets are closed here: a copy that stays open would let the kernel
    accept connections for a process that is dead.
    """
    spec = [
        [server.kind, server.node, listener.fileno()]
        for server, listener in sockets.items()
    ]
    descriptors = tuple(listener.fileno() for listener in sockets.values())
    try:
        return spawn(
            python("serve", str(swift_dir), str(log), json.dumps(spec)),
            log,
            descriptors,
        )
    finally:
        for listener in sockets.values():
            listener.close()


def first_line(child: Child, log: Path) -> str:
    """Return the line that a child prints when it serves.

    Raise SaioError, with the end of its log, if it ends or is not ready in
    a minute.
    """
    output = child.stdout
    if output is None:
        raise ValueError("the child was started without a pipe")
    end = time.monotonic() + _START_SECONDS
    text = b""
    while not text.endswith(b"\n"):
        left = max(0.0, end - time.monotonic())
        readable, _, _ = select.select([output], [], [], left)
        more = os.read(output.fileno(), 65536) if readable else b""
        if not more:
            reason = "ended" if readable else "is not ready in a minute"
            stop(child)
            raise SaioError(_failure(reason, log))
        text += more
    return text.decode()


def _failure(reason: str, log: Path) -> str:
    return tail(log) or f"the cluster's process {reason}, and says nothing"


def stop(child: Child, patience: float = _STOP_SECONDS) -> None:
    """End a child: cut its lifeline, and insist if that does not help."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
