# SPDX-License-Identifier: Apache-2.0
"""Is most of what a site allows used, and hardly anything refused?"""

import unittest

from s3_sync.model.pace import FORGET, LEAST, Pace
from test.doubles.limited_site import (
    START,
    FixedWindow,
    LimitedSite,
    TokenBucket,
)

LIMITERS = {
    "fixed window": lambda: FixedWindow(100),
    "token bucket, burst 100": lambda: TokenBucket(100, 100),
    "token bucket, burst 10": lambda: TokenBucket(100, 10),
    "token bucket, burst 1000": lambda: TokenBucket(100, 1000),
}


class LimitedTest(unittest.TestCase):
    """A site that allows 100 requests a second."""

    def _figures(self, limiter, since, until, **how):
        site = LimitedSite(limiter, **how).run(until)
        return site.figures(since, until)

    def test_nine_tenths_are_used_and_a_twentieth_refused(self):
        for name, limiter in LIMITERS.items():
            for processes in (1, 2):
                for latency in (0.005, 0.05, 0.2):
                    useful, refused = self._figures(
                        limiter(), 15, 40, processes=processes, latency=latency
                    )
                    told = f"{name}, {processes} processes, {latency} s"
                    print(  # noqa: T201  the figures are asked for
                        f"{told}: {useful:.1f}/s useful, {refused:.1%} refused"
                    )
                    self.assertGreaterEqual(useful, 90, told)
                    self.assertLessEqual(refused, 0.05, told)

    def test_so_it_is_from_the_start_but_for_the_first_burst(self):
        for name in ("fixed window", "token bucket, burst 100"):
            with self.subTest(name):
                useful, refused = self._figures(LIMITERS[name](), 0, 30)
                print(  # noqa: T201
                    f"{name}, from the first request on:"
                    f" {useful:.1f}/s useful, {refused:.1%} refused"
                )
                self.assertGreaterEqual(useful, 90)
                self.assertLessEqual(refused, 0.05)

    def test_few_or_many_a_second_are_found_out_too(self):
        for rate, most_refused in ((5, 0.08), (20, 0.05), (500, 0.01)):
            with self.subTest(rate):
                limiter = TokenBucket(rate, rate)
                useful, refused = self._figures(limiter, 20, 50, latency=0.01)
                self.assertGreaterEqual(useful, 0.9 * rate)
                self.assertLessEqual(refused, most_refused)

    def test_a_limit_that_rises_is_noticed(self):
        site = LimitedSite(TokenBucket(50, 50)).run(20)
        site.limiter = TokenBucket(200, 200)
        site.run(60)
        useful, _ = site.figures(45, 60)
        self.assertGreater(useful, 170)

    def test_a_limit_that_falls_is_noticed(self):
        site = LimitedSite(TokenBucket(200, 200)).run(20)
        site.limiter = TokenBucket(50, 50)
        site.run(60)
        useful, refused = site.figures(40, 60)
        self.assertGreater(useful, 45)
        self.assertLess(refused, 0.05)

    def test_a_site_that_took_nothing_for_a_while_is_soon_back_at_work(self):
        site = LimitedSite(TokenBucket(100, 100)).run(20)
        site.limiter = TokenBucket(0, 0)
        site.run(40)
        refused = len([at for at in site.refused if at > START + 21])
        self.assertLess(refused, 60)
        site.limiter = TokenBucket(100, 100)
        site.run(60)
        useful, _ = site.figures(44, 60)
        self.assertGreater(useful, 90)

    def test_without_a_refusal_there_is_no_limit(self):
        site = LimitedSite(TokenBucket(1e6, 1e6), latency=0.01).run(2)
        self.assertEqual(0, site.pace.rate)
        self.assertGreater(len(site.served), 2 * 64 / 0.02)

    def test_the_site_is_left_alone_for_as_long_as_it_says(self):
        site = LimitedSite(TokenBucket(100, 100), retry_after=5.0).run(12)
        first = site.refused[0]
        late = [at for at in site.sent if first < at < first + 5]
        self.assertEqual([], late)


class PaceTest(unittest.TestCase):
    def cut(self, accepted=100):
        """Return the pace after `accepted` answers and one refusal."""
        pace = Pace()
        for _ in range(accepted):
            pace = pace.accepted(START)
        return pace.refused(START, START + 0.5, None)

    def test_a_refusal_halves_it(self):
        self.assertEqual(50, self.cut().rate)

    def test_what_was_under_way_by_then_does_not_halve_it_again(self):
        pace = self.cut()
        for number in range(64):
            at = START + 0.5 + number / 1000
            pace = pace.refused(START + 0.4, at, None)
        self.assertEqual(50, pace.rate)

    def test_it_never_stands_still(self):
        pace = self.cut(0)
        for second in range(1, 100):
            at = START + 2 * second
            pace = pace.refused(at - 0.1, at, None)
            self.assertGreaterEqual(pace.rate, LEAST)
            self.assertLessEqual(pace.wait(at), 2)

    def test_it_is_known_for_how_long_nothing_was_taken(self):
        self.assertEqual(0, Pace().refuses_since(START))
        pace = self.cut()
        pace = pace.refused(START + 5, START + 6, None)
        self.assertEqual(9.5, pace.refuses_since(START + 10))
        pace = pace.accepted(START + 10)
        self.assertEqual(0, pace.refuses_since(START + 11))

    def test_an_old_refusal_is_forgotten(self):
        pace = self.cut()
        soon, late = START + 10, START + FORGET + 1
        self.assertGreater(pace.sent(soon).rate, 0)
        self.assertEqual(Pace(), pace.sent(late))

    def test_an_idle_site_saves_nothing_up(self):
        pace = self.cut()
        later, at_once = START + 100, 0
        while pace.wait(later) <= 0:
            pace = pace.sent(later)
            at_once += 1
        self.assertLessEqual(at_once, 7)

    def test_it_does_not_grow_while_nobody_has_to_wait(self):
        pace = self.cut()
        for second in range(1, 200):
            pace = pace.sent(START + 2 * second)
        self.assertEqual(50, pace.rate)
