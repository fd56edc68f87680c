# SPDX-License-Identifier: Apache-2.0
"""Does everybody get a turn, one at a time and in order?"""

import random
import unittest

from s3_sync.daemon.turns import Turns


class TurnsTest(unittest.TestCase):
    def setUp(self):
        self.turns = Turns()

    def test_the_first_has_the_turn_and_the_next_wait(self):
        self.assertTrue(self.turns.take("key", 1))
        self.assertFalse(self.turns.take("key", 2))
        self.assertTrue(self.turns.take("other", 3))

    def test_turns_are_passed_on_in_the_order_of_arrival(self):
        for task in range(4):
            self.turns.take("key", task)
        passed = [self.turns.pass_on("key") for _ in range(4)]
        self.assertEqual([1, 2, 3, None], passed)

    def test_a_turn_that_nobody_waits_for_is_free_again(self):
        self.turns.take("key", 1)
        self.assertTrue(self.turns.taken("key"))
        self.turns.pass_on("key")
        self.assertFalse(self.turns.taken("key"))
        self.assertTrue(self.turns.take("key", 2))

    def test_who_waits_is_told(self):
        self.assertEqual([], list(self.turns.waiting("key")))
        self.turns.take("key", 1)
        self.assertEqual([], list(self.turns.waiting("key")))
        self.turns.take("key", 2)
        self.turns.take("key", 3)
        self.assertEqual([2, 3], list(self.turns.waiting("key")))

    def test_whatever_the_order_all_get_one_turn(self):
        chance = random.Random(1)
        holders, seen = {}, []
        for task in range(500):
            key = chance.choice("abc")
            if self.turns.take(key, task):
                self.assertNotIn(key, holders)
                holders[key] = task
            if chance.random() < 0.6 and holders:
                key = chance.choice(sorted(holders))
                seen.append(holders.pop(key))
                following = self.turns.pass_on(key)
                if following is not None:
                    holders[key] = following
        for key in list(holders):
            task = holders[key]
            while task is not None:
                seen.append(task)
                task = self.turns.pass_on(key)
        self.assertEqual(list(range(500)), sorted(seen))
