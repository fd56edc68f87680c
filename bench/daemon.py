# SPDX-License-Identifier: Apache-2.0
"""How is the real daemon run, and what did it use?"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.process import cpu_seconds, memory_mib
from bench.stage import BenchError, Daemon

_ROOT = Path(__file__).resolve().parents[1]
_PROGRAM = _ROOT / "bin" / "swift-s3-sync"
_STOP_SECONDS = 40
_TOTALS = " totals "


@dataclass(frozen=True)
class Usage:
    """What a daemon used from its start to its end, and what it counted."""

    wall_seconds: float
    cpu_seconds: float
    peak_rss_mib: float
    totals: dict[str, int]


def run_once(daemon: Daemon) -> Usage:
    """Run the daemon with `--once`; raise BenchError if it fails."""
    began = time.perf_counter()
    with _started(daemon, "--once") as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(
            f"the daemon ended with {process.returncode}: {_tail(daemon.log)}"
        )
    return Usage(
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,  # at least ours, which is far smaller
        parse_totals(daemon.log.read_text()),
    )


class RunningDaemon:
    """A daemon that polls."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def cpu_seconds(self) -> float:
        """Return the processor time used so far."""
        return cpu_seconds(self._process.pid)

    def memory_mib(self) -> float:
        """Return the memory that is used now."""
        return memory_mib(self._process.pid, "VmRSS")

    def peak_mib(self) -> float:
        """Return the most memory that was ever used."""
        return memory_mib(self._process.pid, "VmHWM")


@contextmanager
def running(daemon: Daemon) -> Iterator[RunningDaemon]:
    """Keep a daemon running for the time of the block."""
    with _started(daemon) as process:
        yield RunningDaemon(process)


def parse_totals(text: str) -> dict[str, int]:
    """Return the counts of the last `totals` line of a log."""
    lines = [line for line in text.splitlines() if _TOTALS in line]
    if not lines:
        raise BenchError("the daemon logged no totals")
    pairs = lines[-1].partition(_TOTALS)[2].split()
    return {k: int(v) for k, _, v in (pair.partition("=") for pair in pairs)}


@contextmanager
def _started(
    daemon: Daemon, *flags: str
) -> Iterator["subprocess.Popen[bytes]"]:
    with (daemon.conf.parent / "output").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, _PROGRAM, "--config", daemon.conf, *flags],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A Ctrl-C is for us: we end what we started, in due order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    return log.read_text()[-2000:] if log.exists() else "no log"
