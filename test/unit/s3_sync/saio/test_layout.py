# SPDX-License-Identifier: Apache-2.0
"""Is the folder of an all-in-one made, refused and described rightly?"""

import errno
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from s3_sync.saio.layout import (
    PROXY,
    TESTER,
    Plan,
    SaioError,
    Server,
    fastest_folder,
    make_folders,
    probe_xattrs,
)

NO_XATTRS = OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))


class PlanTest(unittest.TestCase):
    def test_a_plan_survives_json(self):
        plan = Plan(Path("/a folder"), 3, 2, 4, "pernode", 8080)
        self.assertEqual(plan, Plan.from_json(plan.to_json()))

    def test_every_node_is_one_process_and_the_proxy_another(self):
        processes = Plan(Path("/x"), nodes=2).processes()
        self.assertEqual({"proxy", "node1", "node2"}, set(processes))
        self.assertEqual((PROXY,), processes["proxy"])
        self.assertEqual(
            [
                "account-server-2",
                "container-server-2",
                "object-server-2",
            ],
            [server.name for server in processes["node2"]],
        )

    def test_every_node_has_an_address_of_its_own(self):
        self.assertEqual("127.0.0.1", PROXY.ip)
        self.assertEqual("127.0.0.3", Server("object", 3).ip)

    def test_a_login_is_account_and_name(self):
        self.assertEqual("test:tester", TESTER.login)


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=fastest_folder())
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def test_devices_lie_in_a_folder_without_anything_else(self):
        plan = Plan(self.root / "new", nodes=2)
        make_folders(plan)
        for node in (1, 2):
            self.assertEqual(["d1"], os.listdir(plan.devices(node)))

    def test_the_folder_of_an_earlier_run_is_taken_again(self):
        make_folders(Plan(self.root))
        kept = self.root / "node1/d1/kept"
        kept.touch()
        make_folders(Plan(self.root))
        self.assertTrue(kept.exists())

    def test_a_folder_with_other_things_is_refused_and_left_alone(self):
        (self.root / "letters").touch()
        with self.assertRaisesRegex(SaioError, "is not empty"):
            make_folders(Plan(self.root))
        self.assertEqual(["letters"], os.listdir(self.root))

    def test_a_file_system_without_xattrs_is_refused_with_advice(self):
        with (
            mock.patch("os.setxattr", side_effect=NO_XATTRS),
            self.assertRaisesRegex(SaioError, "not supported.*ext4, xfs"),
        ):
            make_folders(Plan(self.root))
        self.assertEqual([], os.listdir(self.root))

    def test_temporary_clusters_lie_where_xattrs_work(self):
        probe_xattrs(fastest_folder())

    def test_without_xattrs_in_memory_they_lie_with_other_temporary_files(
        self,
    ):
        with mock.patch("os.setxattr", side_effect=NO_XATTRS):
            self.assertEqual(Path(tempfile.gettempdir()), fastest_folder())
