# SPDX-License-Identifier: Apache-2.0
"""Does a process end with its owner, and no earlier?"""

import signal
import subprocess
import sys
import unittest

WAIT = """
import subprocess, sys
from s3_sync.saio.lifeline import EndOfLife
children = []
def reap():
    if children and children[0].poll() is not None:
        print("reaped", flush=True)
        children.clear()
{patch}
end = EndOfLife(lifeline={lifeline}, on_child=reap)
print("up", flush=True)
children.append(subprocess.Popen(["true"]))
end.wait()
print("end", flush=True)
"""
PATCH = "from swift.common.utils import monkey_patch; monkey_patch()"
SECONDS = 20


class LifelineTest(unittest.TestCase):
    def start(self, lifeline, stdin, patch=""):
        code = WAIT.format(lifeline=lifeline, patch=patch)
        child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            stdin=stdin,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        self.assertEqual("up\n", child.stdout.readline())
        self.assertEqual("reaped\n", child.stdout.readline())
        return child

    def ends(self, child):
        output, _ = child.communicate(timeout=SECONDS)
        return output == "end\n" and child.returncode == 0

    def test_the_end_of_the_lifeline_ends_it(self):
        child = self.start(True, subprocess.PIPE)
        self.assertTrue(self.ends(child))

    def test_the_end_of_the_lifeline_ends_it_among_green_threads(self):
        child = self.start(True, subprocess.PIPE, patch=PATCH)
        self.assertTrue(self.ends(child))

    def test_what_is_written_into_the_lifeline_does_not_end_it(self):
        child = self.start(True, subprocess.PIPE)
        child.stdin.write("x")
        child.stdin.flush()
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(0.2)
        self.assertTrue(self.ends(child))

    def test_a_signal_ends_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for patch in ("", PATCH):
                with self.subTest(number=number, patch=patch):
                    child = self.start(True, subprocess.PIPE, patch)
                    child.send_signal(number)
                    child.wait(SECONDS)
                    self.assertTrue(self.ends(child))

    def test_without_a_lifeline_only_a_signal_ends_it(self):
        child = self.start(False, subprocess.DEVNULL)
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(0.2)
        child.terminate()
        self.assertTrue(self.ends(child))
