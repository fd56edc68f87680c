# SPDX-License-Identifier: Apache-2.0
"""How are the rows of one container database read?"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swift.common.constraints import AUTO_CREATE_ACCOUNT_PREFIX
from swift.common.exceptions import LockTimeout
from swift.common.utils import ShardRange, get_db_files
from swift.common.utils.timestamp import decode_timestamps
from swift.container.backend import SHARDED, SHARDING, ContainerBroker

from container_crawler.container import Container

Record = Mapping[str, Any]
"""One row as Swift returns it: ROWID, name, created_at, size, …"""

FILES = 2
"""How many of a database's files Swift uses: while it is sharded, the one
that retires and the fresh one."""


class DatabaseUnreadable(Exception):
    """A container database cannot be read now; the message says why."""


def shards_account(account: str) -> str:
    """Return the hidden account of the shards of an account's containers."""
    return f"{AUTO_CREATE_ACCOUNT_PREFIX}shards_{account}"


def data_time(record: Record) -> float:
    """Return when the object of a row was written, in seconds.

    A time that makes no sense is infinitely late.
    """
    try:
        return float(decode_timestamps(record["created_at"])[0])
    except ValueError:
        return float("inf")


class Database:
    """One file of a container database of this node.

    While a container is sharded it has two: the one that retires keeps its
    rows until they have moved into the shards. Each has an id and ROWIDs of
    its own, and so has each shard. `container` is the one that users see,
    also for a shard.

    Read through Swift's broker, because rows wait in a `.pending` file
    before they reach the database, for an unlimited time. Every method
    raises DatabaseUnreadable.
    """

    def __init__(self, path: str | Path, logger: Any) -> None:
        self.path = str(path)
        self.inode = 0
        self._logger = logger
        self._broker: Any = None
        self.refresh()

    def _new_broker(self, path: str) -> Any:
        broker = ContainerBroker(
            path, logger=self._logger, force_db_file=True, skip_commits=True
        )
        broker.reload_db_files()  # it would close the file to do that later
        return broker

    def refresh(self) -> None:
        """Merge waiting rows; read again what can change in a database.

        A container that was deleted and created again keeps its database,
        but may have another storage policy. A file may have been replaced.
        """
        with self._reading():
            inode = os.stat(self.path).st_ino
            if inode != self.inode:
                self.close()
                self._broker = self._new_broker(self.path)
            self._files = get_db_files(self.path)[-FILES:]
            info = self._info(self._broker, self.path)
            if os.stat(self.path).st_ino != inode:
                raise OSError("it is being replaced")
            self.inode = inode
            self.id: str = info["id"]
            self.policy: int = info["storage_policy_index"]
            self._read_place(info)

    def _info(self, broker: Any, path: str) -> dict[str, Any]:
        """Merge what waits for this file, and describe it.

        Rows wait for the newest file only; in one that retires they would
        be lost.
        """
        broker.skip_commits = [path] != self._files[-1:]
        try:
            info: dict[str, Any] = broker.get_info()
        finally:
            broker.skip_commits = True
        return info

    def _read_place(self, info: Mapping[str, Any]) -> None:
        self._range: Any = None
        self._settled = True
        self.container = Container(info["account"], info["container"])
        if self.container.account.startswith(AUTO_CREATE_ACCOUNT_PREFIX):
            self._read_root()
        state = info["db_state"]
        self._sharded = state in (SHARDING, SHARDED) or len(self._files) > 1
        self.moving = self._sharded or not self._settled
        """Whether Swift moves rows from or to this database now, so that
        other nodes may have handled them elsewhere."""

    def _read_root(self) -> None:
        broker = self._broker
        root = Container(broker.root_account, broker.root_container)
        if root != self.container:
            self.container = root
            self._range = broker.get_own_shard_range(no_default=True)
            state = self._range.state if self._range else None
            self._settled = state == ShardRange.ACTIVE

    def shards(self) -> list[Container]:
        """Return the shards that the container has, and had until lately."""
        if not self._sharded:
            return []
        with self._reading():
            ranges = self._broker.get_shard_ranges(include_deleted=True)
        return [Container(each.account, each.container) for each in ranges]

    def covers(self, name: str) -> bool:
        """Tell whether rows of this name belong here."""
        return self._range is None or name in self._range

    def max_row(self) -> int:
        """Return the highest ROWID that was merged; 0 if there is none."""
        with self._reading():
            return max(0, int(self._broker.get_max_row()))

    def rows_since(self, rowid: int, limit: int) -> list[Record]:
        """Return up to `limit` merged rows above `rowid`, ascending."""
        with self._reading():
            rows: list[Record] = self._broker.get_items_since(rowid, limit)
        return rows

    def records_of(self, name: str) -> list[Record]:
        """Return the rows of one name, one for each storage policy.

        Of a container that is being sharded, those of both files.
        """
        self.refresh()
        with self._reading():
            records = _select(self._broker, name)
            for path in self._files:
                if path != self.path:
                    broker = self._new_broker(path)
                    self._info(broker, path)
                    records += _select(broker, name)
                    _close(broker)
            return records

    def close(self) -> None:
        """Close the file; reading opens it again."""
        _close(self._broker)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (
            LockTimeout,
            OSError,
            sqlite3.Error,
        ) as error:
            raise DatabaseUnreadable(f"{self.path}: {error}") from error


def _select(broker: Any, name: str) -> list[Record]:
    with broker.get() as connection:
        cursor = connection.execute(
            "SELECT * FROM object WHERE deleted IN (0, 1) AND name = ?",
            (name,),
        )
        return [dict(row) for row in cursor]


def _close(broker: Any) -> None:
    if broker and broker.conn:
        broker.conn.close()
        broker.conn = None
