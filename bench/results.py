# SPDX-License-Identifier: Apache-2.0
"""What came out, and is it what we aim at?"""

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.idle_containers import IdleContainers
from bench.lag import Lag
from bench.transfers import Transfer

SMALL = "4 KiB"
_MANY_CONTAINERS = 10_000


@dataclass
class Results:
    """Everything that one run measured; None: it was left out."""

    machine: dict[str, str]
    transfers: list[Transfer] = field(default_factory=list)
    lag: Lag | None = None
    idle: IdleContainers | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all figures, also those that are computed."""
        return {
            **asdict(self),
            "transfers": [_with_rates(each) for each in self.transfers],
            "aims": [{**asdict(aim), "met": aim.met} for aim in aims(self)],
        }


@dataclass(frozen=True)
class Aim:
    """A figure that must not be above a limit; None: it was not measured."""

    what: str
    limit: float
    measured: float | None
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is so; None: not known."""
        return None if self.measured is None else self.measured <= self.limit


def aims(results: Results) -> list[Aim]:
    """Return what we aim at, and how far we are."""
    lag, idle = results.lag, results.idle
    return [
        Aim("remote requests per small PUT", 1.02, _requests(results, SMALL)),
        Aim("remote requests per POST", 1.05, _requests(results, "POST")),
        Aim("remote requests per DELETE", 0.01, _requests(results, "DELETE")),
        Aim("remote requests of runs with nothing to do", 0, _idle(results)),
        Aim("lag, median", 1.0, lag.p50_seconds if lag else None, "s"),
        Aim(
            "lag, 99th percentile", 3.0, lag.p99_seconds if lag else None, "s"
        ),
        Aim(
            "CPU of a poll of 10,000 idle containers",
            0.5,
            idle.cpu_per_poll
            if idle and idle.containers >= _MANY_CONTAINERS
            else None,
            "s",
        ),
        Aim("peak memory in any workload", 200, _memory(results), "MiB"),
    ]


def _requests(results: Results, name: str) -> float | None:
    for transfer in results.transfers:
        if transfer.name == name:
            return transfer.remote_requests / transfer.operations
    return None


def _idle(results: Results) -> float | None:
    transfers = results.transfers
    if not transfers:
        return None
    return sum(transfer.idle.remote_requests for transfer in transfers)


def _memory(results: Results) -> float | None:
    peaks = [each.usage.peak_rss_mib for each in results.transfers]
    peaks += [
        each.peak_rss_mib for each in (results.lag, results.idle) if each
    ]
    return max(peaks, default=None)


def _with_rates(transfer: Transfer) -> dict[str, Any]:
    return {
        **asdict(transfer),
        "operations_per_second": transfer.operations_per_second,
        "megabytes_per_second": transfer.megabytes_per_second,
        "cpu_ms_per_operation": transfer.cpu_ms_per_operation,
    }
