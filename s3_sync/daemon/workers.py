# SPDX-License-Identifier: Apache-2.0
"""Who does the work that waits for the network?"""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Protocol

Work = Callable[[], None]


class Gate(Protocol):
    """Tells whether more work of some lanes may begin."""

    def is_open(self, busy: int) -> bool:
        """Tell whether another worker may begin, when `busy` are at it."""
        ...


class Workers:
    """A fixed number of threads; each lane of work gets its turn in order.

    Half of them are shared out among the gates, so that sites that hang
    leave the others theirs. The queue has no bound of its own: whoever
    submits has one.
    """

    def __init__(self, size: int) -> None:
        self._lanes: OrderedDict[Hashable, deque[Work]] = OrderedDict()
        self._gates: dict[Hashable, Gate] = {}
        self._busy: Counter[Gate] = Counter()
        self._changed = threading.Condition()
        self._closing = False
        self._size = size
        self._share = size
        for number in range(size):
            threading.Thread(
                target=self._serve, name=f"worker-{number}", daemon=True
            ).start()

    def guard(self, lane: Hashable, gate: Gate) -> None:
        """Let the work of a lane begin only while its gate is open.

        Several lanes may have the same gate.
        """
        self._gates[lane] = gate
        self._busy.setdefault(gate, 0)
        self._share = self._size // (2 * len(self._busy))

    def submit(self, lane: Hashable, work: Work) -> None:
        """Do `work` as soon as a thread is free and the lane's turn comes.

        It must not raise.
        """
        with self._changed:
            self._lanes.setdefault(lane, deque()).append(work)
            self._changed.notify()

    def look_again(self) -> None:
        """Notice that a gate may be open now."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """End the threads, after what was submitted before."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            with self._changed:
                lane = self._next_lane()
                if lane is None:
                    return
                work, gate = self._take(lane), self._gates.get(lane)
                if gate:
                    self._busy[gate] += 1
            work()
            if gate:
                with self._changed:
                    self._busy[gate] -= 1
                    self._changed.notify()  # the gate may be open again

    def _next_lane(self) -> Hashable | None:
        """Wait for work that may begin; None: there will be no more."""
        while True:
            for lane in self._lanes:
                if self._may_begin(self._gates.get(lane)):
                    return lane
            if self._closing and not self._lanes:
                return None
            self._changed.wait()

    def _may_begin(self, gate: Gate | None) -> bool:
        if gate is None:
            return True
        busy = self._busy[gate]
        return gate.is_open(busy) and (busy < self._share or self._is_spare())

    def _is_spare(self) -> bool:
        """Tell whether there is a worker that is in nobody's share."""
        taken = sum(max(n, self._share) for n in self._busy.values())
        return taken < self._size

    def _take(self, lane: Hashable) -> Work:
        queue = self._lanes.pop(lane)
        work = queue.popleft()
        if queue:
            self._lanes[lane] = queue  # at the end of the line
        elif self._closing:
            self._changed.notify_all()
        return work
