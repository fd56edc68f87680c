# SPDX-License-Identifier: Apache-2.0
"""How does one row become one request to the remote store?"""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from typing import Protocol

from container_crawler.container import Container
from s3_sync.config import Rule
from s3_sync.errors import Conflict, NotFound, Refused
from s3_sync.model.decide import (
    Action,
    Freshness,
    Op,
    Seen,
    decide,
    decide_by_row,
    decide_unmarked,
    freshness,
)
from s3_sync.model.objects import ObjectInfo, differences
from s3_sync.model.row import Row
from s3_sync.replication.exchange import Exchange
from s3_sync.replication.journal import Journal
from s3_sync.replication.local_side import (
    is_blind,
    marked,
    path_of,
    put,
    skip,
    why_not_delete,
)
from s3_sync.stores.base import ObjectStore, Reply

_STORES = 1024
MOST_LOOKS = 3
"""How often a copy is looked at again, when it changes under our hands."""


class Source(Protocol):
    """The local Swift, to copy from. Both raise NotFound and Refused."""

    def get(
        self, path: tuple[str, str], name: str, policy: int, *, newest: bool
    ) -> Reply:
        """Open an object; `newest`: as the newest of its replicas has it."""
        ...

    def head(self, path: tuple[str, str], name: str, policy: int) -> Reply:
        """Describe an object as the newest of its replicas does."""
        ...

    def identify(self, account: str, container: str = "") -> str | None:
        """Return what tells a container, or account, from all others."""
        ...


