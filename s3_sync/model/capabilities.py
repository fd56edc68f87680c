# SPDX-License-Identifier: Apache-2.0
"""In what may S3 services differ?"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any


def _column(says: str, *choices: str) -> Any:
    return field(metadata={"says": says, "choices": choices})


@dataclass(frozen=True)
class Capabilities:
    """What one S3 service can do. Sizes are in bytes.

    Where a limit is None, the service's own refusal is the limit.
    """

    max_metadata: int | None = _column(
        "names and values of an object's metadata, our marks included"
    )
    max_metadata_name: int | None = _column(
        "one name of metadata, without `x-amz-meta-`"
    )
    max_metadata_value: int | None = _column("one value of metadata")
    max_key: int = _column("a key")
    max_put: int = _column("an object that is sent in one request")
    min_part: int = _column("a part of a large object, but the last")
    max_part: int = _column("a part of a large object")
    max_parts: int = _column("parts of a large object")
    equal_parts: bool = _column("all parts but the last must be equally large")
    multi_delete: bool = _column("one request can delete many keys")
    max_delete_keys: int = _column("keys in one such request")
    max_delete_bytes: int = _column("XML in one such request")
    put_if_match: bool = _column("`If-Match` of a PUT is honoured")
    put_if_none_match: bool = _column("`If-None-Match: *` of a PUT is")
    copy_if_match: bool = _column("`x-amz-copy-source-if-match` is")
    copy_keeps_tags: bool = _column(
        "tags survive when an object is copied onto itself"
    )
    content_md5: bool = _column("a wrong `Content-MD5` is refused")
    etag_is_md5: bool = _column(
        "the ETag of an object sent in one request is its MD5"
    )
    list_encoding: bool = _column("`encoding-type=url` of a LIST is honoured")
    addressing: str = _column(
        "what `addressing: auto` amounts to", "path", "virtual"
    )
    checksum_required: bool = _column(
        "a PUT without the SDK's checksum is refused"
    )
    forbidden_in_keys: str = _column("characters that no key may have")
    keys_are_paths: bool = _column(
        "keys are taken for paths: empty, `.` and `..` folders are not kept"
    )
    versioning: bool = _column("buckets can keep versions of objects")
    renames_underscore: bool = _column(
        "`_` in a name of metadata comes back as `-`"
    )


COLUMNS: Mapping[str, Field[Any]] = {
    column.name: column for column in fields(Capabilities)
}


def overrides(given: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """Return what a site says of itself, as pairs in the columns' order.

    Raises ValueError for what is no column, or no value of one.
    """
    for name, value in given.items():
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{name}: no such capability{hint}")
        expected = expected_of(COLUMNS[name])
        if not fits(COLUMNS[name], value):
            raise ValueError(f"{name}: expected {expected}")
    return tuple((name, given[name]) for name in COLUMNS if name in given)


def fits(column: Field[Any], value: object) -> bool:
    """Tell whether a column can have this value."""
    if column.type is bool:
        return isinstance(value, bool)
    if column.type is str:
        choices = column.metadata["choices"]
        return isinstance(value, str) and (not choices or value in choices)
    if value is None:
        return column.type is not int
    return isinstance(value, int) and value is not True and value > 0


def expected_of(column: Field[Any]) -> str:
    """Return what a column's values are, for people."""
    if column.type is bool:
        return "true or false"
    if column.type is int:
        return "a whole number of 1 or more"
    if column.type is str:
        choices = column.metadata["choices"]
        return " or ".join(f'"{text}"' for text in choices) or "a string"
    return "a whole number of 1 or more, or null for no limit of ours"
