# SPDX-License-Identifier: Apache-2.0
"""Do the servers end with their owner, and speak https where they say so?"""

import json
import os
import signal
import subprocess
import sys
import unittest
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import SSLError

from test.integration.daemon import wait_until
from test.integration.servers import (
    ROOT,
    end,
    folder,
    radosgw_over_https,
    real,
)
from test.servers import in_use


def children(pid):
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def ended(pids):
    """Tell whether none of the processes runs any more."""
    return not any(map(runs, pids))


def runs(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class EndTest(unittest.TestCase):
    def start(self, name):
        real(name)  # or skip
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-m", "test.servers", "run", name),
                str(folder() / f"{self.id()}-{name}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.addCleanup(end, keeper)
        self.assertIn("endpoint", json.loads(keeper.stdout.readline()))
        processes = children(keeper.pid)
        self.assertTrue(processes)
        return keeper, processes

    def test_a_server_ends_with_its_owner(self):
        for name in in_use():
            with self.subTest(name):
                keeper, processes = self.start(name)
                keeper.stdin.close()
                wait_until(lambda p=processes: ended(p), "the server's end")

    def test_a_killed_keeper_leaves_no_server_behind(self):
        for name in in_use():
            with self.subTest(name):
                keeper, processes = self.start(name)
                os.kill(keeper.pid, signal.SIGKILL)
                wait_until(lambda p=processes: ended(p), "the server's end")


class HttpsTest(unittest.TestCase):
    def list_buckets(self, server):
        client = server.client()
        self.addCleanup(client.close)
        return client.list_buckets()["Buckets"]

    def test_its_authority_vouches_for_a_server(self):
        self.assertIsInstance(self.list_buckets(radosgw_over_https()), list)

    def test_nobody_else_does(self):
        server = replace(radosgw_over_https(), ca_file="")
        with self.assertRaises(SSLError):
            self.list_buckets(server)
