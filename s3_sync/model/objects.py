# SPDX-License-Identifier: Apache-2.0
"""What every store says of an object, in one form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3_sync.model.timestamps import Stamps, Timestamp

NATIVE_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)
"""Headers, besides Content-Type, that Swift and S3 both keep and serve."""


@dataclass(frozen=True)
class ObjectInfo:
    """One version of an object, without its bytes.

    Names in `headers` and `metadata` are lower-case; `metadata` is the
    user's own, without any store's prefix. `headers` are the stored ones
    besides Content-Type. `stamps` is None where a copy carries no mark of
    ours, or one that cannot be true.
    """

    size: int
    etag: str
    content_type: str
    stamps: Stamps | None
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    etag_is_md5: bool = True
    """Whether `etag` is certainly the MD5 of the bytes."""
    storage_class: str | None = None
    """Where a copy is kept, if not where all are by default."""
    written: Timestamp | None = None
    """When the store's own clock says that this version came to be."""
    path: tuple[str, ...] = ()
    """The containers through which a copy came, the first one first."""


def same_metadata(one: ObjectInfo, other: ObjectInfo) -> bool:
    """Tell whether both say the same of type, headers and metadata.

    Stores change the form on the way: S3 lowers names, Ceph turns `_` into
    `-`, most cut outer white space. That is no difference.
    """
    return not differences(one, other)


def differences(one: ObjectInfo, other: ObjectInfo) -> list[str]:
    """Return the names of what the two do not say alike, sorted."""
    ours, theirs = _normal(one), _normal(other)
    names = ours.keys() | theirs.keys()
    return sorted(n for n in names if ours.get(n) != theirs.get(n))


def _normal(info: ObjectInfo) -> dict[str, str]:
    fields = {"content-type": info.content_type, **info.headers}
    fields |= {f"meta {name}": text for name, text in info.metadata.items()}
    return {
        name.lower().replace("_", "-"): text.strip()
        for name, text in fields.items()
    }
