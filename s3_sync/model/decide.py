# SPDX-License-Identifier: Apache-2.0
"""Which step brings the remote copy in line with a row, and why?"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from s3_sync.model.objects import ObjectInfo, differences
from s3_sync.model.row import Row, reason_to_skip


class Op(Enum):
    """What is done to the remote copy."""

    PUT = "PUT"
    POST = "POST"
    DELETE = "DELETE"
    NOTHING = "NOTHING"
    SKIP = "SKIP"


@dataclass(frozen=True)
class Action:
    """A step and the reason for it, the same in log, journal and status."""

    op: Op
    reason: str


@dataclass(frozen=True)
class Seen:
    """What the remote answered when it was asked; `info` None: not there."""

    info: ObjectInfo | None


BLIND_DELETE_SECONDS = 300
"""A younger tombstone is certainly newer than what the remote holds: a node
that was away for longer may hold tombstones of names written again since."""


def decide_by_row(row: Row, policy: int) -> Action | None:
    """Decide what the row alone decides; None: more must be known.

    `policy` is the container's own storage policy: Swift serves no other. A
    tombstone of another one may be all that is left of a name: containers
    can be deleted and made again with another policy.
    """
    if row.policy != policy and not row.deleted:
        return Action(Op.NOTHING, "the row is of another storage policy")
    if reason := reason_to_skip(row):
        return Action(Op.SKIP, reason)
    return None


def may_delete_blindly(row: Row, now: float) -> bool:
    """Tell whether a tombstone is young enough to need no look at all."""
    return now - row.stamps.data.seconds < BLIND_DELETE_SECONDS


def decide(row: Row, remote: Seen | None) -> Action:
    """Decide by what the remote holds; None: it was not asked.

    An older event never wins: the copy's mark names the version it holds,
    its data time decides PUT and DELETE, the others decide POST.
    """
    if row.deleted:
        return _decide_deleted(row, remote)
    if remote is None:
        if row.stamps.changed_after_put:
            return Action(Op.POST, "metadata changed")
        return Action(Op.PUT, "new")
    if remote.info is None:
        return Action(Op.PUT, "not at the remote")
    return _decide_live(row, remote.info)


def _decide_deleted(row: Row, remote: Seen | None) -> Action:
    if remote is None:
        return Action(Op.DELETE, "deleted")
    if remote.info is None:
        return Action(Op.NOTHING, "not at the remote")
    mark = remote.info.stamps
    if mark and mark.data >= row.stamps.data:
        return Action(Op.NOTHING, "the remote copy is newer")
    return Action(Op.DELETE, "deleted; the remote copy is older")


def _decide_live(row: Row, copy: ObjectInfo) -> Action:
    mark = copy.stamps
    if mark is None:
        return Action(Op.PUT, "the remote copy carries no mark of ours")
    if mark.data != row.stamps.data:
        if mark.data > row.stamps.data:
            return Action(Op.NOTHING, "the remote copy is newer")
        return Action(Op.PUT, "the remote copy is older")
    if copy.etag_is_md5 and row.has_md5 and copy.etag != row.etag:
        # a POST on a server that ignores its condition, cut off halfway
        return Action(Op.PUT, "the remote copy has other bytes")
    if (
        mark.metadata >= row.stamps.metadata
        and mark.content_type >= row.stamps.content_type
    ):
        return Action(Op.NOTHING, "the remote has this version")
    return Action(Op.POST, "the remote copy's metadata is older")


def decide_unmarked(
    local: ObjectInfo, copy: ObjectInfo, quirk: Collection[str] = ()
) -> Action:
    """Decide about a copy without our mark, as the predecessor made them.

    `quirk` are the fields that the site is known to change on the way.
    """
    if copy.etag != local.etag:
        return Action(Op.PUT, "the unmarked remote copy differs")
    differing = differences(local, copy)
    if not differing:
        return Action(Op.NOTHING, "the unmarked remote copy is equal")
    if set(differing) <= set(quirk):
        said = ", ".join(differing)
        return Action(Op.NOTHING, f"the site cannot keep it equal: {said}")
    return Action(Op.POST, "the unmarked remote copy's metadata differs")


class Freshness(Enum):
    """How what Swift serves compares with the row that announced it."""

    OLDER = "older"
    SAME = "same"
    NEWER = "newer"


def freshness(row: Row, local: ObjectInfo) -> Freshness:
    """Compare by times, never by ETags: the same bytes can come twice."""
    if local.stamps is None:
        return Freshness.OLDER
    served, announced = local.stamps, row.stamps
    if served.data < announced.data:
        return Freshness.OLDER
    if served.data > announced.data:
        return Freshness.NEWER
    newest = max(announced)
    if served.metadata < newest:
        return Freshness.OLDER
    return Freshness.NEWER if served.metadata > newest else Freshness.SAME
