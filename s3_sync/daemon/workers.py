# SPDX-License-Identifier: Apache-2.0
"""Who does the work that waits for the network?"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

Work = Callable[[], None]


class Workers:
    """A fixed number of threads; each lane of work gets its turn in order.

    The queue has no bound of its own: whoever submits has one.
    """

    def __init__(self, size: int) -> None:
        self._lanes: OrderedDict[Hashable, deque[Work]] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting = threading.Semaphore(0)
        self._size = size
        for number in range(size):
            threading.Thread(
                target=self._serve, name=f"worker-{number}", daemon=True
            ).start()

    def submit(self, lane: Hashable, work: Work) -> None:
        """Do `work` as soon as a thread is free and the lane's turn comes.

        It must not raise.
        """
        with self._lock:
            self._lanes.setdefault(lane, deque()).append(work)
        self._waiting.release()

    def close(self) -> None:
        """End the threads, after what was submitted before."""
        for _ in range(self._size):
            self._waiting.release()

    def _serve(self) -> None:
        while True:
            self._waiting.acquire()
            work = self._next()
            if work is None:
                return
            work()

    def _next(self) -> Work | None:
        with self._lock:
            if not self._lanes:
                return None
            lane, queue = self._lanes.popitem(last=False)
            work = queue.popleft()
            if queue:
                self._lanes[lane] = queue  # at the end of the line
            return work
