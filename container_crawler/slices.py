# SPDX-License-Identifier: Apache-2.0
"""Which of several daemons handles an object?"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Slice:
    """One process's share of a container's names.

    `ordinal` is the node's index among the `nodes` primaries of the
    container's partition. The name decides, not the ROWID: replicas of one
    database number their rows differently.
    """

    ordinal: int = 0
    nodes: int = 1
    process: int = 0
    processes: int = 1

    @property
    def slicing(self) -> tuple[int, int, int]:
        """What this node's other slices have in common with this one."""
        return self.ordinal, self.nodes, self.processes

    def owns(self, name: str) -> bool:
        """Tell whether this process handles the row first."""
        node, process = self._place(name)
        return node == self.ordinal and process == self.process

    def verifies(self, name: str) -> bool:
        """Tell whether this process checks what another node did."""
        node, process = self._place(name)
        return node != self.ordinal and process == self.process

    def acts_on(self, name: str) -> bool:
        """Tell whether, of its node's processes, this one acts on a name."""
        return self._place(name)[1] == self.process

    def _place(self, name: str) -> tuple[int, int]:
        digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        number = int(digest[-6:], 16)
        return number % self.nodes, number // self.nodes % self.processes
