# SPDX-License-Identifier: Apache-2.0
"""Whatever happens in whatever order: is the copy right in the end?"""

import logging
import tempfile
import unittest
from pathlib import Path

from s3_sync.saio.layout import fastest_folder
from test.unit.s3_sync.daemon.chances import Chances

SEEDS = 300
STEPS = 60


class ChancesTest(unittest.TestCase):
    def setUp(self):
        logging.getLogger("s3_sync").setLevel(logging.CRITICAL + 1)
        self.addCleanup(logging.getLogger("s3_sync").setLevel, logging.NOTSET)

    def _live(self, seed, folder):
        chances = Chances(seed, Path(folder))
        self.addCleanup(chances.it.journal.close)
        for _ in range(STEPS):
            chances.step()
        chances.come_to_rest()
        return chances

    def test_the_remote_equals_swift_and_each_row_ended_once(self):
        for seed in range(SEEDS):
            with (
                self.subTest(seed=seed),
                tempfile.TemporaryDirectory(dir=fastest_folder()) as folder,
            ):
                chances = self._live(seed, folder)
                self.assertEqual([], chances.differences())
                self.assertEqual([], chances.overlaps)
                self.assertLessEqual(set(chances.told.values()), {1})
                self.assertEqual(0, chances.it.swift.opened)
                chances.it.journal.close()


if __name__ == "__main__":
    unittest.main()
