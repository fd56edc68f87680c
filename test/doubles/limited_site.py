# SPDX-License-Identifier: Apache-2.0
"""What would a site let pass that takes only so many requests a second?

Time is a number here, and goes by at once.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Protocol

from s3_sync.model.pace import Pace

START = 1000.0


class Limiter(Protocol):
    """Whether a request that arrives now is served."""

    def allows(self, now: float) -> bool: ...


class TokenBucket:
    """Lets `rate` a second pass, and `burst` at once after a rest."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, 0.0

    def allows(self, now: float) -> bool:
        gained = (now - self._at) * self._rate
        self._tokens = min(self._burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class FixedWindow:
    """Lets `rate` pass in each second of the clock."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._passed: Counter[int] = Counter()

    def allows(self, now: float) -> bool:
        second = int(now)
        if self._passed[second] >= self._rate:
            return False
        self._passed[second] += 1
        return True


class LimitedSite:
    """Workers of one node that send to a site as fast as their pace lets.

    In each of `processes` one of them waits for the site, and the others for
    their turn. Each entry of `served` and `refused` is the time of an answer.
    """

    def __init__(
        self,
        limiter: Limiter,
        *,
        workers: int = 64,
        processes: int = 1,
        latency: float = 0.02,
        seed: int = 1,
        retry_after: float | None = None,
    ) -> None:
        self.limiter = limiter
        self.pace = Pace()
        self.served: list[float] = []
        self.refused: list[float] = []
        self.sent: list[float] = []
        self._latency = latency
        self._retry_after = retry_after
        self._chance = random.Random(seed)
        self._order = count()
        self._events: list[tuple[float, int, Callable[..., None], tuple]] = []
        self._idle = [workers] * processes
        for process in range(processes):
            self._later(START, self._turn, process)

    def run(self, until: float) -> "LimitedSite":
        """Let time go by until so many seconds after the start."""
        while self._events and self._events[0][0] < START + until:
            now, _, happens, how = heapq.heappop(self._events)
            happens(now, *how)
        return self

    def figures(self, since: float, until: float) -> tuple[float, float]:
        """Return what was served a second, and which part was refused."""
        served, refused = (
            sum(START + since <= at < START + until for at in times)
            for times in (self.served, self.refused)
        )
        asked = max(1, served + refused)
        return served / (until - since), refused / asked

    def _later(self, at, happens, *how) -> None:
        heapq.heappush(self._events, (at, next(self._order), happens, how))

    def _half_way(self) -> float:
        return self._latency * self._chance.uniform(0.3, 0.7)

    def _turn(self, now, process) -> None:
        wait = self.pace.wait(now)
        if wait > 0:  # a thread is never quite on time
            late = self._chance.random() * 0.002
            self._later(now + wait + late, self._turn, process)
            return
        self.pace = self.pace.sent(now)
        self.sent.append(now)
        self._later(now + self._half_way(), self._arrive, process, now)
        self._idle[process] -= 1
        if self._idle[process]:
            self._later(now + 0.0001, self._turn, process)

    def _arrive(self, now, process, sent_at) -> None:
        ends = self._serve if self.limiter.allows(now) else self._refuse
        self._later(now + self._half_way(), ends, process, sent_at)

    def _serve(self, now, process, _) -> None:
        self.pace = self.pace.accepted(now)
        self.served.append(now)
        self._end(now, process)

    def _refuse(self, now, process, sent_at) -> None:
        self.pace = self.pace.refused(sent_at, now, self._retry_after)
        self.refused.append(now)
        self._end(now, process)

    def _end(self, now, process) -> None:
        self._idle[process] += 1
        if self._idle[process] == 1:
            self._later(now + 0.001, self._turn, process)
