# SPDX-License-Identifier: Apache-2.0
"""How are many keys deleted with few requests?"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from xml.sax.saxutils import escape

from s3_sync.errors import (
    IntegrityError,
    LimitExceeded,
    NotFound,
    Refused,
    SiteUnavailable,
    StoreError,
    Throttled,
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

MOST_KEYS = 1000
"""S3's limit for one multi-delete; a site may have a lower one."""

_TELLING = (400, 405, 411, 413, 416, 501)
"""How sites answer a batch that is too large, or a batch at all."""

_NO_SUCH_THING = (405, 501)

_ENOUGH = 32
"""Keys that went well alone, but not in the smallest batches; none went
well together between. One odd key among few looks like that once."""


Outcome = tuple[str, StoreError | None]


class Site(Protocol):
    """What is needed of a site here."""

    @property
    def batches(self) -> "Batches":
        """What it takes in one multi-delete."""
        ...

    def refused(self) -> None:
        """Note that it asks for fewer requests."""
        ...


class Bucket(Protocol):
    """What is needed of a bucket here."""

    label: str
    can: Capabilities
    clock: Callable[[], float]

    @property
    def site(self) -> "Site":
        """What is known of the site."""
        ...

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


class Batches:
    """How many keys a site takes in one multi-delete, as far as is known.

    A batch can be refused for one odd key in it, for its size, or because
    the site has no multi-delete. What becomes of its parts tells which.
    """

    def __init__(self) -> None:
        self.most = MOST_KEYS
        self._doubtful = 0

    def were_taken(self) -> None:
        """Note that the site took a batch: it has multi-deletes."""
        self._doubtful = 0

    def were_refused(self, error: StoreError, parts: "Parts") -> None:
        """Learn from a batch that was refused, and from its parts."""
        if error.status not in _TELLING or isinstance(error, IntegrityError):
            return
        if parts.largest > 1:
            if parts.is_whole:  # each key is good: there were too many
                self.most = min(self.most, parts.largest)
        elif parts.singles > 1 and not parts.bad:
            self._doubtful += parts.singles
            if error.status in _NO_SUCH_THING or self._doubtful >= _ENOUGH:
                self.most = 1


@dataclass
class Parts:
    """What became of the parts of a batch that was refused."""

    largest: int = 0
    """Keys in the largest part that was taken."""
    singles: int = 0
    """Keys that were deleted alone."""
    bad: int = 0
    """Keys that could not be deleted at all."""
    refused: int = 0
    """Parts, of two keys or more, that were refused too."""

    @property
    def is_whole(self) -> bool:
        """Whether each half was taken as it was, as a batch."""
        return not (self.refused or self.bad or self.singles)


def delete_keys(bucket: Bucket, keys: Sequence[str]) -> Iterator[Outcome]:
    """Delete keys and tell of each how it went.

    Raises SiteUnavailable; what was not told of then may be deleted or not.
    """
    most = bucket.site.batches.most
    odd = [key for key in keys if most == 1 or _NOT_XML.search(key)]
    for key in odd:
        yield _delete_one(bucket, key)
    rest = sorted(set(keys).difference(odd))
    for batch in _batches(rest, most, bucket.can):
        yield from _delete_batch(bucket, batch, Parts())


def _batches(
    keys: Sequence[str], most: int, can: Capabilities
) -> Iterator[list[str]]:
    most_keys = min(most, can.max_delete_keys if can.multi_delete else 1)
    most_bytes = can.max_delete_bytes
    batch: list[str] = []
    size = 0
    for key in keys:
        added = len(escape(key, _REFERENCES).encode()) + _ELEMENT_BYTES
        if batch and (len(batch) >= most_keys or size + added > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += added
    if batch:
        yield batch


def _delete_batch(
    bucket: Bucket, keys: list[str], parts: Parts
) -> Iterator[Outcome]:
    """Delete keys together; `parts` says what becomes of what they are of."""
    if len(keys) == 1:
        outcome = _delete_one(bucket, keys[0])
        parts.singles += 1
        parts.bad += outcome[1] is not None
        yield outcome
        return
    try:
        answer = bucket.call(
            "delete_objects",
            "",
            Delete={"Objects": [{"Key": key} for key in keys]},
        )
    except Throttled as error:  # the others' outcomes must not be lost
        parts.bad += 1
        yield from ((key, error) for key in keys)
    except SiteUnavailable:
        raise
    except StoreError as error:  # one key can spoil a batch: find out which
        parts.refused += 1
        yield from _split(bucket, keys, error, parts)
    else:
        bucket.site.batches.were_taken()
        parts.largest = max(parts.largest, len(keys))
        yield from _read_outcomes(bucket, keys, answer)


def _split(
    bucket: Bucket, keys: list[str], error: StoreError, parts: Parts
) -> Iterator[Outcome]:
    halves = Parts()
    pieces = [keys[: len(keys) // 2], keys[len(keys) // 2 :]]
    if error.status in _NO_SUCH_THING or bucket.site.batches.most == 1:
        pieces = [[key] for key in keys]
    for piece in pieces:
        yield from _delete_batch(bucket, piece, halves)
    bucket.site.batches.were_refused(error, halves)
    parts.largest = max(parts.largest, halves.largest)
    parts.singles += halves.singles
    parts.bad += halves.bad
    parts.refused += halves.refused


def _delete_one(bucket: Bucket, key: str) -> Outcome:
    try:
        bucket.call("delete_object", key, Key=key)
    except _ABSENT:
        return key, None
    except Throttled as error:  # the others' outcomes must not be lost
        return key, error
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
    throttled = False
    for key in keys:
        error = refused.get(key)
        if isinstance(error, Throttled):
            throttled = True
        elif isinstance(error, SiteUnavailable):
            raise error
        if error is None and told < len(keys):
            error = Refused(
                bucket.label, "delete_objects", key, "not in the answer"
            )
        yield key, None if isinstance(error, _ABSENT) else error
    if throttled:
        bucket.site.refused()


def _error(bucket: Bucket, entry: dict[str, str]) -> StoreError:
    code = entry.get("Code", "")
    error = error_for(code, 0)(
        bucket.label,
        "delete_objects",
        entry.get("Key", ""),
        f"{code}: {entry.get('Message', '')}",
    )
    error.code = code
    return error
