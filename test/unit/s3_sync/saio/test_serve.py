# SPDX-License-Identifier: Apache-2.0
"""Does a server get the port that it asked for, or an error?"""

import unittest

from s3_sync.saio.serve import listen


class ListenTest(unittest.TestCase):
    def test_any_free_port_is_found(self):
        with listen("127.0.0.1", 0) as listener:
            self.assertGreater(listener.getsockname()[1], 0)

    def test_a_port_in_use_is_an_error_at_once(self):
        with (
            listen("127.0.0.1", 0) as listener,
            self.assertRaisesRegex(OSError, "in use"),
        ):
            listen("127.0.0.1", listener.getsockname()[1])
