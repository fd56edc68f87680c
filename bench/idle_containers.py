# SPDX-License-Identifier: Apache-2.0
"""What does it cost to poll many containers in which nothing happens?"""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.daemon import RunningDaemon, running
from bench.process import cpu_seconds
from bench.stage import BenchError, Daemon, Stage

_ACCOUNT = "AUTH_idle"
_BUCKET = "idle"
_SETTLING_POLLS = 3
_DEADLINE_SECONDS = 240.0
_LOOK_SECONDS = 0.02
_FILL_SECONDS = 240.0
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class IdleContainers:
    """The cost of the first look at every container, and of later polls.

    The first figures count from the daemon's start.
    """

    containers: int
    first_seconds: float
    first_cpu_seconds: float
    first_listings: int
    polls: int
    seconds_per_poll: float
    cpu_per_poll: float
    cpu_of_dearest_poll: float
    swift_cpu_per_poll: float
    rss_mib: float
    peak_rss_mib: float
    remote_requests: int


class Polls:
    """Counts the polls: each lists the account, and Swift logs that.

    Only the first look, which takes longer than a poll, lists it less often.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0
        self._rest = ""
        self._count = 0

    def count(self) -> int:
        """Return how many polls have begun."""
        with self._log.open() as log:
            log.seek(self._offset)
            text = self._rest + log.read()
            self._offset = log.tell()
        *lines, self._rest = text.split("\n")
        self._count += sum(map(begins_poll, lines))
        return self._count


def measure_idle_containers(
    stage: Stage, containers: int, polls: int
) -> IdleContainers:
    """Let a daemon with a `/*` rule look at containers without objects."""
    _fill(stage, containers)
    daemon = stage.configure(_BUCKET, "/*", _ACCOUNT)
    stage.sink.reset()
    began = time.monotonic()
    with running(daemon) as process:
        _wait(lambda: _met(daemon) >= containers, "the first pass ends")
        first_seconds = time.monotonic() - began
        first_cpu = process.cpu_seconds()
        counter = Polls(stage.cluster.log_dir / "swift.log")
        first_listings = counter.count()
        _next_poll(counter, _SETTLING_POLLS)
        readings = [_read(stage, process, counter)]
        while readings[-1].polls < readings[0].polls + polls:
            _next_poll(counter, 1)
            readings.append(_read(stage, process, counter))
        return IdleContainers(
            containers=containers,
            first_seconds=first_seconds,
            first_cpu_seconds=first_cpu,
            first_listings=first_listings,
            **per_poll(readings),
            rss_mib=process.memory_mib(),
            peak_rss_mib=process.peak_mib(),
            remote_requests=sum(stage.sink.counts().values()),
        )


@dataclass(frozen=True)
class Reading:
    """What was used when a poll began."""

    polls: int
    time: float
    cpu: float
    swift_cpu: float


def _read(stage: Stage, process: RunningDaemon, counter: Polls) -> Reading:
    return Reading(
        counter.count(),
        time.monotonic(),
        process.cpu_seconds(),
        cpu_seconds(stage.cluster.pids["swift"]),
    )


def per_poll(readings: list[Reading]) -> dict[str, Any]:
    """Return the figures of IdleContainers that are about polls."""
    first, last = readings[0], readings[-1]
    polls = last.polls - first.polls
    dearest = max(b.cpu - a.cpu for a, b in pairwise(readings))
    return {
        "polls": polls,
        "seconds_per_poll": (last.time - first.time) / polls,
        "cpu_per_poll": (last.cpu - first.cpu) / polls,
        "cpu_of_dearest_poll": dearest,
        "swift_cpu_per_poll": (last.swift_cpu - first.swift_cpu) / polls,
    }


def _fill(stage: Stage, containers: int) -> None:
    node = stage.cluster.node(1)
    command = [sys.executable, "-m", "bench.fill_account"]
    where = [str(stage.cluster.swift_dir), str(node.devices)]
    subprocess.run(
        [*command, *where, _ACCOUNT, str(containers)],
        cwd=_ROOT,
        check=True,
        timeout=_FILL_SECONDS,
        start_new_session=True,  # we end it on Ctrl-C, without its trace
    )


def _met(daemon: Daemon) -> int:
    """Return how many containers the journal has sync points for."""
    path = daemon.status / "journal.sqlite"
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = connection.execute(
            "SELECT count(DISTINCT container) FROM sync_points"
        ).fetchone()
    except sqlite3.OperationalError:
        return 0  # it is being made
    finally:
        connection.close()
    return int(row[0])


_FIRST_PAGE = re.compile(r'[?&]marker=[&"]')


def begins_poll(line: str) -> bool:
    """Tell whether an account server's log line is a listing's first page."""
    return (
        "account-server" in line
        and '"GET /' in line
        and f"/{_ACCOUNT}" in line
        and _FIRST_PAGE.search(line) is not None
    )


def _next_poll(counter: Polls, more: int) -> None:
    """Return just after so many more polls have begun."""
    wanted = counter.count() + more
    _wait(lambda: counter.count() >= wanted, f"{more} more polls")


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"waited in vain until {what}")
        time.sleep(_LOOK_SECONDS)
