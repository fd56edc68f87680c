# SPDX-License-Identifier: Apache-2.0
"""How is a copy in another Swift marked, and how is it told from others?

The marks are metadata under the rule's `metadata_prefix`: `timestamp` (the
times of the version, as in a row's `created_at`), `replication-status`, and
`path`: the containers that the version came through. Whoever writes to the
copy, be it by PUT or POST, takes them off, for Swift replaces all metadata:
what carries them is as we wrote it.

The path keeps copies from going back where they came from, as in Usenet: a
copy is never sent to a container that is in its path. Each container adds
itself when it sends. So two clusters may replicate to each other, three in a
ring, and A to B to C, each to the next: B sends on to C what came from A, and
C holds A's own time. A container is known by `container_id`, not by the
endpoint's name, for no cluster knows under which names others reach it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from s3_sync.model.headers import (
    REPLICA,
    from_swift,
    read_mark,
)
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.timestamps import Timestamp

_META = "x-object-meta-"
_STATUS = "replication-status"
_MARKS = (_STATUS, "timestamp", "path", "version-id")
_ID = re.compile(r"[0-9a-f]{16}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def container_id(account: str, container: str, created: str) -> str:
    """Return 16 hex digits that tell a container from all others anywhere.

    `created` is the X-Timestamp of the container, which everybody sees who
    may read it: Swift keeps it with 10 µs, and while the container exists.
    """
    text = "\n".join((account, container, created))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_swift(info: ObjectInfo, prefix: str) -> dict[str, str]:
    """Return the headers of a PUT or POST that make a copy of `info`.

    Raises ValueError for a metadata name that no HTTP header can have.
    """
    headers = {"Content-Type": info.content_type, **info.headers}
    for name, value in info.metadata.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"metadata name {name!r} is no header name")
        if name.startswith(prefix):
            name = f"{prefix}user-{name.removeprefix(prefix)}"
        headers[_META + name] = value
    headers[f"{_META}{prefix}{_STATUS}"] = REPLICA
    if info.stamps:
        headers[f"{_META}{prefix}timestamp"] = str(info.stamps)
    if info.path:
        headers[f"{_META}{prefix}path"] = " ".join(info.path)
    return headers


def from_remote_swift(headers: Mapping[str, str], now: float) -> ObjectInfo:
    """Read what a remote Swift answers about an object.

    `now` is in seconds: a mark more than a day ahead of it is a forgery or
    a broken clock and counts as absent.
    """
    info = from_swift(headers)
    written = info.stamps.metadata if info.stamps else None
    return read_marks(replace(info, stamps=None, written=written), now)


def read_marks(info: ObjectInfo, now: float) -> ObjectInfo:
    """Return a copy as what it is a copy of; what is no copy stays.

    The marks name their prefix themselves: another rule may have written
    them, with another `metadata_prefix`.
    """
    prefix = _prefix(info.metadata)
    if prefix is None:
        return info
    metadata = {}
    for name, value in info.metadata.items():
        rest = name.removeprefix(prefix)
        if name.startswith(f"{prefix}user-"):
            metadata[prefix + rest.removeprefix("user-")] = value
        elif not (name.startswith(prefix) and rest in _MARKS):
            metadata[name] = value
    mark = read_mark(info.metadata.get(f"{prefix}timestamp", ""), now)
    path = info.metadata.get(f"{prefix}path", "").split()
    return replace(
        info,
        stamps=mark or info.stamps,
        metadata=metadata,
        path=tuple(filter(_ID.fullmatch, path)),
    )


def _prefix(metadata: Mapping[str, str]) -> str | None:
    for name, value in metadata.items():
        prefix = name.removesuffix(_STATUS)
        if value == REPLICA and name.endswith(f"-{_STATUS}"):
            return prefix if f"{prefix}timestamp" in metadata else None
    return None


def moment(info: ObjectInfo) -> Timestamp:
    """Return when the last thing happened to a version, at its origin."""
    if info.stamps:
        return max(stamp._replace(offset=0) for stamp in info.stamps)
    return info.written or Timestamp(0)
