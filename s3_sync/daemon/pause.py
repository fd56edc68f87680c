# SPDX-License-Identifier: Apache-2.0
"""When is a site that failed asked again?"""

from dataclasses import dataclass

from s3_sync.replication.backoff import backoff

LONGEST = 60.0
"""Seconds between two probes."""


@dataclass
class Pause:
    """A rule's pause while its site, or the journal, is out of order.

    Times in seconds since the epoch. The first probe is due at once: often
    only a connection was lost. Pauses that follow each other without any
    success between them are longer each time.
    """

    reason: str | None = None
    since: float = 0.0
    probes: int = 0
    fruitless: int = 0
    next_probe: float = 0.0

    @property
    def active(self) -> bool:
        """Whether the rule waits."""
        return self.reason is not None

    def begin(self, reason: str, now: float) -> bool:
        """Start to wait; False: it waits already."""
        if self.active:
            return False
        self.reason, self.since = reason, now
        self.probes = 0
        wait = backoff(self.fruitless, 0, LONGEST) if self.fruitless else 0
        self.next_probe = now + wait
        self.fruitless += 1
        return True

    def succeeded(self) -> None:
        """Note that the site did what it was asked."""
        self.fruitless = 0

    def probed_in_vain(self, reason: str, now: float, jitter: float) -> None:
        """Wait longer for the next probe; `jitter` is 0 … 1."""
        self.reason = reason
        self.probes += 1
        self.next_probe = now + backoff(self.probes, jitter, LONGEST)

    def end(self) -> None:
        """Go on."""
        self.reason = None
