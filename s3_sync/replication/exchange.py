# SPDX-License-Identifier: Apache-2.0
"""How does a row reach another Swift, where users may write as well?

As `replicator` does for S3, with three differences. The remote is looked at
before anything there is replaced: a new object is sent only if there is none
of its name, for that is the one condition that Swift's PUT knows. What is a
copy itself is not sent back to where it came from. And the newest version
wins, whichever side it was written on: see `model/newest.py`.

Between the look and the write lie milliseconds, for a batch of deletes about
a second. What a user writes to the remote in between is overwritten: Swift
offers nothing against it.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from typing import Protocol, cast

from container_crawler.container import Container
from s3_sync.config import Rule
from s3_sync.errors import Conflict, Refused, SiteUnavailable
from s3_sync.model.copies import read_marks
from s3_sync.model.decide import Action, Op, Seen
from s3_sync.model.newest import decide_gone, decide_newest
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.row import Row
from s3_sync.replication.local_side import (
    is_blind,
    marked,
    put,
    skip,
    why_not_delete,
)
from s3_sync.stores.base import ObjectStore, Reply

LOOK_FROM = 256 * 1024
"""From this size on, a look costs less than bytes that are sent in vain."""

_CONTAINERS = 1024
_ID_SECONDS = 600.0


class ReadLocal(Protocol):
    """How what a row announced is read from the local Swift."""

    def __call__(
        self, row: Row, container: Container, *, body: bool, newest: bool
    ) -> Reply:
        """Open the object, or only describe it; raises StoreError.

        `newest`: as the newest of its replicas has it.
        """
        ...


class Peer(ObjectStore, Protocol):
    """A container of another Swift."""

    def id(self) -> str | None:
        """Return the container's id; None: there is no such container."""
        ...

    def account_id(self) -> str | None:
        """Return the id of the account in which the container is."""
        ...


class Local(Protocol):
    """The local Swift."""

    def head(self, path: tuple[str, str], name: str, policy: int) -> Reply:
        """Describe an object; raises NotFound and Refused."""
        ...

    def identify(self, account: str, container: str = "") -> str | None:
        """Return what tells a container, or account, from all others."""
        ...


class Exchange:
    """Brings another Swift in line with the rows of containers."""

    def __init__(
        self,
        rule: Rule,
        local: Local,
        read_local: ReadLocal,
        open_peer: Callable[[Container], ObjectStore],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rule = rule
        self._local = local
        self._read_local = read_local
        self._open_peer = open_peer
        self._clock = clock
        self._store = lru_cache(maxsize=_CONTAINERS)(self._open_checked)
        self._own_ids = _Ids(
            lambda container: local.identify(
                container.account, container.name
            ),
            clock,
        )
        self._their_ids = _Ids(
            lambda container: self._store(container).id(), clock
        )

    def replicate(
        self, row: Row, container: Container, policy: int, *, compare: bool
    ) -> Action:
        """Carry out what `row` asks for and tell what it was.

        `policy` is the container's own. A DELETE is only decided. Raises
        StoreError.
        """
        if row.deleted:
            return self._decide_delete(row, container, policy, compare=compare)
        look = compare or row.size >= LOOK_FROM or row.stamps.changed_after_put
        try:
            return self._replicate_live(
                row, container, look=look, compare=compare
            )
        except Conflict:
            if look:
                raise
        return self._replicate_live(row, container, look=True, compare=compare)

    def _replicate_live(
        self, row: Row, container: Container, *, look: bool, compare: bool
    ) -> Action:
        store = self._store(container)
        seen = Seen(store.head(row.name)) if look else None
        remote = seen.info if seen else None
        if remote and _is_copy_of(row, remote):
            return Action(Op.NOTHING, "the remote has this version")
        same_bytes = remote is not None and remote.etag == row.etag
        # a row that is not news may be of a node that was away: all replicas
        # are asked, as `replicator` does
        with closing(
            self._read_local(
                row, container, body=not same_bytes, newest=compare
            )
        ) as local:
            if local.large_object:
                return skip(local)
            info = self._version(row, local.info)
            action = self._decide(info, seen, container)
            if action.op is Op.PUT and same_bytes:
                raise Conflict(
                    self._rule.site.label,
                    "PUT",
                    row.name,
                    "overwritten in Swift since it was listed",
                )
            passed_on = self._with_us(info, container)
            if action.op is Op.POST:
                store.post(row.name, passed_on, seen=seen)
            elif action.op is Op.PUT:
                # what was not there, or what is older there
                put(store, row.name, local, passed_on, seen or Seen(None))
        return action

    def _version(self, row: Row, local: ObjectInfo) -> ObjectInfo:
        """Return what Swift serves as the version that it is a copy of."""
        return read_marks(marked(row, local), self._clock())

    def _decide(
        self, info: ObjectInfo, seen: Seen | None, container: Container
    ) -> Action:
        if info.path and self._their_ids.of(container) in info.path:
            return Action(Op.NOTHING, "it came from there")
        if seen is None:
            return Action(Op.PUT, "new")
        return decide_newest(info, seen.info)

    def _with_us(self, info: ObjectInfo, container: Container) -> ObjectInfo:
        """Add this container to a version's path."""
        own = self._own_ids.of(container)
        if own is None or own in info.path:
            return info
        return replace(info, path=(*info.path, own))

    def _decide_delete(
        self, row: Row, container: Container, policy: int, *, compare: bool
    ) -> Action:
        blind = is_blind(row, policy, self._clock(), compare=compare)
        nothing = why_not_delete(
            self._rule, self._local, row, container, policy, blind=blind
        )
        if nothing:
            return nothing
        remote = self._store(container).head(row.name)
        action = decide_gone(row, remote, self._clock())
        if action is None:
            raise Refused(
                self._rule.site.label,
                "DELETE",
                row.name,
                "written there just before it was deleted here: waiting"
                " whether that version arrives",
            )
        return action

    def _open_checked(self, container: Container) -> Peer:
        """Open the remote container, unless it is the local one itself."""
        peer = cast("Peer", self._open_peer(container))
        theirs = peer.id()
        own = self._own_ids.of(container)
        if theirs and theirs == own:
            raise self._itself(f"container {container.name}")
        if self._rule.all_containers:
            account = self._local.identify(container.account)
            if account and account == peer.account_id():
                raise self._itself(f"account {container.account}")
        return peer

    def _itself(self, what: str) -> SiteUnavailable:
        return SiteUnavailable(
            self._rule.site.label,
            "open",
            "",
            f"the rule would copy the {what} to itself; correct `bucket`,"
            " `remote_account` or `endpoint`",
        )


class _Ids:
    """Containers' ids, asked for not long ago."""

    def __init__(
        self,
        ask: Callable[[Container], str | None],
        clock: Callable[[], float],
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[Container, tuple[float, str]] = {}

    def of(self, container: Container) -> str | None:
        """Return the id; None: there is no such container yet."""
        now = self._clock()
        asked_at, known = self._known.get(container, (float("-inf"), ""))
        if now - asked_at < _ID_SECONDS:
            return known
        answer = self._ask(container)
        if answer is not None:
            if len(self._known) >= _CONTAINERS:
                self._known.clear()
            self._known[container] = now, answer
        return answer


def _is_copy_of(row: Row, copy: ObjectInfo) -> bool:
    """Tell whether a remote object is the copy of what the row announced."""
    mark, own = copy.stamps, row.stamps
    return bool(
        mark
        and mark.data == own.data
        and mark.content_type >= own.content_type
        and mark.metadata >= own.metadata
    )
