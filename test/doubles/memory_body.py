# SPDX-License-Identifier: Apache-2.0
"""How does a body look that needs no network, but can break as one that does?

It reads once, front to back, and cannot be rewound.
"""

import io

from s3_sync.errors import StoreError


class MemoryBody:
    """A Body of bytes; `broken` is raised where they end, if it is given."""

    def __init__(self, content: bytes, broken: StoreError | None = None):
        self.error: StoreError | None = None
        self.closed = False
        self._content = io.BytesIO(content)
        self._broken = broken

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        if self._broken and (size < 0 or not piece):
            self.error = self._broken
            raise self._broken
        return piece

    def close(self) -> None:
        self.closed = True
