# SPDX-License-Identifier: Apache-2.0
"""What every store says of an object, in one form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3_sync.model.timestamps import Stamps

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


def same_metadata(one: ObjectInfo, other: ObjectInfo) -> bool:
    """Tell whether both say the same of type, headers and metadata.

    Stores change the form on the way: S3 lowers names, Ceph turns `_` into
    `-`, most cut outer white space. That is no difference.
    """
    return _normal(one) == _normal(other)


def _normal(info: ObjectInfo) -> dict[str, str]:
    fields = {"content-type": info.content_type, **info.headers}
    fields |= {f"meta {name}": text for name, text in info.metadata.items()}
    return {
        name.lower().replace("_", "-"): text.strip()
        for name, text in fields.items()
    }
