# SPDX-License-Identifier: Apache-2.0
"""Is the machine described?"""

import unittest
from pathlib import Path

from bench.machine import cpu_model, describe_machine


class MachineTest(unittest.TestCase):
    def test_the_first_processor_names_the_model(self):
        text = "processor\t: 0\nmodel name\t: Fast: 9000\nmodel name\t: B\n"
        self.assertEqual("Fast: 9000", cpu_model(text))

    def test_a_processor_without_a_model_has_an_architecture(self):
        self.assertTrue(cpu_model("processor\t: 0\nBogoMIPS\t: 50.00\n"))

    def test_versions_are_those_that_are_installed(self):
        machine = describe_machine(Path("/data/bench"))
        self.assertRegex(machine["packages"], r"swift \d+\.\d+")
        self.assertEqual("/data", machine["data in"])
