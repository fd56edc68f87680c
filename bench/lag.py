# SPDX-License-Identifier: Apache-2.0
"""How long after Swift's answer is an object in the bucket?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.daemon import RunningDaemon, running
from bench.process import cpu_seconds
from bench.stage import BenchError, Daemon, Stage
from bench.swift_client import SwiftConnection, send_all, send_paced

PER_SECOND = 50
SIZE = 4096
_CONTAINER = "paced"
_ARRIVAL_SECONDS = 60.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Lag:
    """The times from Swift's answer to the sink's, and what was used.

    Negative is possible: a row may be read before the client has its answer.
    """

    objects: int
    per_second: float
    p50_seconds: float
    p90_seconds: float
    p99_seconds: float
    longest_seconds: float
    remote: dict[str, int]
    cpu_percent: float
    swift_cpu_percent: float
    sink_cpu_percent: float
    peak_rss_mib: float


def measure_lag(stage: Stage, seconds: float) -> Lag:
    """Upload small objects at a steady pace while the daemon runs."""
    connection = SwiftConnection(stage.cluster)
    connection.put_container(_CONTAINER)
    connection.close()
    daemon = stage.configure(_CONTAINER, _CONTAINER)
    with running(daemon) as process:
        _warm_up(stage, daemon)
        return _measure(stage, daemon, process, int(seconds * PER_SECOND))


def _warm_up(stage: Stage, daemon: Daemon) -> None:
    """Return when the daemon works."""

    def put(connection: SwiftConnection, number: int) -> None:
        connection.put(_CONTAINER, f"warm-up-{number}", SIZE)

    send_all(stage.cluster, PER_SECOND, put)
    _arrivals(stage, daemon, PER_SECOND)
    stage.sink.reset(objects=True)


def _measure(
    stage: Stage, daemon: Daemon, process: RunningDaemon, count: int
) -> Lag:
    def put(connection: SwiftConnection, number: int) -> None:
        connection.put(_CONTAINER, _name(number), SIZE)

    def cpu() -> tuple[float, float, float]:
        swift = cpu_seconds(stage.cluster.pids["swift"])
        return process.cpu_seconds(), swift, stage.sink.cpu_seconds()

    began, before = time.monotonic(), cpu()
    answered = send_paced(stage.cluster, count, PER_SECOND, put)
    after, took = cpu(), time.monotonic() - began
    arrived = _arrivals(stage, daemon, count)
    lags = sorted(
        arrived[_name(number)] - when for number, when in answered.items()
    )
    own, swift, sink = (
        100 * (end - start) / took
        for start, end in zip(before, after, strict=True)
    )
    return Lag(
        objects=count,
        per_second=count / took,
        p50_seconds=percentile(lags, 50),
        p90_seconds=percentile(lags, 90),
        p99_seconds=percentile(lags, 99),
        longest_seconds=lags[-1],
        remote={kind: n for kind, n in stage.sink.counts().items() if n},
        cpu_percent=own,
        swift_cpu_percent=swift,
        sink_cpu_percent=sink,
        peak_rss_mib=process.peak_mib(),
    )


def _arrivals(stage: Stage, daemon: Daemon, count: int) -> dict[str, float]:
    """Wait for `count` objects; return when each was received."""
    deadline = time.monotonic() + _ARRIVAL_SECONDS
    while True:
        objects = stage.sink.objects(daemon.bucket)
        if len(objects) >= count:
            return {key: each["received"] for key, each in objects.items()}
        if time.monotonic() > deadline:
            raise BenchError(f"{len(objects)} of {count} objects arrived")
        time.sleep(_LOOK_SECONDS)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent do not exceed."""
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(1, int(rank)) - 1]


def _name(number: int) -> str:
    return f"object-{number:06}"
