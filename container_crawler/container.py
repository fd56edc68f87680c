# SPDX-License-Identifier: Apache-2.0
"""Which container is meant?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Container:
    """A container by its account's and its own name."""

    account: str
    name: str

    def __str__(self) -> str:
        return f"{self.account}/{self.name}"
