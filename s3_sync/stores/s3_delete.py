# SPDX-License-Identifier: Apache-2.0
"""How are many keys deleted with few requests?"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol
from xml.sax.saxutils import escape

from s3_sync.errors import (
    LimitExceeded,
    NotFound,
    Refused,
    SiteUnavailable,
    StoreError,
)
from s3_sync.model.capabilities import Capabilities
from s3_sync.model.keys import Keys
from s3_sync.stores.s3_errors import error_for

_ELEMENT_BYTES = len("<Object><Key></Key></Object>")
_REFERENCES = {"\r": "&#xD;", "\n": "&#xA;", "\t": "&#x9;"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MANIFESTS_LISTED = 1000
_MANIFESTS_SECONDS = 60.0

_ABSENT = (NotFound, LimitExceeded)
"""What a site cannot have is not there either."""

Outcome = tuple[str, StoreError | None]


class Bucket(Protocol):
    """What is needed of a bucket here."""

    label: str
    can: Capabilities
    clock: Callable[[], float]

    def call(
        self, operation: str, name: str, *, size: int = 0, **parameters: Any
    ) -> Any:
        """Send one request."""
        ...

    def list(self, prefix: str, limit: int) -> tuple[list[str], bool]:
        """Return the first keys under `prefix`; True: there are more."""
        ...


class Manifests:
    """Which manifest copies there are for the objects of one container.

    Asked with one LIST a minute, so that deletes name only keys that
    exist: in a versioned bucket each other one would leave a delete marker.
    """

    def __init__(self, bucket: Bucket, keys: Keys) -> None:
        self._bucket = bucket
        self._prefix = keys.manifest_prefix
        self._known: frozenset[str] = frozenset()
        self._more = True
        self._listed_at = float("-inf")

    def may_have(self, key: str) -> bool:
        """Tell whether the manifest `key` may exist."""
        now = self._bucket.clock()
        if now - self._listed_at > _MANIFESTS_SECONDS:
            keys, self._more = self._bucket.list(
                self._prefix, _MANIFESTS_LISTED
            )
            self._known = frozenset(keys)
            self._listed_at = now
        return self._more or key in self._known


def delete_keys(bucket: Bucket, keys: Sequence[str]) -> Iterator[Outcome]:
    """Delete keys and tell of each how it went.

    Raises SiteUnavailable; what was not told of then may be deleted or not.
    """
    odd = [key for key in keys if _NOT_XML.search(key)]
    for key in odd:
        yield _delete_one(bucket, key)
    can = bucket.can
    for batch in _batches(sorted(set(keys).difference(odd)), can):
        yield from _delete_batch(bucket, batch)


def _batches(keys: Sequence[str], can: Capabilities) -> Iterator[list[str]]:
    most_keys = can.max_delete_keys if can.multi_delete else 1
    most_bytes = can.max_delete_bytes
    batch: list[str] = []
    size = 0
    for key in keys:
        added = len(escape(key, _REFERENCES).encode()) + _ELEMENT_BYTES
        if batch and (len(batch) == most_keys or size + added > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += added
    if batch:
        yield batch


def _delete_batch(bucket: Bucket, keys: list[str]) -> Iterator[Outcome]:
    if len(keys) == 1:
        yield _delete_one(bucket, keys[0])
        return
    try:
        answer = bucket.call(
            "delete_objects",
            "",
            Delete={"Objects": [{"Key": key} for key in keys]},
        )
    except SiteUnavailable:
        raise
    except StoreError:  # one key can spoil a batch: find out which
        middle = len(keys) // 2
        yield from _delete_batch(bucket, keys[:middle])
        yield from _delete_batch(bucket, keys[middle:])
        return
    yield from _read_outcomes(bucket, keys, answer)


def _delete_one(bucket: Bucket, key: str) -> Outcome:
    try:
        bucket.call("delete_object", key, Key=key)
    except _ABSENT:
        return key, None
    except SiteUnavailable:
        raise
    except StoreError as error:
        return key, error
    return key, None


def _read_outcomes(
    bucket: Bucket, keys: list[str], answer: dict[str, Any]
) -> Iterator[Outcome]:
    refused = {
        entry.get("Key", ""): _error(bucket, entry)
        for entry in answer.get("Errors", [])
    }
    told = len(answer.get("Deleted", [])) + len(refused)
    for key in keys:
        error = refused.get(key)
        if isinstance(error, SiteUnavailable):
            raise error
        if error is None and told < len(keys):
            error = Refused(
                bucket.label, "delete_objects", key, "not in the answer"
            )
        yield key, None if isinstance(error, _ABSENT) else error


def _error(bucket: Bucket, entry: dict[str, str]) -> StoreError:
    code = entry.get("Code", "")
    return error_for(code, 0)(
        bucket.label,
        "delete_objects",
        entry.get("Key", ""),
        f"{code}: {entry.get('Message', '')}",
    )
