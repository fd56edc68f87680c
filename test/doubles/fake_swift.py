# SPDX-License-Identifier: Apache-2.0
"""What does a container look like to us: its objects, rows, and faults?"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from container_crawler.container import Container
from s3_sync.errors import NotFound, Refused
from s3_sync.model.copies import container_id
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.row import Row
from s3_sync.model.timestamps import Stamps, Timestamp
from s3_sync.stores.base import Reply
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import NOW

BROKEN = Refused("swift", "read", "", "the object server hung up")


@dataclass(frozen=True)
class Version:
    """One version of an object."""

    content: bytes
    info: ObjectInfo
    row_stamps: Stamps
    large_object: str | None = None


class FakeSwift:
    """One container: what users do to it, a Source, and a Database.

    Each event gets a new, higher time and ROWID. `behind` holds what one
    replica still has of a name, and serves unless the newest is asked for;
    names in `broken` end in the middle of their bytes. `before` is called
    with operation and name; what it raises is the answer.
    """

    def __init__(self, clock: Callable[[], float] = lambda: NOW) -> None:
        self.container = Container("AUTH_test", "photos")
        self.id = "database-1"
        self.policy = 0
        self.objects: dict[str, Version] = {}
        self.behind: dict[str, Version | None] = {}
        self.broken: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda *_: None
        self.opened = 0
        self._clock = clock
        self._last = Timestamp(0)
        self._rows: dict[tuple[str, int], Row] = {}
        self._rowid = 0

    # What users do.

    def put(
        self,
        name: str,
        content: bytes = b"",
        *,
        at: float | None = None,
        large_object: str | None = None,
        **said: object,
    ) -> Row:
        """Write an object; `said` are fields of its ObjectInfo."""
        time = self._time(at)
        info = ObjectInfo(
            size=len(content),
            etag=hashlib.md5(content).hexdigest(),
            stamps=Stamps(time, time, time),
            **{"content_type": "text/plain"} | said,
        )
        version = Version(content, info, info.stamps, large_object)
        self.objects[name] = version
        return self._record(name, version)

    def post(self, name: str, **said: object) -> Row:
        """Replace an object's metadata, headers or content type."""
        time = self._time(None)
        old = self.objects[name]
        data, kind, _ = old.row_stamps
        typed = time if "content_type" in said else kind
        emptied = {"headers": {}, "metadata": {}}
        version = replace(
            old,
            info=replace(
                old.info, stamps=Stamps(data, data, time), **emptied | said
            ),
            row_stamps=Stamps(data, typed, time),
        )
        self.objects[name] = version
        return self._record(name, version)

    def delete(self, name: str, *, at: float | None = None) -> Row:
        """Delete an object; a tombstone stays."""
        time = self._time(at)
        self.objects.pop(name, None)
        return self._add_row(
            Row(
                0,
                name,
                str(time),
                0,
                "application/deleted",
                "noetag",
                True,
                self.policy,
            )
        )

    def _time(self, at: float | None) -> Timestamp:
        if at is not None:
            return Timestamp.at(at)
        now = Timestamp.at(self._clock())
        self._last = max(now, self._last.plus(1))
        return self._last

    def _record(self, name: str, version: Version) -> Row:
        info = version.info
        created_at = str(version.row_stamps)
        return self._add_row(
            Row(
                0,
                name,
                created_at,
                info.size,
                info.content_type,
                info.etag,
                False,
                self.policy,
            )
        )

    def _add_row(self, row: Row) -> Row:
        self._rowid += 1
        row = replace(row, rowid=self._rowid)
        self._rows[row.name, row.policy] = row
        return row

    # The cluster, as a Source.

    def get(
        self, path: tuple[str, str], name: str, policy: int, *, newest: bool
    ) -> Reply:
        version = self._find("GET", path, name, newest=newest)
        if name in self.broken:
            half = version.content[: len(version.content) // 2]
            body = MemoryBody(half, broken=BROKEN)
        else:
            body = MemoryBody(version.content)
        return Reply(version.info, body, version.large_object)

    def head(self, path: tuple[str, str], name: str, policy: int) -> Reply:
        version = self._find("HEAD", path, name, newest=True)
        return Reply(version.info, MemoryBody(b""), version.large_object)

    def identify(self, account: str, container: str = "") -> str | None:
        return container_id(account, container, "0000000001.00000")

    def _find(
        self,
        operation: str,
        path: tuple[str, str],
        name: str,
        *,
        newest: bool,
    ) -> Version:
        self.requests.append((operation, name))
        self.before(operation, name)
        known = path == (self.container.account, self.container.name)
        version = self.objects.get(name) if known else None
        if name in self.behind and not newest:
            version = self.behind[name]
        if version is None:
            raise NotFound("swift", operation, name, "no such object")
        return version

    @property
    def asked(self) -> Counter[str]:
        """How many requests of each kind there were."""
        return Counter(operation for operation, _ in self.requests)

    # The container's database on this node.

    def databases(self, container: Container) -> Iterator["FakeSwift"]:
        """Open the databases of `container`."""
        if container == self.container:
            self.opened += 1
            yield self

    def acts_on(self, container: Container, name: str) -> bool:
        """Tell whether this process acts on a name: always."""
        return True

    def covers(self, name: str) -> bool:
        """Tell whether the name's rows are here: it is the only database."""
        return True

    def records_of(self, name: str) -> list[dict[str, object]]:
        return [
            self.record(row) for row in self._rows.values() if row.name == name
        ]

    def rows_since(self, rowid: int, limit: int) -> list[dict[str, object]]:
        found = [row for row in self.rows if row.rowid > rowid]
        return [self.record(row) for row in found[:limit]]

    @property
    def rows(self) -> list[Row]:
        """The rows by ROWID."""
        return sorted(self._rows.values(), key=lambda row: row.rowid)

    @staticmethod
    def record(row: Row) -> dict[str, object]:
        """Return a row as Swift's broker does."""
        return {
            "ROWID": row.rowid,
            "name": row.name,
            "created_at": row.created_at,
            "size": row.size,
            "content_type": row.content_type,
            "etag": row.etag,
            "deleted": int(row.deleted),
            "storage_policy_index": row.policy,
        }

    def close(self) -> None:
        self.opened = 0
