# SPDX-License-Identifier: Apache-2.0
"""How long does a failed action wait for its next attempt?"""

LONGEST = 3600.0
"""Seconds."""


def backoff(attempts: int, jitter: float, longest: float = LONGEST) -> float:
    """Return seconds to wait after `attempts` failures: 1, 2, 4 … longest.

    `jitter`, 0 … 1, takes up to half of it away, so that what failed
    together does not come back together.
    """
    delay = min(longest, 2.0 ** min(attempts - 1, 32))
    return delay * (1 - jitter / 2)
