# SPDX-License-Identifier: Apache-2.0
"""How are the figures shown?"""

from collections.abc import Iterator

from rich.table import Table

from bench.idle_containers import IdleContainers
from bench.lag import Lag
from bench.results import Results, aims
from bench.transfers import Transfer

_NONE = "-"


def tables(results: Results) -> Iterator[Table]:
    """Yield a table for everything that was measured."""
    yield _pairs("Machine", results.machine)
    if results.transfers:
        yield _speed(results.transfers)
        yield _requests(results.transfers)
        yield _idle_runs(results.transfers)
    if results.lag:
        yield _pairs("Lag behind Swift's answer", _lag(results.lag))
    if results.idle:
        yield _pairs("Idle containers", _idle(results.idle))
    yield _aims(results)


def _speed(transfers: list[Transfer]) -> Table:
    table = _table(
        "Speed and cost",
        "workload",
        "objects",
        "wall s",
        "objects/s",
        "MB/s",
        "CPU ms/object",
        "peak MiB",
        "sink CPU s",
    )
    for each in transfers:
        table.add_row(
            each.name,
            f"{each.operations:,}",
            f"{each.usage.wall_seconds:.2f}",
            f"{each.operations_per_second:,.0f}",
            f"{each.megabytes_per_second:.1f}" if each.size else _NONE,
            f"{each.cpu_ms_per_operation:.2f}",
            f"{each.usage.peak_rss_mib:.0f}",
            f"{each.sink_cpu_seconds:.2f}",
        )
    return table


def _requests(transfers: list[Transfer]) -> Table:
    table = _table(
        "Requests", "workload", "remote/object", "by kind", "local/object"
    )
    for each in transfers:
        table.add_row(
            each.name,
            f"{each.remote_requests / each.operations:.4f}",
            kinds(each.remote),
            f"{each.local_requests / each.operations:.4f}",
        )
    return table


def kinds(counts: dict[str, int]) -> str:
    """Return how many requests of which kind, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{n:,} {kind}" for kind, n in ordered if kind != "bytes")


def _idle_runs(transfers: list[Transfer]) -> Table:
    table = _table(
        "Nothing to do: the same command again",
        "after",
        "wall s",
        "CPU s",
        "peak MiB",
        "remote requests",
        "local requests",
    )
    for each in transfers:
        table.add_row(
            each.name,
            f"{each.idle.wall_seconds:.2f}",
            f"{each.idle.cpu_seconds:.2f}",
            f"{each.idle.peak_rss_mib:.0f}",
            str(each.idle.remote_requests),
            str(each.idle.local_requests),
        )
    return table


def _lag(lag: Lag) -> dict[str, str]:
    return {
        "objects": f"{lag.objects:,} at {lag.per_second:.1f}/s",
        "median": f"{lag.p50_seconds:.2f} s",
        "90th percentile": f"{lag.p90_seconds:.2f} s",
        "99th percentile": f"{lag.p99_seconds:.2f} s",
        "longest": f"{lag.longest_seconds:.2f} s",
        "remote requests": kinds(lag.remote),
        "CPU of the daemon": f"{lag.cpu_percent:.0f} % of a core",
        "CPU of Swift": f"{lag.swift_cpu_percent:.0f} %",
        "CPU of the sink": f"{lag.sink_cpu_percent:.0f} %",
        "peak memory": f"{lag.peak_rss_mib:.0f} MiB",
    }


def _idle(idle: IdleContainers) -> dict[str, str]:
    return {
        "containers": f"{idle.containers:,}",
        "first look at all": f"{idle.first_seconds:.1f} s, "
        f"{idle.first_cpu_seconds:.2f} s of CPU",
        "listings of the account meanwhile": str(idle.first_listings),
        "later polls": f"{idle.polls}, each {idle.seconds_per_poll:.2f} s",
        "CPU of a poll": f"{idle.cpu_per_poll:.3f} s",
        "CPU of the dearest": f"{idle.cpu_of_dearest_poll:.2f} s",
        "CPU of Swift in a poll": f"{idle.swift_cpu_per_poll:.3f} s",
        "memory": f"{idle.rss_mib:.0f} MiB, peak {idle.peak_rss_mib:.0f} MiB",
        "remote requests": str(idle.remote_requests),
    }


def _aims(results: Results) -> Table:
    table = _table("Targets", "", "at most", "measured", "met")
    for aim in aims(results):
        measured = _NONE
        if aim.measured is not None:
            measured = f"{aim.measured:.5g} {aim.unit}".strip()
        met = {True: "yes", False: "[bold red]no", None: _NONE}[aim.met]
        table.add_row(
            aim.what,
            f"{aim.limit:g} {aim.unit}".strip(),
            measured,
            met,
        )
    return table


def _pairs(title: str, pairs: dict[str, str]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in pairs.items():
        table.add_row(name, value)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        left = number == 0 or column == "by kind"
        table.add_column(column, justify="left" if left else "right")
    return table