class Replicator:
    """Brings a rule's remote copies in line with the rows of containers."""

    def __init__(
        self,
        rule: Rule,
        source: Source,
        open_store: Callable[[Container], ObjectStore],
        journal: Journal,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = rule
        self._source = source
        self.journal = journal
        self._clock = clock
        self._began = clock()
        self._meetings: dict[str, threading.Lock] = {}
        self.store = lru_cache(maxsize=_STORES)(open_store)
        """The remote store of one container's copies."""
        self.remote_was_empty = lru_cache(maxsize=_STORES)(self._ask_once)
        """Whether there were no copies when the rule met a database."""
        self._exchange = (
            Exchange(rule, source, self._read, open_store, clock)
            if rule.to_swift
            else None
        )

    def replicate(
        self,
        row: Row,
        container: Container,
        policy: int,
        *,
        compare: bool,
        again: bool = False,
    ) -> Action:
        """Carry out what `row` asks for and tell what it was.

        `policy` is the container's own; `compare`: the remote may hold the
        row's version already; `again`: an attempt failed, and may have
        arrived all the same. A DELETE is only decided: deletes are sent
        many at a time. Raises StoreError and JournalError.
        """
        action = decide_by_row(row, policy)
        if action:
            return action
        if self._exchange:
            return self._exchange.replicate(
                row, container, policy, compare=compare or again
            )
        compare = compare or self._costs_a_version(row, container, again)
        if row.deleted:
            return self._decide_delete(row, container, policy, compare=compare)
        seen = None
        if compare or again or row.size >= self.rule.head_first_size:
            seen = self._look(row, container)
        return self._bring_in_line(row, container, seen, doubt=again)

    def _costs_a_version(
        self, row: Row, container: Container, again: bool
    ) -> bool:
        """Tell whether a row may have been sent, where that is not free.

        After a crash rows are read again; all of them are older than this
        process.
        """
        again = again or max(row.stamps).seconds < self._began
        return again and self.store(container).keeps_versions()

    def _look(self, row: Row, container: Container) -> Seen:
        return Seen(self.store(container).head(row.name))

    def _bring_in_line(
        self, row: Row, container: Container, seen: Seen | None, *, doubt: bool
    ) -> Action:
        for _ in range(MOST_LOOKS):
            try:
                return self._act(row, container, seen, doubt=doubt)
            except Conflict:  # it is not, or no more, as we took it to be
                seen, doubt = self._look(row, container), True
        return self._act(row, container, seen, doubt=doubt)

    def _act(
        self, row: Row, container: Container, seen: Seen | None, *, doubt: bool
    ) -> Action:
        """Send what is needed; `doubt`: an attempt may have done half."""
        if seen and seen.info and not seen.info.stamps:
            return self._take_over(row, container, seen, seen.info)
        action = decide(row, seen)
        if doubt and seen and _is_doubtful(row, seen.info):
            action = Action(Op.PUT, "the remote may have other bytes")
        return self._send(row, container, action, seen)

    def _take_over(
        self, row: Row, container: Container, seen: Seen, copy: ObjectInfo
    ) -> Action:
        """Compare a copy without our mark, and send what differs.

        What differs even after it was sent is how the site is: it is noted,
        and not sent again for this version of the object.
        """
        local = self._describe(row, container).info
        quirk = self.journal.quirk(self.rule.id, container, row)
        action = decide_unmarked(local, copy, quirk)
        done = self._send(row, container, action, seen)
        if done.op is Op.POST:
            held = self._look(row, container).info
            fields = differences(local, held) if held else []
            if held and held.etag == local.etag and fields:
                self.journal.note_quirk(self.rule.id, container, row, fields)
        return done

    def _ask_once(self, container: Container, database_id: str) -> bool:
        rule = self.rule.id
        lock = self._meetings.setdefault(database_id, threading.Lock())
        with lock:  # ask before the first of our own PUTs
            known = self.journal.was_empty(rule, database_id)
            if known is None:
                known = self.store(container).is_empty()
                self.journal.note_first_meeting(
                    rule, container, database_id, was_empty=known
                )
        self._meetings.pop(database_id, None)
        return known

    def _decide_delete(
        self, row: Row, container: Container, policy: int, *, compare: bool
    ) -> Action:
        blind = is_blind(row, policy, self._clock(), compare=compare)
        nothing = why_not_delete(
            self.rule, self._source, row, container, policy, blind=blind
        )
        if nothing:
            return nothing
        return decide(row, None if blind else self._look(row, container))

    def _send(
        self, row: Row, container: Container, action: Action, seen: Seen | None
    ) -> Action:
        if action.op is Op.POST:
            local = self._describe(row, container)
            if local.large_object:
                return skip(local)
            info = marked(row, local.info)
            try:
                self.store(container).post(row.name, info, seen=seen)
            except NotFound:
                action, seen = Action(Op.PUT, "not at the remote"), Seen(None)
            except Conflict:
                if seen is None:
                    raise
                action = Action(Op.PUT, "the remote has other bytes")
            else:
                return action
        if action.op is Op.PUT:
            return self._put(row, container, action, seen)
        return action

    def _put(
        self, row: Row, container: Container, action: Action, seen: Seen | None
    ) -> Action:
        # a row that is not news may be of a node that was away, whose own
        # replica is as old: all are asked
        newest = seen is not None
        with closing(self._open(row, container, newest=newest)) as local:
            if local.large_object:
                return skip(local)
            info = marked(row, local.info)
            put(self.store(container), row.name, local, info, seen)
        return action

    def _read(
        self, row: Row, container: Container, *, body: bool, newest: bool
    ) -> Reply:
        if body:
            return self._open(row, container, newest=newest)
        return self._describe(row, container)

    def _open(self, row: Row, container: Container, *, newest: bool) -> Reply:
        """Open what the row announced, or something newer."""
        path = path_of(container)
        if not newest:
            try:
                reply = self._source.get(
                    path, row.name, row.policy, newest=False
                )
            except NotFound:
                pass  # a replica that is behind; the newest one decides
            else:
                if freshness(row, reply.info) is not Freshness.OLDER:
                    return reply
                reply.close()
        reply = self._source.get(path, row.name, row.policy, newest=True)
        return _fresh(row, reply)

    def _describe(self, row: Row, container: Container) -> Reply:
        reply = self._source.head(path_of(container), row.name, row.policy)
        return _fresh(row, reply)


def _is_doubtful(row: Row, copy: ObjectInfo | None) -> bool:
    """Tell whether a POST may have marked bytes that nothing else tells of."""
    return bool(
        copy
        and not copy.etag_is_md5
        and copy.stamps == row.stamps
        and row.stamps.changed_after_put
    )


def _fresh(row: Row, reply: Reply) -> Reply:
    if freshness(row, reply.info) is Freshness.OLDER:
        reply.close()
        raise Refused(
            "swift", "read", row.name, "still older than its row says"
        )
    return reply
