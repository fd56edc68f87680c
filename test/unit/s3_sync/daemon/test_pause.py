# SPDX-License-Identifier: Apache-2.0
"""Is a site that failed asked again soon, and not too often?"""

import unittest

from s3_sync.daemon.pause import LONGEST, Pause


class PauseTest(unittest.TestCase):
    def test_nothing_waits_at_first(self):
        self.assertFalse(Pause().active)

    def test_the_first_probe_is_due_at_once(self):
        pause = Pause()
        self.assertTrue(pause.begin("down", 5.0))
        self.assertTrue(pause.active)
        self.assertEqual(("down", 5.0, 5.0), _shown(pause))

    def test_the_first_reason_and_time_stay(self):
        pause = Pause()
        pause.begin("down", 5.0)
        self.assertFalse(pause.begin("slow", 6.0))
        self.assertEqual(("down", 5.0, 5.0), _shown(pause))

    def test_probes_in_vain_wait_in_proportion_to_the_wait_so_far(self):
        pause = Pause()
        pause.begin("down", 1000.0)
        for down, expected in (
            (0, 1),
            (2, 1),
            (16, 2),
            (60, 7.5),
            (400, 50),
            (480, 60),
            (10_000, 60),
        ):
            with self.subTest(down=down):
                pause.probed_in_vain("still down", 1000.0 + down, 0)
                self.assertEqual(expected, pause.next_probe - 1000 - down)
        self.assertEqual((60.0, "still down"), (LONGEST, pause.reason))
        self.assertEqual(1000.0, pause.since)

    def test_jitter_takes_up_to_a_quarter_of_the_wait(self):
        pause = Pause()
        pause.begin("down", 0.0)
        pause.probed_in_vain("down", 80.0, 1)
        self.assertEqual(87.5, pause.next_probe)

    def test_a_site_that_was_down_for_a_minute_is_soon_asked_again(self):
        pause = Pause()
        pause.begin("down", 0.0)
        while pause.next_probe < 60:
            pause.probed_in_vain("down", pause.next_probe, 0)
        self.assertLess(pause.next_probe, 69)

    def test_a_site_that_wants_to_be_left_alone_is(self):
        pause = Pause()
        pause.begin("down", 100.0, retry_after=30.0)
        self.assertEqual(130.0, pause.next_probe)
        pause.probed_in_vain("down", 130.0, 0, retry_after=20.0)
        self.assertEqual(150.0, pause.next_probe)
        pause.probed_in_vain("down", 500.0, 0, retry_after=20.0)
        self.assertEqual(550.0, pause.next_probe)

    def test_three_probes_in_vain_are_enough_for_who_cannot_wait(self):
        pause = Pause()
        pause.begin("down", 0.0)
        for expected in (False, False, True):
            pause.probed_in_vain("down", 1.0, 0)
            self.assertIs(expected, pause.hopeless)

    def test_pauses_that_lead_nowhere_are_enough_too(self):
        pause = Pause()
        for _ in range(7):
            self.assertFalse(pause.hopeless)
            pause.begin("refused", 0.0)
            pause.end()
        self.assertTrue(pause.hopeless)
        pause.succeeded()
        self.assertFalse(pause.hopeless)

    def test_pauses_without_success_between_are_longer_each_time(self):
        pause = Pause()
        waits = []
        for began in (0.0, 100.0, 200.0, 300.0):
            pause.begin("down", began)
            waits.append(pause.next_probe - began)
            pause.end()
        self.assertEqual([0.0, 1.0, 2.0, 4.0], waits)

    def test_after_a_success_another_pause_starts_anew(self):
        pause = Pause()
        pause.begin("down", 0.0)
        pause.probed_in_vain("down", 1.0, 0)
        pause.end()
        self.assertFalse(pause.active)
        pause.succeeded()
        pause.begin("down again", 50.0)
        self.assertEqual(("down again", 50.0, 50.0), _shown(pause))
        self.assertEqual(0, pause.probes)


def _shown(pause):
    return pause.reason, pause.since, pause.next_probe
