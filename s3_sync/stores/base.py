# SPDX-License-Identifier: Apache-2.0
"""What can be asked of every store?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from s3_sync.errors import StoreError
from s3_sync.model.decide import Seen
from s3_sync.model.objects import ObjectInfo


class Body(Protocol):
    """An object's bytes, read once from front to back."""

    error: StoreError | None
    """Why reading failed, once it has."""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end.

        Raises StoreError, also when the object ends too early.
        """
        ...

    def close(self) -> None:
        """Give the connection back, read to the end or not."""
        ...


@dataclass(frozen=True)
class Reply:
    """An object as a store serves it; whoever gets it closes the body."""

    info: ObjectInfo
    body: Body
    large_object: str | None = None
    """The kind of manifest that this is, if it is one."""

    def close(self) -> None:
        """Close the body."""
        self.body.close()


class ObjectStore(Protocol):
    """The objects of one container. Every method raises StoreError.

    `seen` is what `head` answered just before; None: it was not asked. What
    is written then replaces that and nothing else, as far as the store can
    make sure of it; Conflict says that something else is there by now.
    """

    def head(self, name: str) -> ObjectInfo | None:
        """Describe an object; None: the store is sure that it has none."""
        ...

    def put(
        self,
        name: str,
        body: Body,
        info: ObjectInfo,
        *,
        seen: Seen | None = None,
    ) -> None:
        """Write an object; IntegrityError if the answer does not prove it."""
        ...

    def post(
        self, name: str, info: ObjectInfo, *, seen: Seen | None = None
    ) -> None:
        """Replace what is said of an object, its bytes untouched.

        Raises NotFound, or Conflict when the store holds other bytes than
        `info.etag`.
        """
        ...

    def delete(self, names: Iterable[str]) -> Mapping[str, StoreError | None]:
        """Delete objects; absent ones are no error.

        Each name's outcome is its own: None, or why it failed.
        """
        ...

    def is_empty(self) -> bool:
        """Tell whether the store certainly holds no object at all."""
        ...

    def keeps_versions(self) -> bool:
        """Tell whether each write may leave one more version behind."""
        ...
