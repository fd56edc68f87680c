# SPDX-License-Identifier: Apache-2.0
"""How are the rows of one container database read?"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from swift.common.exceptions import LockTimeout
from swift.container.backend import SHARDED, SHARDING, ContainerBroker

from container_crawler.container import Container

Record = Mapping[str, Any]
"""One row as Swift returns it: ROWID, name, created_at, size, …"""


class DatabaseUnreadable(Exception):
    """A container database cannot be read now; the message says why."""


class Database:
    """One container database of this node.

    Read through Swift's broker, because rows wait in a `.pending` file
    before they reach the database, for an unlimited time. Every method
    raises DatabaseUnreadable.
    """

    def __init__(self, path: str, logger: Any) -> None:
        self.path = path
        self._broker = ContainerBroker(path, logger=logger)
        self.refresh()

    def refresh(self) -> None:
        """Merge waiting rows; read again what can change in a database.

        A container that was deleted and created again keeps its database,
        but may have another storage policy.
        """
        with self._reading():
            info = self._broker.get_info()
        if info["db_state"] in (SHARDING, SHARDED):
            raise DatabaseUnreadable(
                f"{self.path}: sharded containers are not supported yet"
            )
        self.id: str = info["id"]
        self.container = Container(info["account"], info["container"])
        self.policy: int = info["storage_policy_index"]

    def max_row(self) -> int:
        """Return the highest ROWID that was merged; 0 if there is none."""
        with self._reading():
            return max(0, int(self._broker.get_max_row()))

    def rows_since(self, rowid: int, limit: int) -> list[Record]:
        """Return up to `limit` rows above `rowid`, ascending."""
        with self._reading():
            rows: list[Record] = self._broker.get_items_since(rowid, limit)
        return rows

    def records_of(self, name: str) -> list[Record]:
        """Return the rows of one name, one for each storage policy."""
        self.refresh()
        with self._reading(), self._broker.get() as connection:
            cursor = connection.execute(
                "SELECT * FROM object WHERE deleted IN (0, 1) AND name = ?",
                (name,),
            )
            return [dict(row) for row in cursor]

    def close(self) -> None:
        """Close the file; reading opens it again."""
        connection, self._broker.conn = self._broker.conn, None
        if connection:
            connection.close()

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
