# SPDX-License-Identifier: Apache-2.0
"""How are a server's processes started, and ended with their owner?

The owner holds the other end of our standard input. However it dies, the
kernel closes that, and we end; however we die, the kernel kills what we
started.
"""

import ctypes
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from test.servers.downloads import Unavailable

HOST = "127.0.0.1"
_START_SECONDS = 90.0
_GLANCE = 0.05
_PR_SET_PDEATHSIG = 1


class Keeper:
    """The processes of one server, with their files in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._children: list[subprocess.Popen] = []

    def log(self, name: str) -> Path:
        """Return where a process writes what it has to say."""
        return self.folder / f"{name}.out"

    def spawn(self, name: str, command: list[str]) -> subprocess.Popen:
        """Start a process that stays in the foreground."""
        with self.log(name).open("ab") as output:
            try:
                child = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env={**os.environ, **self.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    preexec_fn=_end_with_parent,
                )
            except FileNotFoundError:
                raise Unavailable(f"needs {command[0]} to run") from None
        child.args = name
        self._children.append(child)
        return child

    def run(self, name: str, command: list[str]) -> str:
        """Run a command to its end and return what it prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"{name} failed: {done.stderr.strip()[-400:]}")
        return done.stdout

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for a condition; raises Unavailable if a process ends."""
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            for child in self._children:
                if child.poll() is not None:
                    raise Unavailable(self._last_words(str(child.args)))
            if time.monotonic() > deadline:
                raise Unavailable(f"after {_START_SECONDS:.0f} s not {what}")
            time.sleep(_GLANCE)

    def _last_words(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").split("\n")
        told = [line for line in lines if line.strip()]
        return f"{name} has ended: {' '.join(told[-3:])[-400:]}"

    def serve(self, description: Mapping[str, str]) -> None:
        """Tell the owner of the server, and keep it until the owner ends."""
        sys.stdout.write(json.dumps(dict(description)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()

    def memory(self) -> int:
        """Return how much memory the processes had at most, in MiB."""
        return sum(map(_peak, self._children)) // 1024

    def stop(self) -> None:
        """Kill all that was started: its data are of no use to anybody."""
        for child in reversed(self._children):
            child.kill()
        for child in self._children:
            child.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether an HTTP server answers, whatever it says."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _peak(child: subprocess.Popen) -> int:
    try:
        status = Path(f"/proc/{child.pid}/status").read_text()
    except OSError:  # it has ended
        return 0
    found = re.search(r"VmHWM:\s+([0-9]+) kB", status)
    return int(found[1]) if found else 0


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
