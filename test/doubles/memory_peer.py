# SPDX-License-Identifier: Apache-2.0
"""What would another Swift be that has no network between it and us?"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from s3_sync.errors import Conflict, StoreError
from s3_sync.model.decide import Seen
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.timestamps import Timestamp
from s3_sync.stores.base import Body
from test.doubles.memory_store import Held
from test.doubles.rules import an_info


class MemoryPeer:
    """A container of another Swift; `requests` says what was asked of it.

    `before` is called with each operation and name before it has an effect.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Held] = {}
        self.requests: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda *_: None
        self.known_as: str | None = "their-container"
        self.account_known_as: str | None = "their-account"

    def write(
        self, name: str, content: bytes, at: float, **said: object
    ) -> None:
        """Write an object as a user does: without marks."""
        time = Timestamp.at(at)
        info = an_info(content, stamps=None, written=time, **said)
        self.objects[name] = Held(content, info)

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
        content = body.read()
        self._arrive("PUT", name)
        if seen and seen.info is None and name in self.objects:
            raise Conflict("memory", "PUT", name, "412")
        self.objects[name] = Held(content, info)

    def post(
        self, name: str, info: ObjectInfo, *, seen: Seen | None = None
    ) -> None:
        self._arrive("POST", name)
        held = self.objects[name]
        kept = replace(info, size=held.info.size)
        self.objects[name] = Held(held.content, kept)

    def delete(self, names: Iterable[str]) -> Mapping[str, StoreError | None]:
        for name in names:
            self.objects.pop(name, None)
        return dict.fromkeys(names)

    def is_empty(self) -> bool:
        return not self.objects

    def keeps_versions(self) -> bool:
        return False

    def id(self) -> str | None:
        self._arrive("ID", "")
        return self.known_as

    def account_id(self) -> str | None:
        return self.account_known_as

    def _arrive(self, operation: str, name: str) -> None:
        self.requests.append((operation, name))
        self.before(operation, name)

    @property
    def asked(self) -> Counter[str]:
        """How many requests about objects there were of each kind."""
        return Counter(method for method, name in self.requests if name)
