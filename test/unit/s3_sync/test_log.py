# SPDX-License-Identifier: Apache-2.0
"""Is a log line one line, whatever a user calls an object?"""

import contextlib
import io
import json
import logging
import tempfile
import unittest
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from s3_sync import log


class EventTest(unittest.TestCase):
    def test_plain_values_stand_as_they_are(self):
        for value in ("AUTH_test", "a/b.c:d@e", "text/plain", "1,2", "100%"):
            with self.subTest(value):
                self.assertEqual(
                    f"put name={value}", log.event("put", name=value)
                )

    def test_other_values_are_quoted(self):
        for value, quoted in (
            ("a b", '"a b"'),
            ("", '""'),
            ("a=b", '"a=b"'),
            ('say "a"', r'"say \"a\""'),
            ("a\nb", r'"a\nb"'),
            ("é", '"é"'),
            ("back\\slash", r'"back\\slash"'),
        ):
            with self.subTest(value):
                self.assertEqual(
                    f"put name={quoted}", log.event("put", name=value)
                )

    def test_values_keep_their_order_and_none_is_left_out(self):
        self.assertEqual(
            "put b=1 a=2.5 d=False",
            log.event("put", b=1, a=2.5, c=None, d=False),
        )

    def test_a_sentence_needs_no_values(self):
        self.assertEqual("ready", log.event("ready"))

    @given(st.text(st.characters(blacklist_categories=("Cs",))))
    def test_a_value_can_be_read_back_from_one_line(self, value):
        line = log.event("put", name=value)
        self.assertFalse({"\n", "\r"} & set(line))
        written = line.removeprefix("put name=")
        quoted = written.startswith('"')
        self.assertEqual(value, json.loads(written) if quoted else written)


class HandlersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "log"
        root = logging.getLogger()
        before = root.handlers[:], root.level
        self.addCleanup(self.restore, root, *before)

    def restore(self, root, handlers, level):
        root.handlers[:] = handlers
        root.setLevel(level)

    def configure_file(self, level="info"):
        handler = log.file_handler(self.path)
        self.addCleanup(handler.close)
        log.configure([handler], level)

    def test_the_file_gets_time_level_name_and_message(self):
        self.configure_file()
        logging.getLogger("a.b").warning("hé %s", "there")
        self.assertRegex(
            self.path.read_text(encoding="utf-8"),
            r"\A\d{4}-\d\d-\d\d \S+ WARNING a\.b\[\d+\]: hé there\n\Z",
        )

    def test_only_the_wanted_levels_are_written(self):
        self.configure_file("warning")
        logging.getLogger("a").info("not this")
        logging.getLogger("a").warning("this")
        self.assertEqual(1, len(self.path.read_text().splitlines()))

    def test_libraries_do_not_chat(self):
        self.configure_file("debug")
        for name in ("botocore.auth", "urllib3.pool", "swift"):
            logging.getLogger(name).info("chat")
        logging.getLogger("botocore").warning("a warning")
        self.assertEqual(1, len(self.path.read_text().splitlines()))

    def test_credentials_that_cannot_be_had_leave_no_trace(self):
        self.configure_file("debug")
        logger = logging.getLogger("botocore.credentials")
        logger.warning("in vain", exc_info=ValueError("x"))
        self.assertEqual("", self.path.read_text())

    def test_handlers_of_before_are_replaced(self):
        before = io.StringIO()
        logging.getLogger().handlers[:] = [logging.StreamHandler(before)]
        self.configure_file()
        logging.getLogger("a").info("hello")
        self.assertEqual("", before.getvalue())

    def test_the_console_is_standard_error(self):
        written = io.StringIO()
        with contextlib.redirect_stderr(written):
            log.configure([log.console_handler()], "info")
        logging.getLogger("a").info("hello")
        self.assertRegex(written.getvalue(), r" INFO a\[\d+\]: hello\n\Z")

    def test_the_file_does_not_grow_for_ever(self):
        handler = log.file_handler(self.path)
        self.addCleanup(handler.close)
        self.assertEqual(100 * 1024**2, handler.maxBytes)
        self.assertEqual(5, handler.backupCount)
