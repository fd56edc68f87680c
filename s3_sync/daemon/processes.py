# SPDX-License-Identifier: Apache-2.0
"""How does one node use more than one processor?"""

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from s3_sync import log

LOGGER = logging.getLogger(__name__)

GLANCE_SECONDS = 0.25
STOP_SECONDS = 45.0
RESTART_SECONDS = 1.0

Command = Callable[[int], list[str]]
"""Return what runs the process of a number."""


class Processes:
    """One daemon process for each slice of the node's share of names.

    They end with this one, even if it is killed: each holds the end of a
    pipe, its standard input. `shared` are descriptors that they hold open:
    the lock is not given back before the last of them has ended.
    """

    def __init__(
        self,
        command: Command,
        count: int,
        *,
        once: bool,
        shared: tuple[int, ...] = (),
    ) -> None:
        self._command = command
        self._once = once
        self._shared = shared
        self._children = {n: self._start(n) for n in range(count)}

    def run(self, ending: threading.Event, glance: Callable[[], None]) -> int:
        """Keep all running until `ending`; return the worst exit code.

        Once: until each has ended by itself. `glance` is called a few times
        a second.
        """
        codes: list[int] = []
        while self._children and not ending.wait(GLANCE_SECONDS):
            glance()
            for number, child in list(self._children.items()):
                code = child.poll()
                if code is None:
                    continue
                del self._children[number]
                if self._once:
                    codes.append(abs(code))
                else:
                    self._replace(number, code)
        return max([*codes, *self._stop()])

    def reload(self) -> None:
        """Make all read the configuration again."""
        for child in self._children.values():
            child.send_signal(signal.SIGHUP)

    def restart(self, shared: tuple[int, ...]) -> None:
        """End all, then start them anew with other shared descriptors."""
        self._stop()
        self._shared = shared
        for number in self._children:
            self._children[number] = self._start(number)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command(number),
            stdin=subprocess.PIPE,
            pass_fds=self._shared,
        )

    def _replace(self, number: int, code: int) -> None:
        LOGGER.error(
            log.event(
                "process ended, starting it again", process=number, code=code
            )
        )
        time.sleep(RESTART_SECONDS)
        self._children[number] = self._start(number)

    def _stop(self) -> list[int]:
        for child in self._children.values():
            child.terminate()
        give_up = time.monotonic() + STOP_SECONDS
        return [abs(_wait(c, give_up)) for c in self._children.values()]


def _wait(child: subprocess.Popen[bytes], give_up: float) -> int:
    try:
        return child.wait(max(0.0, give_up - time.monotonic()))
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
