# SPDX-License-Identifier: Apache-2.0
"""Does the demo show what it promises?"""

import subprocess
import unittest

from test.integration.daemon import COMMAND


class DemoTest(unittest.TestCase):
    def test_the_demo_ends_with_two_equal_sides(self):
        shown = subprocess.run(
            [*COMMAND, "demo"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

        self.assertEqual(0, shown.returncode, shown.stdout + shown.stderr)
        self.assertIn("Both sides are equal", shown.stdout)
        for operation in ("PUT", "POST", "DELETE"):
            self.assertIn(f"{operation} account=AUTH_test", shown.stdout)
