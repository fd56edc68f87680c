# SPDX-License-Identifier: Apache-2.0
"""What does it cost to bring a bucket in line with what is in Swift?

Objects are changed in Swift while no daemon runs; then the real daemon
works everything off with `--once`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from bench.daemon import Usage, run_once
from bench.stage import BenchError, Daemon, Stage
from bench.swift_client import SwiftConnection, send_all


@dataclass(frozen=True)
class Idle:
    """Runs with nothing to do, the median: start, one look, stop.

    Requests are those of all these runs together.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_rss_mib: float
    remote_requests: int
    local_requests: int


@dataclass(frozen=True)
class Transfer:
    """One run of the daemon: what it was to do, used and sent.

    `idle` are runs right after it, with nothing to do; what the daemon
    needs to start and stop is subtracted where a rate is asked for.
    """

    name: str
    operations: int
    size: int
    usage: Usage
    remote: dict[str, int]
    sink_cpu_seconds: float
    idle: Idle

    @property
    def working_seconds(self) -> float:
        """Wall time without start and stop."""
        return max(1e-3, self.usage.wall_seconds - self.idle.wall_seconds)

    @property
    def operations_per_second(self) -> float:
        """Objects in a second of working."""
        return self.operations / self.working_seconds

    @property
    def megabytes_per_second(self) -> float:
        """Millions of bytes in a second of working."""
        return self.operations * self.size / self.working_seconds / 1e6

    @property
    def cpu_ms_per_operation(self) -> float:
        """Processor time of the daemon without start and stop."""
        seconds = self.usage.cpu_seconds - self.idle.cpu_seconds
        return seconds / self.operations * 1000

    @property
    def remote_requests(self) -> int:
        """All requests that the sink got."""
        return _requests(self.remote)

    @property
    def local_requests(self) -> int:
        """All requests to the internal client."""
        return self.usage.totals["local_requests"]


@dataclass(frozen=True)
class Batch:
    """How many objects of which size, in a container of their own."""

    container: str
    name: str
    count: int
    size: int
    idle_runs: int


Say = Callable[[str], None]


def transfer_objects(stage: Stage, batch: Batch, say: Say) -> Transfer:
    """Return the figures of a first copy."""
    say(f"{batch.name}: {batch.count} objects")
    _upload(stage, batch)
    daemon = stage.configure(batch.container, batch.container)
    run = _Runs(stage, batch, daemon)
    return run.measure(batch.name, batch.count)


def change_small_objects(
    stage: Stage, batch: Batch, say: Say
) -> Iterator[Transfer]:
    """Yield the figures of everything that can happen to small objects."""
    daemon = stage.configure(batch.container, batch.container)
    say(f"{batch.name}: {batch.count} objects")
    _upload(stage, batch)
    run = _Runs(stage, batch, daemon)
    yield run.measure(batch.name, batch.count)

    say(f"{batch.name}: the same to a site that answers after 20 ms")
    far = _Runs(stage, batch, stage.configure("far-away", batch.container), 20)
    yield far.measure(f"{batch.name}, 20 ms", batch.count)

    say(f"{batch.name}: {batch.count} POSTs")
    _for_each(stage, batch, SwiftConnection.post)
    yield run.measure("POST", batch.count)
    say(f"{batch.name}: {batch.count} DELETEs")
    _for_each(stage, batch, SwiftConnection.delete)
    yield run.measure("DELETE", 0)


@dataclass(frozen=True)
class _Runs:
    """Runs of the daemon with one configuration."""

    stage: Stage
    batch: Batch
    daemon: Daemon
    delay_ms: float = 0

    def measure(self, name: str, expected: int) -> Transfer:
        """Run the daemon, then again with nothing to do.

        `expected` is how many objects the bucket holds afterwards.
        """
        sink = self.stage.sink
        sink.delay(self.delay_ms)
        usage, remote, sink_cpu = self._run()
        self._check(expected, usage)
        idle = self._idle()
        sink.delay(0)
        size = self.batch.size if remote.get("PUT") else 0
        count = self.batch.count
        return Transfer(name, count, size, usage, remote, sink_cpu, idle)

    def _run(self) -> tuple[Usage, dict[str, int], float]:
        sink = self.stage.sink
        sink.reset()
        before = sink.cpu_seconds()
        usage = run_once(self.daemon)
        after = sink.cpu_seconds()
        counts = {kind: n for kind, n in sink.counts().items() if n}
        return usage, counts, after - before

    def _idle(self) -> Idle:
        runs = [self._run() for _ in range(self.batch.idle_runs)]
        usages = [usage for usage, _, _ in runs]
        return Idle(
            median(usage.wall_seconds for usage in usages),
            median(usage.cpu_seconds for usage in usages),
            max(usage.peak_rss_mib for usage in usages),
            sum(_requests(counts) for _, counts, _ in runs),
            sum(usage.totals["local_requests"] for usage in usages),
        )

    def _check(self, expected: int, usage: Usage) -> None:
        held = len(self.stage.sink.objects(self.daemon.bucket))
        if held != expected:
            raise BenchError(
                f"{self.daemon.bucket}: expected {expected} objects in the"
                f" bucket, found {held}; the daemon counted {usage.totals}"
            )


def _requests(counts: dict[str, int]) -> int:
    return sum(n for kind, n in counts.items() if kind != "bytes")


def _upload(stage: Stage, batch: Batch) -> None:
    connection = SwiftConnection(stage.cluster)
    connection.put_container(batch.container)
    connection.close()

    def put(connection: SwiftConnection, number: int) -> None:
        connection.put(batch.container, _object_name(number), batch.size)

    send_all(stage.cluster, batch.count, put)


def _for_each(
    stage: Stage,
    batch: Batch,
    change: Callable[[SwiftConnection, str, str], None],
) -> None:
    def request(connection: SwiftConnection, number: int) -> None:
        change(connection, batch.container, _object_name(number))

    send_all(stage.cluster, batch.count, request)


def _object_name(number: int) -> str:
    return f"folder-{number % 10}/object-{number:06}"
