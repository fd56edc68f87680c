# SPDX-License-Identifier: Apache-2.0
"""When is a site that failed asked again?"""

from dataclasses import dataclass

from s3_sync.replication.backoff import backoff

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds between two probes."""

PART = 1 / 8
"""Of the time that a site has been down, until the next probe: rows wait
for hardly longer than they had to."""

VAIN_PROBES = 3
VAIN_PAUSES = 6
"""Ones that follow each other without any success between them."""


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

    @property
    def hopeless(self) -> bool:
        """Whether one who cannot wait for ever has waited long enough."""
        return self.probes >= VAIN_PROBES or self.fruitless > VAIN_PAUSES

    def begin(
        self, reason: str, now: float, retry_after: float | None = None
    ) -> bool:
        """Start to wait; False: it waits already.

        `retry_after`: seconds that the site wants to be left alone.
        """
        if self.active:
            return False
        self.reason, self.since = reason, now
        self.probes = 0
        wait = backoff(self.fruitless, 0, LONGEST) if self.fruitless else 0
        self.next_probe = now + max(wait, retry_after or 0.0)
        self.fruitless += 1
        return True

    def succeeded(self) -> None:
        """Note that the site did what it was asked."""
        self.fruitless = 0

    def probed_in_vain(
        self,
        reason: str,
        now: float,
        jitter: float,
        retry_after: float | None = None,
    ) -> None:
        """Wait for the next probe, in proportion to the wait so far.

        `jitter`, 0 … 1, takes up to a quarter of it away.
        """
        self.reason = reason
        self.probes += 1
        wait = min(LONGEST, (now - self.since) * PART) * (1 - jitter / 4)
        self.next_probe = now + max(SHORTEST, wait, retry_after or 0.0)

    def end(self) -> None:
        """Go on."""
        self.reason = None
