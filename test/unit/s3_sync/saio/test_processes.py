# SPDX-License-Identifier: Apache-2.0
"""Are children started, understood and ended?"""

import json
import socket
import sys
import tempfile
import unittest
from pathlib import Path

from s3_sync.saio.layout import PROXY, Plan, SaioError
from s3_sync.saio.processes import (
    first_line,
    spawn,
    spawn_servers,
    stop,
    up_command,
)


class ProcessesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.log = self.folder / "log"

    def spawn(self, code):
        child = spawn([sys.executable, "-c", code], self.log)
        self.addCleanup(stop, child, 0)
        return child

    def test_a_child_tells_when_it_is_ready(self):
        child = self.spawn("print('re' + 'ady', flush=True); input()")
        self.assertEqual("ready\n", first_line(child, self.log))

    def test_a_child_that_dies_is_reported_with_its_last_words(self):
        child = self.spawn("import sys; sys.exit('no disk')")
        with self.assertRaisesRegex(SaioError, "no disk"):
            first_line(child, self.log)

    def test_a_child_that_dies_in_silence_is_reported_as_well(self):
        child = self.spawn("raise SystemExit(3)")
        with self.assertRaisesRegex(SaioError, "ended, and says nothing"):
            first_line(child, self.log)

    def test_a_child_ends_when_its_lifeline_is_cut(self):
        child = self.spawn("import sys; sys.stdin.read(); sys.exit(7)")
        stop(child)
        self.assertEqual(7, child.returncode)

    def test_a_child_that_does_not_care_is_killed(self):
        code = "import signal; print(flush=True); signal.pause()"
        child = self.spawn(code)
        first_line(child, self.log)
        stop(child, 0.1)
        self.assertEqual(-9, child.returncode)

    def test_a_child_is_stopped_twice_without_harm(self):
        child = self.spawn("input()")
        stop(child)
        stop(child)
        self.assertIsNotNone(child.returncode)

    def test_the_starter_keeps_no_copy_of_the_sockets(self):
        listener = socket.socket()
        child = spawn_servers(self.folder, self.log, {PROXY: listener})
        self.addCleanup(stop, child, 0)
        self.assertEqual(-1, listener.fileno())

    def test_the_command_carries_the_plan(self):
        command = up_command(Plan(Path("/x"), nodes=2), "--json")
        self.assertEqual([sys.executable, "-m"], command[:2])
        self.assertEqual(2, json.loads(command[3])["nodes"])
        self.assertEqual("--json", command[4])
