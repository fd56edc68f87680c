# SPDX-License-Identifier: Apache-2.0
"""Is each answer of Swift the error that callers act upon?"""

import http.client
import ssl
import unittest

from s3_sync.concurrency import DeadlinePassed
from s3_sync.errors import (
    AccessDenied,
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    Refused,
    SiteUnavailable,
    Throttled,
)
from s3_sync.stores.swift_errors import error_for, retry_after, translated
from test.doubles.canned_swift import answer
from test.doubles.rules import NOW


class ErrorTest(unittest.TestCase):
    def test_every_status_is_known(self):
        for status, words, expected in (
            (301, b"", SiteUnavailable),
            (400, b"Bad Request", Refused),
            (400, b"Metadata value longer than 256: x", LimitExceeded),
            (400, b"Metadata name too long: x", LimitExceeded),
            (400, b"Too many metadata items; max 90", LimitExceeded),
            (400, b"Total metadata size exceeds 4096", LimitExceeded),
            (400, b"Object name length of 2000 longer", LimitExceeded),
            (401, b"", SiteUnavailable),
            (403, b"", AccessDenied),
            (404, b"", NotFound),
            (405, b"", Refused),
            (408, b"", SiteUnavailable),
            (409, b"", Conflict),
            (411, b"", Refused),
            (412, b"Precondition Failed", Conflict),
            (412, b"Bad URL", Refused),
            (412, b"Invalid UTF8 or contains NULL", Refused),
            (413, b"Your request is too large.", LimitExceeded),
            (413, b"Upload exceeds quota.", SiteUnavailable),
            (422, b"", IntegrityError),
            (429, b"", Throttled),
            (431, b"", LimitExceeded),
            (498, b"Rate Limit", Throttled),
            (499, b"", SiteUnavailable),
            (500, b"", SiteUnavailable),
            (502, b"", SiteUnavailable),
            (503, b"", Throttled),
            (507, b"", SiteUnavailable),
        ):
            with self.subTest(f"{status} {words}"):
                error = error_for(answer(status, words), "s", "PUT", "o")
                self.assertIs(expected, type(error))
                self.assertEqual("o", error.name)
                self.assertIn(str(status), error.detail)

    def test_how_long_a_site_wants_to_be_left_alone(self):
        for text, expected in (
            ("7", 7.0),
            ("", None),
            ("soon", None),
            ("-3", 0.0),
            ("86400", 60.0),
            ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0),
        ):
            with self.subTest(text):
                said = answer(503, retry_after=text)
                self.assertEqual(expected, retry_after(said, NOW))

    def test_a_throttling_answer_carries_it(self):
        error = error_for(answer(503, retry_after="7"), "s", "PUT", "o")
        self.assertEqual(7.0, error.retry_after)

    def test_a_broken_connection_is_the_sites_fault(self):
        for error in (
            ConnectionRefusedError("no"),
            TimeoutError("no"),
            http.client.RemoteDisconnected("no"),
            http.client.BadStatusLine("no"),
            DeadlinePassed("60 s"),
        ):
            with (
                self.subTest(error),
                self.assertRaisesRegex(SiteUnavailable, type(error).__name__),
                translated("s", "PUT", "o"),
            ):
                raise error

    def test_an_unknown_authority_says_what_to_do(self):
        with (
            self.assertRaisesRegex(SiteUnavailable, "`ca_file`"),
            translated("s", "PUT", "o"),
        ):
            raise ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")

    def test_what_http_cannot_carry_is_the_objects_fault(self):
        with self.assertRaises(Refused), translated("s", "PUT", "o"):
            raise ValueError("Invalid header value")
