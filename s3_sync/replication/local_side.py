# SPDX-License-Identifier: Apache-2.0
"""What does every way to a remote ask of the local Swift, and tell of it?"""

from dataclasses import replace
from typing import Protocol

from container_crawler.container import Container
from s3_sync.config import Rule
from s3_sync.errors import NotFound
from s3_sync.model.decide import (
    Action,
    Freshness,
    Op,
    Seen,
    freshness,
    may_delete_blindly,
)
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.row import Row
from s3_sync.stores.base import ObjectStore, Reply


class Describes(Protocol):
    """What tells of the local objects."""

    def head(self, path: tuple[str, str], name: str, policy: int) -> Reply:
        """Describe an object; raises NotFound and Refused."""
        ...


def path_of(container: Container) -> tuple[str, str]:
    """Return how the local Swift is told a container."""
    return container.account, container.name


def is_blind(row: Row, policy: int, now: float, *, compare: bool) -> bool:
    """Tell whether a tombstone says enough to be sent without a look."""
    of_the_container = row.policy == policy
    return not compare and of_the_container and may_delete_blindly(row, now)


def why_not_delete(
    rule: Rule,
    local: Describes,
    row: Row,
    container: Container,
    policy: int,
    *,
    blind: bool,
) -> Action | None:
    """Return why a tombstone has no effect here; None: it may be sent.

    Unless `blind`, all replicas are asked for the object in the container's
    `policy`. Raises Refused.
    """
    if not rule.propagate_delete:
        return Action(Op.NOTHING, "deletes are not propagated")
    if blind:
        return None
    try:
        local.head(path_of(container), row.name, policy)
    except NotFound:  # as the tombstone says
        return None
    return Action(Op.NOTHING, "Swift has the object again")


def marked(row: Row, local: ObjectInfo) -> ObjectInfo:
    """Return `local` with the times of the version that is sent."""
    if freshness(row, local) is Freshness.NEWER:
        return local
    return replace(local, stamps=row.stamps)


def skip(local: Reply) -> Action:
    """Skip a large object."""
    return Action(Op.SKIP, f"{local.large_object}s are not supported yet")


def put(
    store: ObjectStore,
    name: str,
    local: Reply,
    info: ObjectInfo,
    seen: Seen | None,
) -> None:
    """Write to the remote what is read from the local Swift.

    Raises StoreError: the local one's, if reading failed.
    """
    try:
        store.put(name, local.body, info, seen=seen)
    except Exception:
        if local.body.error:  # the source failed, not the site
            raise local.body.error from None
        raise
