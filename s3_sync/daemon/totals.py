# SPDX-License-Identifier: Apache-2.0
"""What has become of a rule's rows so far?"""

from collections import Counter
from collections.abc import Callable

from s3_sync.model.decide import Op
from s3_sync.model.row import Row

SENT = (Op.PUT, Op.POST, Op.DELETE)


class Totals:
    """Counts of a rule's rows, since the daemon started.

    `counts` has the operations by their names, and `parked`; `bytes` are of
    the objects that were copied.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self.bytes = 0
        self._clock = clock
        self._slowest: float | None = None

    def settled(self, op: Op, row: Row) -> None:
        """Count a row that is done."""
        self.counts[op.value] += 1
        if op is Op.PUT:
            self.bytes += row.size
        if op in SENT:
            lag = max(0.0, self._clock() - max(row.stamps).seconds)
            self._slowest = max(lag, self._slowest or 0.0)

    def parked(self) -> None:
        """Count a failed attempt."""
        self.counts["parked"] += 1

    def take_slowest(self) -> float | None:
        """Return how old, in seconds, the oldest change was when it was sent.

        Of those since the last call; None: none was sent.
        """
        slowest, self._slowest = self._slowest, None
        return slowest
