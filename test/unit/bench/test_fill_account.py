# SPDX-License-Identifier: Apache-2.0
"""Are databases made where Swift, and so the crawler, looks for them?"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from bench.fill_account import container_names
from s3_sync.saio.confs import conf_files
from s3_sync.saio.layout import Plan, make_folders

ROOT = Path(__file__).resolve().parents[3]
LOOK = """
import sys
from pathlib import Path
from container_crawler.swift_dir import use_swift_dir
swift_dir, devices = map(Path, sys.argv[1:])
use_swift_dir(swift_dir)
from container_crawler.container import Container
from container_crawler.placement import Placement
from swift.account.backend import AccountBroker
from swift.container.backend import ContainerBroker
placement = Placement(swift_dir, devices, "127.0.0.1")
for account in devices.glob("d1/accounts/*/*/*/*.db"):
    broker = AccountBroker(str(account))
    for entry in broker.list_containers_iter(99, "", None, None, None):
        name = entry[0]
        (replica,) = placement.replicas(Container("AUTH_x", name))
        found = ContainerBroker(str(replica.path)).get_info()
        print(found["account"], found["container"], name)
"""


class FillAccountTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.plan = Plan(Path(folder.name) / "swift", replicas=1)
        make_folders(self.plan)
        ports = dict.fromkeys(self.plan.servers(), 6200)
        for name, text in conf_files(self.plan, ports).items():
            (self.plan.swift_dir / name).write_text(text)
        self.run_python(
            "-c",
            "import sys; from pathlib import Path\n"
            "from container_crawler.swift_dir import use_swift_dir\n"
            "from s3_sync.saio.layout import Plan\n"
            "from s3_sync.saio.rings import write_rings\n"
            "plan = Plan.from_json(sys.argv[1])\n"
            "use_swift_dir(plan.swift_dir)\n"
            "ports = {server: 6200 for server in plan.servers()}\n"
            "write_rings(plan, ports)",
            self.plan.to_json(),
        )

    def run_python(self, *arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def test_the_crawler_finds_every_container_that_the_account_lists(self):
        swift_dir = str(self.plan.swift_dir)
        devices = str(self.plan.devices(1))
        fill = ("-m", "bench.fill_account", swift_dir, devices)
        self.run_python(*fill, "AUTH_x", "3")
        found = self.run_python("-c", LOOK, swift_dir, devices)
        self.assertEqual(
            [f"AUTH_x {name} {name}" for name in container_names(3)],
            found.splitlines(),
        )
