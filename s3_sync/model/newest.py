# SPDX-License-Identifier: Apache-2.0
"""Which step makes two Swift clusters agree on the newest version?

Users may write on both sides, and a rule may lead each way. What happened
last to an object wins, whether that was a PUT, a POST or a DELETE: a copy
counts with the time of its origin, everything else with its own. Both sides
see the same times, so both come to the same winner.

Times are compared without Swift's offsets, which clients cannot see.
"""

from s3_sync.model.copies import moment
from s3_sync.model.decide import Action, Op
from s3_sync.model.objects import ObjectInfo, same_metadata
from s3_sync.model.row import Row
from s3_sync.model.timestamps import TICKS_PER_SECOND

SETTLED_SECONDS = 60
"""When a delete and a write meet within this time, the delete waits.

A tombstone at the remote may be our own doing: A deleted, we deleted B's
copy, and A wrote anew before the clock of B stamped our DELETE. B's
tombstone is then younger than what A wrote. The new version is on its way
to B, and will replace the tombstone there.
"""


def decide_newest(local: ObjectInfo, remote: ObjectInfo | None) -> Action:
    """Decide about a version; `remote` is what the other side has."""
    if remote is None:
        return Action(Op.PUT, "not at the remote")
    if reason := _reason_to_leave(local, remote):
        return Action(Op.NOTHING, reason)
    if local.etag == remote.etag:
        return Action(Op.POST, "the remote has other metadata")
    return Action(Op.PUT, "the remote has an older version")


def _reason_to_leave(local: ObjectInfo, remote: ObjectInfo) -> str | None:
    ours, theirs = moment(local), moment(remote)
    same_bytes = local.etag == remote.etag
    if ours < theirs:
        return "the remote has a newer version"
    if same_bytes and ours == theirs:
        return "the remote has this version"
    if same_bytes and remote.stamps is None and same_metadata(local, remote):
        return "the unmarked remote object is equal"
    if ours == theirs and local.etag < remote.etag:
        return "written at once; the remote's ETag wins"
    return None


def decide_gone(
    row: Row, remote: ObjectInfo | None, now: float
) -> Action | None:
    """Decide about a tombstone; None: it is too early to tell.

    `now` is in seconds since the epoch.
    """
    if remote is None:
        return Action(Op.NOTHING, "not at the remote")
    gone, theirs = row.stamps.data._replace(offset=0), moment(remote)
    if theirs >= gone:
        return Action(Op.NOTHING, "the remote has a newer version")
    close = gone.ticks - theirs.ticks < SETTLED_SECONDS * TICKS_PER_SECOND
    if not remote.path and close and now < gone.seconds + SETTLED_SECONDS:
        return None
    return Action(Op.DELETE, "deleted; the remote's version is older")
