# SPDX-License-Identifier: Apache-2.0
"""How do Swift's headers become S3's, and S3's Swift's?

Our marks on a copy are metadata under the rule's `metadata_prefix`:
`timestamp` (the times of the version, as in a row's `created_at`) and
`replication-status`. What S3 has no place for travels as metadata too:
`user-<rest>` is a user's own name that begins with our prefix, and
`header-<name>` is a stored header that S3 would refuse or change.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from s3_sync.model.metadata import decode, encode
from s3_sync.model.objects import NATIVE_HEADERS, ObjectInfo
from s3_sync.model.timestamps import Stamps, Timestamp

REPLICA = "REPLICA"
_DAY = 86_400
_SWIFT_META = "x-object-meta-"
_SWIFT_ONLY_HEADERS = ("x-robots-tag",)
_MARKS = ("timestamp", "replication-status", "version-id")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True)
class S3Headers:
    """What a PUT or a copy sends beside the bytes; values ready to send."""

    content_type: str
    headers: Mapping[str, str]
    metadata: Mapping[str, str]

    @property
    def metadata_size(self) -> int:
        """Bytes of metadata names and values, as Amazon counts them."""
        return sum(
            len(name) + len(value) for name, value in self.metadata.items()
        )


def from_swift(headers: Mapping[str, str]) -> ObjectInfo:
    """Read the answer of Swift's object API; header names in any case.

    Within the cluster it carries X-Backend-Data-Timestamp (the data's time)
    and X-Backend-Timestamp (the newest of data's and metadata's).
    """
    lower = {name.lower(): value for name, value in headers.items()}
    newest = lower.get("x-backend-timestamp", lower.get("x-timestamp", "0"))
    data = Timestamp.parse(lower.get("x-backend-data-timestamp", newest))
    stored = NATIVE_HEADERS + _SWIFT_ONLY_HEADERS
    return ObjectInfo(
        size=int(lower.get("content-length", "0")),
        etag=lower.get("etag", "").strip('"'),
        content_type=lower.get("content-type", ""),
        stamps=Stamps(data, data, Timestamp.parse(newest)),
        headers={name: lower[name] for name in stored if lower.get(name)},
        metadata={
            name.removeprefix(_SWIFT_META): value
            for name, value in lower.items()
            if name.startswith(_SWIFT_META)
        },
    )


def large_object_kind(headers: Mapping[str, str]) -> str | None:
    """Tell what kind of manifest Swift's answer describes, if one."""
    lower = {name.lower() for name in headers}
    if "x-object-manifest" in lower:
        return "dynamic large object"
    if "x-static-large-object" in lower:
        return "static large object"
    return None


def to_s3(info: ObjectInfo, prefix: str) -> S3Headers:
    """Return what the copy of `info` carries, our marks included.

    Raises ValueError for a metadata name that no HTTP header can have.
    """
    metadata = {}
    for name, value in info.metadata.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"metadata name {name!r} is no header name")
        if name.startswith(prefix):
            name = f"{prefix}user-{name.removeprefix(prefix)}"
        metadata[name] = encode(value)
    native = {}
    for name, value in info.headers.items():
        if name in NATIVE_HEADERS and _s3_keeps(name, value):
            native[name] = value
        else:
            metadata[f"{prefix}header-{name}"] = encode(value)
    if info.stamps:
        metadata[f"{prefix}timestamp"] = str(info.stamps)
    metadata[f"{prefix}replication-status"] = REPLICA
    return S3Headers(info.content_type, native, metadata)


def _s3_keeps(name: str, value: str) -> bool:
    if name == "expires":
        return _is_date(value)
    if name == "content-encoding":  # S3 takes its own framing off again
        return "aws-chunked" not in value.lower()
    return True


def _is_date(value: str) -> bool:
    try:
        parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return False
    return value.endswith("GMT")


@dataclass(frozen=True)
class S3Answer:
    """What S3 tells of an object; header names lower-case."""

    size: int
    etag: str
    content_type: str
    headers: Mapping[str, str]
    metadata: Mapping[str, str]


def from_s3(answer: S3Answer, prefix: str, now: float) -> ObjectInfo:
    """Read a copy; marks are taken off, what they say is in `stamps`.

    `now` is in seconds: a mark more than a day ahead of it is a forgery or
    a broken clock and counts as absent.
    """
    headers = dict(answer.headers)
    metadata = {}
    for raw_name, raw in answer.metadata.items():
        name, value = raw_name.lower(), decode(raw)
        rest = name.removeprefix(prefix)
        if name.startswith(f"{prefix}header-"):
            headers[rest.removeprefix("header-")] = value
        elif name.startswith(f"{prefix}user-"):
            metadata[prefix + rest.removeprefix("user-")] = value
        elif not (name.startswith(prefix) and rest in _MARKS):
            metadata[name] = value
    mark = answer.metadata.get(f"{prefix}timestamp", "")
    return ObjectInfo(
        size=answer.size,
        etag=answer.etag,
        content_type=answer.content_type,
        stamps=read_mark(mark, now),
        headers=headers,
        metadata=metadata,
    )


def read_mark(mark: str, now: float) -> Stamps | None:
    """Return what the mark `timestamp` says; None: it cannot be true."""
    try:
        stamps = Stamps.parse(mark)
    except ValueError:
        return None
    return stamps if max(stamps).seconds <= now + _DAY else None
