# SPDX-License-Identifier: Apache-2.0
"""Does an operator read what is wrong with Swift's own files?"""

import unittest

from s3_sync.daemon.bootstrap import explained, use_swift_of
from s3_sync.errors import ConfigError, JournalError
from test.unit.s3_sync.config.written import RULE, document, loaded

CONFIG = loaded(document(RULE, swift_dir="/nowhere"))


class BootstrapTest(unittest.TestCase):
    def test_what_is_missing_is_named_with_the_folder_that_we_looked_in(self):
        for error, expected in (
            (FileNotFoundError(2, "No such file", "/nowhere/x"), "/nowhere/x"),
            (OSError("odd"), "odd"),
            (ValueError("no hash path"), "no hash path"),
            (LookupError("no proxy-server"), "no proxy-server"),
            (RuntimeError("too late"), "too late"),
        ):
            with self.subTest(repr(error)):
                with self.assertRaises(ConfigError) as c, explained(CONFIG):
                    raise error
                self.assertIn("swift_dir /nowhere", str(c.exception))
                self.assertIn(expected, str(c.exception))

    def test_what_is_not_swifts_passes_unchanged(self):
        with self.assertRaises(JournalError), explained(CONFIG):
            raise JournalError("full")

    def test_a_folder_without_swift_conf_is_refused(self):
        with self.assertRaises(ConfigError) as caught:
            use_swift_of(CONFIG)
        self.assertIn("/nowhere", str(caught.exception))
