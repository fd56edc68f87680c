# SPDX-License-Identifier: Apache-2.0
"""How many requests a second does a site take?

Nobody says, so it is found out: a refusal halves the pace, and without one
it grows. That alone would use three quarters of what is allowed. So it is
remembered which pace was refused: within a second the next one is back just
below that, and from there it grows by one request a second. As long as
nothing was ever refused there is no limit at all.
"""

import math
from dataclasses import dataclass, replace

LEAST = 1.0
"""Requests a second; a site that takes none is asked that often."""

LULL = 1.0
"""Seconds from a cut to the next, and for the way back. Many servers count
by the second: what comes before it is over is refused for what was sent in
it before, and says nothing of the pace after the cut."""

HOLD = 0.1
"""Seconds of silence, at first, when that happens."""

JUST_BELOW = 0.97
"""Of what was refused: where the pace returns to."""

NEARLY = 0.85
"""A pace that is refused, once it is about right, is not farther off."""

BEYOND = 1.03
"""Of what was refused: from here on it is no limit any more, and the pace
grows the faster the farther it is away."""

STEEP = 0.5
GUESS_STEEP = 1.0
GUESS_STEP = 0.05
BLIND = 1.0
"""The most by which a pace grows in a second; the part of it."""

FORGET = 600.0
"""Seconds without a refusal after which there is no limit any more."""

SLACK = 0.1
"""Seconds by which a sender may be late without losing its turn."""

_LONGEST_STEP = 1.0


@dataclass(frozen=True)
class Pace:
    """The pace of requests to one site; times in seconds of one clock."""

    rate: float = 0.0
    """Requests a second; 0: as many as there are."""
    refused_rate: float = 0.0
    """The pace that was refused last; 0: not known."""
    guess: float = 0.0
    """1: that is how many went through before the first refusal of all."""
    cut_rate: float = 0.0
    """The pace to which the last refusal brought it down."""
    cut_at: float = 0.0
    refused_at: float = 0.0
    accepted_at: float = 0.0
    refused_since: float = 0.0
    """Since when nothing was accepted; 0: the last answer was."""
    free_at: float = 0.0
    """When the next request may be sent."""
    closed_until: float = 0.0
    """Before then nothing may be sent at all."""
    grown_at: float = 0.0
    second: float = 0.0
    """When the present second of counting began."""
    count: float = 0.0
    """What was accepted in it."""
    count_before: float = 0.0
    """What was accepted in the second before it."""

    def wait(self, now: float) -> float:
        """Return the seconds until a request may be sent; ≤ 0: it may."""
        if not self.rate:
            return 0.0
        return max(self.free_at, self.closed_until) - now

    def sent(self, now: float) -> "Pace":
        """Note that a request is sent, whose `wait` is over."""
        if not self.rate:
            return self
        if now - self.refused_at > FORGET:
            return Pace()
        grown = self._grown(now)
        # An idle site saves up no more than what makes up for lateness.
        free_at = max(self.free_at, now - SLACK) + 1 / grown.rate
        return replace(grown, free_at=free_at)

    def accepted(self, now: float) -> "Pace":
        """Note that the site did not mind a request."""
        counted = self._counted(now)
        return replace(
            counted,
            count=counted.count + 1,
            accepted_at=now,
            refused_since=0.0,
        )

    def refused(
        self, sent_at: float, now: float, retry_after: float | None
    ) -> "Pace":
        """Note that the site refused a request that was sent at `sent_at`.

        `retry_after`: seconds that it wants to be left alone, if it says.
        """
        pace = replace(
            self._counted(now),
            refused_at=now,
            refused_since=self.refused_since or now,
        ).closed(now + (retry_after or 0.0))
        if self.rate and sent_at <= self.cut_at:
            return pace  # it was sent at the pace that was cut already
        lull_end = self.cut_at + LULL
        if self.rate and now < lull_end:
            silence = max(HOLD, now - self.cut_at)
            return pace.closed(min(lull_end, now + silence))
        return pace._cut(now)

    def closed(self, until: float) -> "Pace":
        """Return the pace when nothing may be sent before `until`."""
        return replace(self, closed_until=max(self.closed_until, until))

    def refuses_since(self, now: float) -> float:
        """Return for how many seconds each answer has been a refusal."""
        return now - self.refused_since if self.refused_since else 0.0

    def _cut(self, now: float) -> "Pace":
        accepted = self._accepted_rate(now)
        refused_rate = accepted
        if self.rate:
            # Less was accepted than was sent, or this process stood still.
            refused_rate = math.sqrt(self.rate * min(self.rate, accepted))
            if not self.guess:
                refused_rate = max(refused_rate, NEARLY * self.rate)
        if self.accepted_at <= self.cut_at:  # it takes nothing at any pace
            refused_rate = self.refused_rate
        cut = max(LEAST, min(self.rate, refused_rate) / 2)
        if not self.rate:
            cut = max(LEAST, accepted / 2)
        return replace(
            self,
            rate=cut,
            refused_rate=refused_rate,
            guess=float(not self.rate),
            cut_rate=cut,
            cut_at=now,
            grown_at=now,
            free_at=max(self.free_at, now) + 1 / cut,
        )

    def _grown(self, now: float) -> "Pace":
        """Grow for the time since the last request, if this one waited."""
        elapsed = min(now - self.grown_at, _LONGEST_STEP)
        waited = now - self.free_at <= SLACK
        if elapsed <= 0 or not waited or self.refused_since:
            return replace(self, grown_at=now)
        return replace(self, rate=self._rate_after(elapsed), grown_at=now)

    def _rate_after(self, elapsed: float) -> float:
        if not self.refused_rate:
            return self.rate * (1 + BLIND * elapsed)
        target = self.refused_rate * JUST_BELOW
        if self.rate < target:
            return self._climbed(target, elapsed)
        return self.rate + self._step() * elapsed

    def _climbed(self, target: float, elapsed: float) -> float:
        """Climb towards `target`: fast far from it, slowly near it."""
        depth = target - min(self.cut_rate, self.rate)
        left = math.pow((target - self.rate) / depth, 1 / 3)
        return target - depth * math.pow(max(0.0, left - elapsed / LULL), 3)

    def _step(self) -> float:
        """Return by how much the pace grows in a second near its limit."""
        above = self.rate / self.refused_rate
        if self.guess:
            steep = GUESS_STEEP * (above - JUST_BELOW) * above
            return self.rate * min(BLIND, GUESS_STEP + steep)
        step = min(1.0, self.rate / 100)
        if above > BEYOND:
            step += self.rate * min(BLIND, STEEP * (above - BEYOND))
        return step

    def _counted(self, now: float) -> "Pace":
        """Begin another second of counting, if this one is over."""
        past = now - self.second
        if 0 <= past < 1:
            return self
        follows = 1 <= past < 2
        return replace(
            self,
            second=self.second + 1 if follows else now,
            count=0.0,
            count_before=self.count if follows else 0.0,
        )

    def _accepted_rate(self, now: float) -> float:
        """Return how many were accepted in the second until now."""
        return self.count + self.count_before * (1 - (now - self.second))
