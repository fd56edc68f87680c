# SPDX-License-Identifier: Apache-2.0
"""How is a sync point kept in a row of the journal?"""

import json
from collections.abc import Sequence
from typing import Any

from container_crawler.container import Container
from container_crawler.points import FileState, Sighting, SyncPoint
from container_crawler.slices import Slice

COLUMNS = (
    "database_id, pass, ordinal, nodes, process, processes, rowid_done,"
    " existed_until, sightings, compare_until, inode, sequence, boot"
)


def point_row(
    rule: str, container: Container, point: SyncPoint
) -> tuple[object, ...]:
    """Return the values of rule, account, container and all `COLUMNS`."""
    share = point.slice
    return (
        rule,
        container.account,
        container.name,
        point.database_id,
        point.pass_name,
        share.ordinal,
        share.nodes,
        share.process,
        share.processes,
        point.rowid,
        point.existed_until,
        json.dumps([(s.time, s.rowid) for s in point.sightings]),
        point.compare_until,
        str(point.file.inode),  # may exceed SQLite's integers
        point.file.sequence,
        point.file.boot,
    )


def read_point(row: Sequence[Any]) -> SyncPoint:
    """Read the values of all `COLUMNS`."""
    database_id, pass_name, *share, rowid, existed_until = row[:8]
    sightings, compare_until, inode, sequence, boot = row[8:]
    return SyncPoint(
        database_id,
        pass_name,
        Slice(*share),
        rowid,
        existed_until,
        tuple(Sighting(*s) for s in json.loads(sightings)),
        compare_until,
        FileState(int(inode), sequence, boot),
    )
