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

    def test_probes_in_vain_grow_rarer_up_to_a_minute(self):
        pause = Pause()
        pause.begin("down", 0.0)
        waits = []
        for _ in range(10):
            pause.probed_in_vain("still down", 100.0, 0)
            waits.append(pause.next_probe - 100.0)
        self.assertEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60], waits)
        self.assertEqual((60.0, "still down"), (LONGEST, pause.reason))
        self.assertEqual(0.0, pause.since)

    def test_jitter_takes_up_to_half_of_the_wait(self):
        pause = Pause()
        pause.begin("down", 0.0)
        pause.probed_in_vain("down", 100.0, 1)
        self.assertEqual(100.5, pause.next_probe)

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
