# SPDX-License-Identifier: Apache-2.0
"""What if a server takes only so many requests a second?"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from test.integration.faults import Fault

SLOW_DOWN = Fault(503, "SlowDown")


@dataclass
class Limit:
    """Chooses for a FaultyServer which requests are refused.

    `spend` tells, under a lock, whether a request at a time is allowed.
    """

    spend: Callable[[float], bool]
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _method: str, _target: str) -> Fault | None:
        with self.lock:
            now = time.monotonic()
            allowed = self.spend(now)
            (self.served if allowed else self.refused).append(now)
        return None if allowed else SLOW_DOWN

    def figures(self, since: float, until: float) -> tuple[int, int]:
        """Return how many were served and refused between two times."""
        served, refused = (
            sum(since <= at < until for at in times)
            for times in (self.served, self.refused)
        )
        return served, refused
