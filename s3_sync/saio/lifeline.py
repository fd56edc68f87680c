# SPDX-License-Identifier: Apache-2.0
"""When must a process of the all-in-one end?

A lifeline is a pipe on standard input whose other end only the owner holds:
however the owner dies, the kernel closes it, and nothing is left running.
Without a lifeline (in a terminal, with input from /dev/null) only signals
count.
"""

import os
import select
import signal
import sys
from collections.abc import Callable
from types import FrameType

_STOP = (signal.SIGTERM, signal.SIGINT)


class EndOfLife:
    """Waits for a signal to stop, or for the end of the lifeline.

    Make it in the main thread. After Swift has patched `select`, `wait`
    lets green threads run.
    """

    def __init__(
        self,
        lifeline: bool,
        on_child: Callable[[], object] | None = None,
    ) -> None:
        self._on_child = on_child
        self._stopped = False
        self._wakeup, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in _STOP:
            signal.signal(number, self._stop)
        if on_child:
            # Its handler does nothing: the byte on the pipe wakes `wait`.
            signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self._fds = [self._wakeup]
        if lifeline:
            # A copy: eventlet's `select` overlooks descriptor 0.
            self._fds.append(os.dup(sys.stdin.fileno()))

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def wait(self) -> None:
        """Return when this process must end."""
        while not self._stopped:
            readable, _, _ = select.select(self._fds, [], [])
            for fd in readable:
                if not os.read(fd, 4096):
                    return
            if self._on_child:
                self._on_child()
