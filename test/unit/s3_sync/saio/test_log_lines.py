# SPDX-License-Identifier: Apache-2.0
"""Do log lines go to a file, with their time, and nowhere else?"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from s3_sync.saio.log_lines import tail

LOGGING = """
import os, sys
from pathlib import Path
from swift.common.utils import get_logger
from s3_sync.saio.log_lines import redirect_output
redirect_output(Path(sys.argv[1]))
conf = {"log_custom_handlers": "s3_sync.saio.log_lines.only_to_stderr"}
for _ in range(2):
    logger = get_logger(conf, "proxy-server", log_route="wsgi")
logger.info("a request")
print("stray", flush=True)
print([type(h).__name__ for h in logger.logger.handlers])
"""
BLOCK = """
import os, sys
from pathlib import Path
from s3_sync.saio.log_lines import errors_go_to
os.write(2, b"before\\n")
with errors_go_to(Path(sys.argv[1])):
    os.write(2, b"within\\n")
os.write(2, b"after\\n")
"""


class LogLinesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "log"

    def test_swift_logs_each_line_once_and_to_the_file_only(self):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", LOGGING, str(self.log)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(("", ""), (done.stdout, done.stderr))
        line, stray, handlers = self.log.read_text().splitlines()
        self.assertRegex(line, r"^20\d\d-.* INFO proxy-server: a request$")
        self.assertEqual("stray", stray)
        self.assertEqual("['StreamHandler']", handlers)

    def test_within_the_block_only_errors_go_to_the_file(self):
        done = subprocess.run(
            [sys.executable, "-c", BLOCK, str(self.log)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual("before\nafter\n", done.stderr)
        self.assertEqual("within\n", self.log.read_text())

    def test_the_tail_of_a_log_is_its_end(self):
        self.log.write_bytes(b"x" * 9000 + b"the end\n")
        self.assertTrue(tail(self.log).endswith("xthe end"))
        self.assertLess(len(tail(self.log)), 5000)

    def test_the_tail_of_no_log_is_empty(self):
        self.assertEqual("", tail(self.log))
