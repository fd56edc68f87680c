# SPDX-License-Identifier: Apache-2.0
"""Are the tests' servers fetched whole, checked, and only once?"""

import hashlib
import io
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

from test.servers import ON_DEMAND, SERVERS, required
from test.servers.__main__ import fetch
from test.servers.downloads import (
    Unavailable,
    cache,
    fetch_with,
    fetched,
    verify,
)


class CacheTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.set("SWIFT_S3_SYNC_CACHE", str(self.folder))

    def set(self, name, value):
        changed = mock.patch.dict(os.environ, {name: value})
        changed.start()
        self.addCleanup(changed.stop)


class DownloadsTest(CacheTestCase):
    def test_what_was_fetched_is_not_fetched_again(self):
        first = fetched("x", lambda folder: (folder / "f").write_text("1"))
        again = fetched("x", lambda folder: self.fail("fetched again"))
        self.assertEqual(first, again)
        self.assertEqual("1", (again / "f").read_text())

    def test_what_failed_midway_leaves_nothing_behind(self):
        def half(folder):
            (folder / "f").write_text("half")
            raise Unavailable("the network is gone")

        with self.assertRaises(Unavailable):
            fetched("x", half)
        self.assertEqual(["lock"], os.listdir(cache()))

    def test_another_file_than_the_pinned_one_is_refused(self):
        path = self.folder / "f"
        path.write_bytes(b"pinned")
        verify(path, hashlib.sha256(b"pinned").hexdigest())
        path.write_bytes(b"other")
        with self.assertRaisesRegex(Unavailable, "f has the SHA-256"):
            verify(path, hashlib.sha256(b"pinned").hexdigest())

    def test_a_missing_client_and_a_failing_one_say_so(self):
        with self.assertRaisesRegex(Unavailable, "needs no-such-program"):
            fetch_with(["no-such-program"], self.folder)
        code = "import sys; sys.exit('no such version')"
        with self.assertRaisesRegex(Unavailable, "no such version"):
            fetch_with([sys.executable, "-c", code], self.folder)


class RequiredTest(CacheTestCase):
    def fetch_nothing(self):
        """Fetch a server on a machine that has no package client."""
        self.set("PATH", str(self.folder))
        with redirect_stdout(io.StringIO()) as output:
            code = fetch(["s3proxy"])
        self.assertIn("s3proxy: not fetched: needs mvn", output.getvalue())
        return code

    def test_a_server_that_is_not_required_may_be_missing(self):
        self.set("REQUIRE_SERVERS", "radosgw")
        self.assertEqual(0, self.fetch_nothing())

    def test_a_server_that_is_required_may_not(self):
        self.set("REQUIRE_SERVERS", " radosgw, s3proxy")
        self.assertEqual(1, self.fetch_nothing())

    def test_an_unknown_name_is_an_error(self):
        self.set("REQUIRE_SERVERS", "s3proxy,radosgv")
        with self.assertRaisesRegex(SystemExit, "radosgv.*there are s3proxy"):
            required()

    def test_ci_requires_all(self):
        script = (Path(__file__).parents[2] / ".ci" / "run").read_text()
        names = ",".join(name for name in SERVERS if name not in ON_DEMAND)
        self.assertIn(f"REQUIRE_SERVERS={names}\n", script)
