# SPDX-License-Identifier: Apache-2.0
"""Does the benchmark run, and do the numbers that do not vary hold?"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCH = [sys.executable, "-m", "bench", "--quick"]
PARTS = ["--only", "small", "--only", "idle"]


class BenchTest(unittest.TestCase):
    def test_a_quick_run_meets_what_does_not_depend_on_the_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "figures.json"
            done = subprocess.run(
                [*BENCH, *PARTS, "--json", str(figures)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )

            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            measured = json.loads(figures.read_text())
            transfers = measured["transfers"]

        asked = {
            transfer["name"]: {
                kind: number
                for kind, number in transfer["remote"].items()
                if kind != "bytes"
            }
            for transfer in transfers
        }
        number = transfers[0]["operations"]
        once = {"VERSIONING": 1}  # each run asks the bucket
        self.assertEqual({"PUT": number, "LIST": 1} | once, asked["4 KiB"])
        self.assertEqual({"COPY": number} | once, asked["POST"])
        self.assertEqual(
            {"MULTI_DELETE": 1, "LIST": 1} | once, asked["DELETE"]
        )
        self.assertEqual(0, measured["idle"]["remote_requests"])
        self.assertGreater(measured["idle"]["polls"], 0)
        for transfer in transfers:
            with self.subTest(transfer["name"]):
                self.assertEqual(0, transfer["idle"]["remote_requests"])
