# SPDX-License-Identifier: Apache-2.0
"""What does a row of a container database say about an object?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from s3_sync.model.timestamps import Stamps

_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a container database: an object's newest event."""

    rowid: int
    name: str
    created_at: str
    size: int
    content_type: str
    etag: str
    deleted: bool
    policy: int

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Row":
        """Read a record as Swift's `ContainerBroker` returns it."""
        return cls(
            rowid=record["ROWID"],
            name=record["name"],
            created_at=record["created_at"],
            size=record["size"],
            content_type=record["content_type"],
            etag=record["etag"],
            deleted=bool(record["deleted"]),
            policy=record["storage_policy_index"],
        )

    @property
    def stamps(self) -> Stamps:
        """The times of the row's data, content type and metadata."""
        return Stamps.parse(self.created_at)

    @property
    def has_md5(self) -> bool:
        """Whether the ETag is that of the bytes: not if encrypted or large."""
        return bool(_MD5.fullmatch(self.etag))


def current(records: Iterable[Mapping[str, Any]], policy: int) -> "Row | None":
    """Return the row that rules among the records of one name.

    A name can have a row in every storage policy; only the container's own
    policy counts, for Swift's GET and listing follow it. While a container
    is sharded a name can have a row in two files. None: no such row.
    """
    rows = (Row.from_record(record) for record in records)
    ruling = [row for row in rows if row.policy == policy]
    return max(ruling, key=lambda row: row.stamps, default=None)


def reason_to_skip(row: Row) -> str | None:
    """Tell why a live row's object cannot be copied whole yet, or None.

    What the marks in content type and ETag mean is Swift's: see its slo,
    symlink and versioned_writes middleware.
    """
    if row.deleted:
        return None
    if "swift_versions_deleted=" in row.content_type:
        return "a delete marker of a versioned container"
    if "symlink_target=" in row.etag:
        if "symlink_target=%00versions%00" in row.etag:
            return "versioned containers are not supported yet"
        return "symlinks are not supported yet"
    if "swift_bytes=" in row.content_type:
        return "static large objects are not supported yet"
    return None
