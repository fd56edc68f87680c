# SPDX-License-Identifier: Apache-2.0
"""Can a row that was found be relied upon by whoever handles it?"""

import dataclasses
import unittest

from container_crawler.handler import EVERY_CONTAINER, Found, Target


class FoundTest(unittest.TestCase):
    def test_nobody_changes_what_was_found(self):
        found = Found(None, {"name": "a"}, verify=True, existed=False)
        with self.assertRaises(dataclasses.FrozenInstanceError):
            found.verify = False

    def test_targets_are_told_apart_by_account_and_container(self):
        targets = {
            Target("a", "c"),
            Target("a", EVERY_CONTAINER),
            Target("b", "c"),
            Target("a", "c"),
        }
        self.assertEqual(3, len(targets))
