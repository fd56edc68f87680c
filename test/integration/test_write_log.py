# SPDX-License-Identifier: Apache-2.0
"""Does the check of a proxy's log find what must not happen?"""

import unittest

from test.integration.fault_proxy import Exchange
from test.integration.write_log import problems

OLD, NEW = "1700000000.00000", "1700000001.00000"
POSTED = f"{OLD}+30d40+0"
BATCH = b"<Delete><Object><Key>a&amp;b</Key></Object></Delete>"


def written(times, method="PUT", target="/b/a%26b", **fields):
    started, ended = times
    mark = fields.pop("mark", "")
    headers = {"x-amz-meta-swift-timestamp": mark} if mark else {}
    done = fields.pop("done", 200)
    return Exchange(
        0, method, target, headers, started, done=done, ended=ended, **fields
    )


class WriteLogTest(unittest.TestCase):
    def found(self, *writes):
        return [text.partition(": ")[2] for text in problems(writes)]

    def test_a_history_in_order_is_no_problem(self):
        log = (
            written((0, 1), mark=OLD),
            written((1, 2), mark=OLD),
            written((2, 3), mark=POSTED),
            written((3, 4), "POST", "/b?delete", body=BATCH),
            written((4, 5), "DELETE", done=204),
            written((5, 6), mark=NEW + "+186a0"),
            written((7, 8), mark=OLD, done=0),
        )
        self.assertEqual([], self.found(*log))

    def test_an_older_version_after_a_newer_one_is_found(self):
        log = written((0, 1), mark=NEW), written((1, 2), mark=OLD)
        self.assertIn("after", self.found(*log)[0])

    def test_older_metadata_after_newer_is_found(self):
        log = written((0, 1), mark=POSTED), written((1, 2), mark=OLD)
        self.assertIn("after", self.found(*log)[0])

    def test_two_writes_at_once_are_found(self):
        log = written((0, 2), mark=OLD), written((1, 3), mark=NEW)
        self.assertIn("two writes at once", self.found(*log)[0])

    def test_a_version_that_comes_back_after_its_delete_is_found(self):
        for delete in (
            written((1, 2), "DELETE", done=204),
            written((1, 2), "POST", "/b?delete", body=BATCH),
        ):
            with self.subTest(delete.method):
                log = written((0, 1), mark=OLD), delete
                again = written((2, 3), mark=OLD)
                self.assertIn("came back", self.found(*log, again)[0])
