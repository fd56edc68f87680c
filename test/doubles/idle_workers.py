# SPDX-License-Identifier: Apache-2.0
"""What if work were done only when a test says so?"""

from collections.abc import Callable, Hashable

Work = Callable[[], None]


class IdleWorkers:
    """Keeps what is submitted, until it is told to run it."""

    def __init__(self) -> None:
        self.waiting: list[Work] = []
        self.lanes: list[Hashable] = []
        """Of all that was submitted, in order."""

    def submit(self, lane: Hashable, work: Work) -> None:
        self.waiting.append(work)
        self.lanes.append(lane)

    def run(self, index: int = 0) -> None:
        """Run one piece of work."""
        self.waiting.pop(index)()

    def run_all(self) -> None:
        """Run everything, and what follows from it."""
        while self.waiting:
            self.run()
