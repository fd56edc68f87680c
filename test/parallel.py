# SPDX-License-Identifier: Apache-2.0
"""How do test cases run in several processes at once?

`python -m test.parallel [-j PROCESSES] [NAME…]`, where a name is a package,
a module or a test case; default: all of `test.integration`. Each process has
servers and folders of its own.
"""

import argparse
import importlib
import inspect
import json
import os
import pkgutil
import queue
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from test.servers import SERVERS, required
from test.servers.downloads import Unavailable, cache
from test.servers.memory import NOTES, read_notes
from test.tally import Tally

DEFAULT = "test.integration"
CASE_SECONDS = 900.0
_ROOT = Path(__file__).parents[1]
_SLOWEST = 5
_SLOW = Path(__file__).with_name("slow.json")
"""What the slowest cases took when it was written, for a first run."""


def main() -> int:
    """Run the tests; 0 when none has failed."""
    parser = argparse.ArgumentParser(prog="python -m test.parallel")
    # Some tests only wait for a while.
    processes = 1 + (os.cpu_count() or 1)
    parser.add_argument("-j", type=int, default=processes)
    parser.add_argument("names", nargs="*", default=[DEFAULT])
    given = parser.parse_args()
    if missing := missing_servers():
        sys.stdout.write("".join(f"{line}\n" for line in missing))
        return 1
    sys.path.insert(0, os.getcwd())
    run = Run(sorted(set(cases_of(given.names))))
    with tempfile.NamedTemporaryFile() as notes:
        os.environ[NOTES] = notes.name
        run.finish(given.j)
        memory = read_notes(Path(notes.name))
    return run.report(memory)


def missing_servers() -> list[str]:
    """Return what is wrong with the servers that must be there."""
    lines = []
    for name in sorted(required()):
        try:
            SERVERS[name].fetch()
        except Unavailable as error:
            lines.append(f"failed: {name}: {error}")
    return lines


def cases_of(names: list[str]) -> Iterator[str]:
    """Return the full names of all test cases under `names`."""
    for name in names:
        parent, _, last = name.rpartition(".")
        if parent and inspect.isclass(
            getattr(importlib.import_module(parent), last, None)
        ):
            yield name
            continue
        module = importlib.import_module(name)
        if hasattr(module, "__path__"):
            found = pkgutil.iter_modules(module.__path__, f"{name}.")
            tests = [m.name for m in found if ".test_" in m.name]
            yield from cases_of(tests)
        else:
            yield from _cases_in(module)


def _cases_in(module: ModuleType) -> Iterator[str]:
    loader = unittest.TestLoader()
    for name, value in vars(module).items():
        is_case = inspect.isclass(value) and issubclass(
            value, unittest.TestCase
        )
        if (
            is_case
            and value.__module__ == module.__name__
            and loader.getTestCaseNames(value)
        ):
            yield f"{module.__name__}.{name}"


class Worker:
    """A process that runs one test case after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "test.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, case: str) -> dict:
        """Return what the worker says, or that it died."""
        timer = threading.Timer(CASE_SECONDS, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(f"{case}\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            timer.cancel()
        if answer:
            return json.loads(answer)
        why = f"{case}: its process died, or took {CASE_SECONDS:.0f} s\n"
        return {"ended": [case], "troubles": [(case, why)], "skipped": {}}

    def stop(self, patience: float) -> bool:
        """End it with its servers; False: it had to be killed."""
        self._process.stdin.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        return self._process.returncode == 0


class Run:
    """A run of test cases, those that took longest the last time first."""

    def __init__(self, cases: list[str]) -> None:
        self.tally = Tally()
        self._began = time.monotonic()
        self._printing = threading.Lock()
        self._durations = Durations()
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for case in sorted(cases, key=self._durations.of, reverse=True):
            self._waiting.put(case)

    def finish(self, processes: int) -> None:
        """Run all cases."""
        threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(processes)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        worker = None
        while True:
            try:
                case = self._waiting.get_nowait()
            except queue.Empty:
                break
            worker = worker or Worker()
            answer = worker.run(case)
            self._take(case, answer)
            if "seconds" not in answer:
                worker.stop(0)
                worker = None
        if worker and not worker.stop(60):
            self._take("servers", _unclean())

    def _take(self, case: str, answer: dict) -> None:
        with self._printing:
            failed = {name for name, _ in answer["troubles"]}
            part = Tally(set(answer["ended"]), failed, answer["skipped"])
            part.ended |= failed | set(part.skipped)
            self.tally.add(part)
            seconds = answer.get("seconds", 0.0)
            self._durations.learn(case, seconds)
            for _, text in answer["troubles"]:
                sys.stdout.write(f"{'=' * 70}\n{text}")
            state = "FAILED" if failed else "ok"
            sys.stdout.write(
                f"{state:6} {seconds:6.1f} s {len(part.ended):4} {case}\n"
            )
            sys.stdout.flush()

    def report(self, memory: dict[str, int]) -> int:
        """Print how it went, and return the exit code."""
        took = time.monotonic() - self._began
        self._durations.save()
        slowest = self._durations.slowest(_SLOWEST)
        lines = [
            *(f"slow: {seconds:.0f} s {case}" for case, seconds in slowest),
            *(f"memory: {name} {mib} MiB" for name, mib in memory.items()),
            f"Ran {len(self.tally.ended)} tests in {took:.0f} s",
            *self.tally.lines(),
        ]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return int(bool(self.tally.failed or not self.tally.ended))


def _unclean() -> dict:
    why = "a test process did not end by itself: servers may be left\n"
    return {"ended": [], "troubles": [("test.parallel", why)], "skipped": {}}


class Durations:
    """How long cases took; kept in the cache for the next run."""

    def __init__(self) -> None:
        self._path = cache() / "durations.json"
        self._now: dict[str, float] = {}
        try:
            self._before = json.loads(self._path.read_text())
        except (OSError, ValueError):  # the first run, or a damaged file
            self._before = json.loads(_SLOW.read_text())

    def of(self, case: str) -> float:
        """Return seconds; 0 for a case that is new."""
        return float(self._before.get(case, 0.0))

    def learn(self, case: str, seconds: float) -> None:
        """Remember what a case took in this run."""
        self._now[case] = seconds

    def slowest(self, number: int) -> list[tuple[str, float]]:
        """Return the slowest cases of this run."""
        ordered = sorted(self._now.items(), key=lambda item: -item[1])
        return ordered[:number]

    def save(self) -> None:
        """Keep it for the next run, whole or not at all."""
        beside = self._path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps({**self._before, **self._now}))
        beside.replace(self._path)


if __name__ == "__main__":
    sys.exit(main())
