# SPDX-License-Identifier: Apache-2.0
"""Does a parallel run tell the truth about its tests?"""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = """
import os, signal, unittest

class Fine(unittest.TestCase):
    def test_a(self): print("not an answer")
    def test_b(self): self.skipTest("s3proxy: no Java here")
    @unittest.expectedFailure
    def test_c(self): self.fail()

class Bad(unittest.TestCase):
    def test_a(self):
        for n in range(3):
            with self.subTest(n): self.assertEqual(0, n)
    def test_b(self): pass

class Setup(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no disk")
    def test_a(self): pass

class Dies(unittest.TestCase):
    def test_a(self): os._exit(3)

class Hangs(unittest.TestCase):
    @unittest.skipUnless("PIDS" in os.environ, "only when it is killed")
    def test_a(self):
        with open(os.environ["PIDS"], "w") as file:
            print(os.getpid(), file=file)
        signal.pause()

class Hidden(unittest.TestCase):
    def test_a(self): raise RuntimeError(os.environ["PATH"] and "told")
"""


class ParallelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "cases.py").write_text(CASES)

    def command(self, *names):
        return [sys.executable, "-m", "test.parallel", "-j", "2", *names]

    def environment(self, **more):
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{self.folder}",
            "SWIFT_S3_SYNC_CACHE": str(self.folder / "cache"),
            "REQUIRE_SERVERS": "",
            **more,
        }

    def run_cases(self, *names, **environment):
        done = subprocess.run(
            self.command(*names),
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout.splitlines(), done

    def test_what_passes_and_what_is_skipped_is_no_failure(self):
        code, lines, _ = self.run_cases("cases.Fine")
        self.assertEqual(0, code)
        self.assertEqual("2 passed, 0 failed, 1 skipped", lines[-1])
        self.assertEqual("skipped: s3proxy: no Java here", lines[-2])

    def test_failures_of_all_kinds_are_counted_and_shown(self):
        code, lines, done = self.run_cases("cases")
        self.assertEqual(1, code)
        # a failed setUpClass and a dead process fail under their own names
        self.assertEqual("3 passed, 4 failed, 2 skipped", lines[-1])
        for text in ("no disk", "its process died", "told", "0 != 2"):
            with self.subTest(text):
                self.assertIn(text, done.stdout)

    def test_no_tests_at_all_are_a_failure(self):
        (self.folder / "empty.py").write_text("")
        code, lines, _ = self.run_cases("empty")
        self.assertEqual(1, code)
        self.assertEqual("0 passed, 0 failed, 0 skipped", lines[-1])

    def test_a_name_that_is_no_test_is_a_failure(self):
        code, _, done = self.run_cases("no.such.module")
        self.assertNotEqual(0, code, done.stdout)

    def test_a_required_server_that_is_missing_fails_the_run(self):
        code, lines, _ = self.run_cases(
            "cases.Fine",
            REQUIRE_SERVERS="s3proxy",
            PATH="/nowhere",
        )
        self.assertEqual(1, code)
        self.assertEqual(["failed: s3proxy: needs mvn to be fetched"], lines)

    def test_a_killed_run_leaves_no_process_behind(self):
        pids = self.folder / "pids"
        run = subprocess.Popen(
            self.command("cases.Hangs"),
            env=self.environment(PIDS=str(pids)),
            stdout=subprocess.DEVNULL,
        )
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        self.wait_until(lambda: pids.exists() and pids.read_text())
        worker = Path("/proc", pids.read_text().strip())
        run.kill()
        self.wait_until(lambda: not worker.exists())

    def wait_until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
