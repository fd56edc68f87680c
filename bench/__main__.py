# SPDX-License-Identifier: Apache-2.0
"""How much work, time and memory does replication take?

`python -m bench [--quick] [--only NAME] [--json FILE]`: the real daemon
between an embedded Swift and a sink that counts requests. It prints tables
and judges nothing: the exit code is 0 also when a target is missed.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from bench.idle_containers import measure_idle_containers
from bench.lag import measure_lag
from bench.machine import describe_machine, load
from bench.results import SMALL, Results
from bench.stage import BenchError, Stage, open_stage
from bench.tables import tables
from bench.transfers import Batch, change_small_objects, transfer_objects
from s3_sync.saio.layout import SaioError

_WIDTH = 110
KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    idle_runs: int
    small: int
    medium: int
    large: int
    lag_seconds: float
    containers: int
    polls: int


FULL = Scale(3, 2000, 200, 8, 40, 10_000, 30)
QUICK = Scale(1, 40, 4, 1, 1, 20, 2)

Say = Callable[[str], None]
Part = Callable[[Stage, Scale, Results, Say], None]


def _small(stage: Stage, scale: Scale, results: Results, say: Say) -> None:
    batch = Batch("small", SMALL, scale.small, 4 * KIB, scale.idle_runs)
    results.transfers.extend(change_small_objects(stage, batch, say))


def _medium(stage: Stage, scale: Scale, results: Results, say: Say) -> None:
    batch = Batch("medium", "1 MiB", scale.medium, MIB, scale.idle_runs)
    results.transfers.append(transfer_objects(stage, batch, say))


def _large(stage: Stage, scale: Scale, results: Results, say: Say) -> None:
    batch = Batch("large", "64 MiB", scale.large, 64 * MIB, scale.idle_runs)
    results.transfers.append(transfer_objects(stage, batch, say))


def _lag(stage: Stage, scale: Scale, results: Results, say: Say) -> None:
    say(f"lag: uploads at a steady pace for {scale.lag_seconds:g} s")
    results.lag = measure_lag(stage, scale.lag_seconds)


def _idle(stage: Stage, scale: Scale, results: Results, say: Say) -> None:
    say(f"idle: {scale.containers} containers without objects")
    results.idle = measure_idle_containers(
        stage, scale.containers, scale.polls
    )


PARTS: dict[str, Part] = {
    "small": _small,
    "medium": _medium,
    "large": _large,
    "lag": _lag,
    "idle": _idle,
}


def main() -> None:
    """Measure, and show what came out."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)

    def say(text: str) -> None:
        console.print(f"[dim]{text}")

    scale = QUICK if arguments.quick else FULL
    try:
        results = _measure(arguments.only or list(PARTS), scale, say)
    except (BenchError, SaioError) as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: broken off")
    for table in tables(results):
        console.print(table)
    if arguments.quick:
        console.print("A quick run is too small for the targets.")
    if arguments.json:
        text = json.dumps(results.to_json(), indent=4, ensure_ascii=False)
        arguments.json.write_text(f"{text}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument(
        "--quick", action="store_true", help="a few objects only: does it run?"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=PARTS,
        help="one part, without the others; may be repeated",
    )
    return parser.parse_args()


def _measure(parts: list[str], scale: Scale, say: Say) -> Results:
    with open_stage() as stage:
        results = Results(describe_machine(stage.folder))
        for name in parts:
            PARTS[name](stage, scale, results, say)
        results.machine["load after"] = load()
        return results


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
