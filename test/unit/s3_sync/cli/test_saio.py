# SPDX-License-Identifier: Apache-2.0
"""Does `saio up` hand on what it was asked for?"""

import os
import unittest
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

from s3_sync.cli.saio import saio
from s3_sync.saio.layout import Plan


def handed_on(*arguments):
    """Return the plan and the flags that the next program gets."""
    with mock.patch("os.execv") as execv:
        result = CliRunner().invoke(saio, ["up", *arguments])
    if result.exception:
        raise result.exception
    command = execv.call_args.args[1]
    return Plan.from_json(command[3]), command[4:]


class UpTest(unittest.TestCase):
    def test_by_default_it_is_one_process_with_one_node(self):
        plan, flags = handed_on("/c")
        self.assertEqual(Plan(Path("/c")), plan)
        self.assertEqual([], flags)

    def test_every_option_counts(self):
        plan, _ = handed_on(
            "/c",
            "--nodes=4",
            "--replicas=2",
            "--policies=3",
            "--port=8080",
            "--layout=pernode",
        )
        self.assertEqual(Plan(Path("/c"), 4, 2, 3, "pernode", 8080), plan)

    def test_flags_are_handed_on(self):
        _, flags = handed_on("/c", "--json", "--lifeline")
        self.assertEqual(["--json", "--lifeline"], flags)

    def test_the_folder_may_be_relative(self):
        plan, _ = handed_on("c")
        self.assertEqual(Path(os.getcwd()) / "c", plan.root)

    def test_a_cluster_without_nodes_is_refused(self):
        result = CliRunner().invoke(saio, ["up", "/c", "--nodes", "0"])
        self.assertEqual(2, result.exit_code)
