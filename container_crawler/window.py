# SPDX-License-Identifier: Apache-2.0
"""Up to which row is every outcome durable?"""

from collections import OrderedDict


class Window:
    """The rows between the sync point and the last row read.

    Rows are read in ascending ROWID and end in any order. The sync point
    is the row before the lowest one that is still open.
    """

    def __init__(self, sync_point: int) -> None:
        self.last_read = sync_point
        self._open: OrderedDict[int, None] = OrderedDict()

    def open(self, rowid: int) -> None:
        """Note a row that was handed out."""
        self._open[rowid] = None
        self.last_read = rowid

    def pass_over(self, rowid: int) -> None:
        """Note a row that is another's to handle."""
        self.last_read = rowid

    def close(self, rowid: int) -> None:
        """Note that the outcome of a row is durable."""
        del self._open[rowid]

    @property
    def open_rows(self) -> int:
        """How many rows are handed out and not yet durable."""
        return len(self._open)

    @property
    def sync_point(self) -> int:
        """The ROWID up to which nothing is left to do."""
        if self._open:
            return next(iter(self._open)) - 1
        return self.last_read
