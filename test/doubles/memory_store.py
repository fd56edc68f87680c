# SPDX-License-Identifier: Apache-2.0
"""What would a store be that has no network between it and us?"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from s3_sync.errors import (
    Conflict,
    IntegrityError,
    NotFound,
    SiteUnavailable,
    StoreError,
)
from s3_sync.model.decide import Seen
from s3_sync.model.objects import ObjectInfo
from s3_sync.stores.base import Body

LABEL = "memory"
_PIECE = 65_536


@dataclass(frozen=True)
class Held:
    """One object as the store has it."""

    content: bytes
    info: ObjectInfo


class MemoryStore:
    """An ObjectStore; `requests` says what was asked of it.

    `before` is called with the operation and each name when a request has
    arrived, and before it has any effect. What it raises is the answer.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Held] = {}
        self.requests: list[tuple[str, tuple[str, ...]]] = []
        self.before: Callable[[str, str], None] = lambda *_: None
        self.versions = 0
        """How many writes there were."""
        self.versioned = False

    def head(self, name: str) -> ObjectInfo | None:
        self._arrive("HEAD", name)
        held = self.objects.get(name)
        return held.info if held else None

    def put(
        self,
        name: str,
        body: Body,
        info: ObjectInfo,
        *,
        seen: Seen | None = None,
    ) -> None:
        content = b"".join(iter(lambda: body.read(_PIECE), b""))
        self._arrive("PUT", name)
        self._check("put", name, seen)
        etag = hashlib.md5(content).hexdigest()
        if (etag, len(content)) != (info.etag, info.size):
            raise IntegrityError(LABEL, "put", name, f"received {etag}")
        self.objects[name] = Held(content, info)
        self.versions += 1

    def post(
        self, name: str, info: ObjectInfo, *, seen: Seen | None = None
    ) -> None:
        self._arrive("POST", name)
        held = self.objects.get(name)
        if held is None:
            raise NotFound(LABEL, "post", name, "it is not there")
        if held.info.etag != info.etag:
            raise Conflict(LABEL, "post", name, f"holds {held.info.etag}")
        kept = replace(info, size=held.info.size)
        self.objects[name] = Held(held.content, kept)
        self.versions += 1

    def delete(self, names: Iterable[str]) -> Mapping[str, StoreError | None]:
        names = tuple(names)
        if not names:
            return {}
        self.requests.append(("DELETE", names))
        return {name: self._delete(name) for name in names}

    def _delete(self, name: str) -> StoreError | None:
        try:
            self.before("DELETE", name)
        except SiteUnavailable:
            raise
        except StoreError as error:
            return error
        self.objects.pop(name, None)
        return None

    def is_empty(self) -> bool:
        self._arrive("LIST", "")
        return not self.objects

    def keeps_versions(self) -> bool:
        return self.versioned

    def _check(self, operation: str, name: str, seen: Seen | None) -> None:
        held = self.objects.get(name)
        if seen and seen.info != (held.info if held else None):
            raise Conflict(LABEL, operation, name, "it has changed")

    def _arrive(self, operation: str, name: str) -> None:
        self.requests.append((operation, (name,)))
        self.before(operation, name)

    @property
    def asked(self) -> Counter[str]:
        """How many requests of each kind there were."""
        return Counter(operation for operation, _ in self.requests)

    @property
    def contents(self) -> dict[str, bytes]:
        """What is held, by name."""
        return {name: held.content for name, held in self.objects.items()}
