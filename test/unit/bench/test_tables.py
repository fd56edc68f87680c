# SPDX-License-Identifier: Apache-2.0
"""Does everything that was measured stand in the tables?"""

import io
import unittest

from rich.console import Console

from bench.results import Results
from bench.tables import kinds, tables
from test.unit.bench.measured import idle, lag, transfer


def shown(results):
    output = io.StringIO()
    console = Console(file=output, width=110)
    for table in tables(results):
        console.print(table)
    return output.getvalue()


class TablesTest(unittest.TestCase):
    def test_every_measurement_has_a_table(self):
        text = shown(Results({"kernel": "Linux"}, [transfer()], lag(), idle()))
        for part in ("Linux", "100 PUT", "0.50 s", "10,000", "Targets"):
            with self.subTest(part):
                self.assertIn(part, text)

    def test_no_table_fits_badly(self):
        text = shown(Results({}, [transfer("4 KiB, 20 ms")], lag(), idle()))
        self.assertNotIn("…", text)

    def test_what_was_left_out_has_none(self):
        text = shown(Results({"kernel": "Linux"}))
        self.assertNotIn("Lag", text)
        self.assertNotIn("objects/s", text)
        self.assertIn("Targets", text)

    def test_a_missed_target_says_no(self):
        self.assertNotIn(" no ", shown(Results({}, lag=lag(p99=1.0))))
        self.assertIn(" no ", shown(Results({}, lag=lag(p99=3.1))))

    def test_kinds_of_requests_stand_in_the_order_of_their_number(self):
        counts = {"LIST": 1, "PUT": 2000, "bytes": 9_999_999}
        self.assertEqual("2,000 PUT, 1 LIST", kinds(counts))
