# SPDX-License-Identifier: Apache-2.0
"""How do the tests run the daemon, and learn how it went?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COMMAND = [
    sys.executable,
    str(Path(__file__).parents[2] / "bin" / "swift-s3-sync"),
]
SECONDS = 60
_GLANCE = 0.02


def wait_until(condition: Callable[[], object], what: str, seconds=SECONDS):
    """Return what `condition` says as soon as it is true; else fail."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(_GLANCE)
    return value


@dataclass(frozen=True)
class Once:
    """A run that ended: its exit code and what it wrote."""

    code: int
    output: str
    log: str

    def lines(self, *parts: str) -> list[str]:
        """Return the log's lines that hold all `parts`."""
        return lines_with(self.log, *parts)


def lines_with(text: str, *parts: str) -> list[str]:
    """Return the lines of `text` that hold all `parts`."""
    return [
        line
        for line in text.splitlines()
        if all(part in line for part in parts)
    ]


def run_once(
    config: Path, *options: str, seconds: float = 2 * SECONDS, **popen
) -> Once:
    """Let the daemon handle what is due, within `seconds`."""
    done = subprocess.run(
        [*COMMAND, "--config", str(config), "--once", "--console", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
        **popen,
    )
    return Once(done.returncode, done.stdout.decode(), done.stderr.decode())


class Daemon:
    """A daemon that runs until it is told to end; logs to `log`."""

    def __init__(self, config: Path, log: Path, *options: str) -> None:
        self.log_path = log
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*COMMAND, "--config", str(config), "--console", *options],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                # Killed with the tests, whatever becomes of them.
                preexec_fn=_end_with_parent,
            )

    @property
    def log(self) -> str:
        """Return what it has logged so far."""
        return self.log_path.read_text()

    def wait_for(self, *parts: str, seconds: float = SECONDS) -> str:
        """Wait for a log line that holds all `parts`."""

        def found() -> list[str]:
            if self.process.poll() is not None:
                raise AssertionError(f"the daemon has ended:\n{self.log}")
            return lines_with(self.log, *parts)

        return wait_until(found, f"a log line with {parts}", seconds)[0]

    def terminate(self) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """End it as a power cut would; a second time does nothing."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _end_with_parent() -> None:
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
