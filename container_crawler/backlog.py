# SPDX-License-Identifier: Apache-2.0
"""Which rows wait for this node now?"""

from collections.abc import Iterable, Iterator

from container_crawler.database import Database, Record
from container_crawler.points import (
    BEFORE_ALL,
    PRIMARY,
    SyncPoint,
    starting_point,
)
from container_crawler.slices import Slice
from container_crawler.visit import BATCH


def backlog(
    database: Database, share: Slice, points: Iterable[SyncPoint]
) -> Iterator[Record]:
    """Return our own rows that the primary pass's sync point has not passed.

    `points` are all that were saved for the database. Rows under way count
    as waiting. Raises DatabaseUnreadable.
    """
    start = starting_point(points, PRIMARY, share)
    last = start.rowid if start else BEFORE_ALL
    while records := database.rows_since(last, BATCH):
        last = records[-1]["ROWID"]
        yield from (r for r in records if share.owns(r["name"]))
