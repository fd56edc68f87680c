# SPDX-License-Identifier: Apache-2.0
"""Is every answer of S3, and every failure to get one, one of our errors?"""

import inspect
import string
import unittest

import botocore.exceptions
from botocore.exceptions import ClientError, SSLError
from botocore.parsers import ResponseParserError

from s3_sync.concurrency import DeadlinePassed
from s3_sync.errors import (
    AccessDenied,
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    Refused,
    SiteRefused,
    SiteUnavailable,
    StoreError,
    Throttled,
)
from s3_sync.stores.s3_errors import (
    BY_CODE,
    HINTS,
    error_for,
    http_date,
    retry_after,
    translated,
)

ANSWERS = {
    NotFound: [("NoSuchKey", 404), ("404", 404), ("NoSuchVersion", 404)],
    AccessDenied: [("AccessDenied", 403), ("403", 403), ("Odd", 403)],
    Conflict: [
        ("PreconditionFailed", 412),
        ("412", 412),
        ("ConditionalRequestConflict", 409),
        ("OperationAborted", 409),
        ("409", 409),
    ],
    IntegrityError: [
        ("BadDigest", 400),
        ("InvalidDigest", 400),
        ("IncompleteBody", 400),
        ("XAmzContentSHA256Mismatch", 400),
    ],
    LimitExceeded: [
        ("KeyTooLongError", 400),
        ("MetadataTooLarge", 400),
        ("EntityTooLarge", 400),
        ("InvalidURI", 400),
        ("XMinioInvalidObjectName", 400),
        ("XMinioInvalidResourceName", 400),
    ],
    Refused: [
        ("InvalidObjectState", 403),
        ("NotImplemented", 501),
        ("InvalidArgument", 400),
        ("MalformedXML", 400),
        ("400", 400),
        ("MethodNotAllowed", 405),
        ("", 0),
    ],
    SiteRefused: [
        ("NoSuchBucket", 404),
        ("InvalidAccessKeyId", 403),
        ("SignatureDoesNotMatch", 403),
        ("RequestTimeTooSkewed", 403),
        ("AllAccessDisabled", 403),
        ("AccountProblem", 403),
        ("NotSignedUp", 403),
        ("InvalidSecurity", 403),
        ("QuotaExceeded", 403),
        ("AuthorizationHeaderMalformed", 400),
        ("IllegalLocationConstraintException", 400),
        ("ExpiredToken", 400),
        ("InvalidToken", 400),
        ("TokenRefreshRequired", 400),
        ("RequestExpired", 400),
        ("PermanentRedirect", 301),
        ("401", 401),
        ("301", 301),
    ],
    Throttled: [
        ("SlowDown", 503),
        ("SlowDownRead", 503),
        ("SlowDownWrite", 503),
        ("ServiceUnavailable", 503),
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 503),
        ("BandwidthLimitExceeded", 509),
        ("TooManyRequests", 429),
        ("429", 429),
        ("498", 498),
        ("503", 503),
    ],
    SiteUnavailable: [
        ("RequestTimeout", 400),
        ("InternalError", 500),
        ("TemporaryRedirect", 307),
        ("302", 302),
        ("308", 308),
        ("408", 408),
        ("500", 500),
        ("502", 502),
        ("504", 504),
        ("", 599),
        ("Surprise", 500),
    ],
}

NOT_OF_CALLS = {
    "ImminentRemovalWarning",
    "MissingServiceIdError",
    "UndefinedModelAttributeError",
    "UnsupportedTLSVersionWarning",
}
"""What botocore raises or warns of only while a client is made."""


DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
"""1,700,000,000 seconds since the epoch."""


def answer(code, status, message="why", headers=(), **error):
    return ClientError(
        {
            "Error": {"Code": code, "Message": message, **error},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "HTTPHeaders": dict(headers),
            },
        },
        "PutObject",
    )


def raised(error):
    """Return what comes out of the block in which `error` is raised."""
    try:
        with translated("site/bucket", "put_object", "name"):
            raise error
    except StoreError as result:
        return result


def example(kind):
    """Make an exception of botocore's, whatever it wants to be told."""
    if issubclass(kind, ClientError):
        return kind({"Error": {"Code": "X"}}, "PutObject")
    fields = string.Formatter().parse(getattr(kind, "fmt", ""))
    values = {name: name for _, name, _, _ in fields if name}
    try:
        return kind(**values)
    except TypeError:  # WaiterError
        return kind("name", "reason", "last response")


class ErrorTest(unittest.TestCase):
    def test_codes_mean_what_the_table_says(self):
        for kind, answers in ANSWERS.items():
            for code, status in answers:
                with self.subTest(code=code, status=status):
                    self.assertIs(kind, type(raised(answer(code, status))))

    def test_no_code_of_ours_is_left_without_a_test(self):
        tested = {code for answers in ANSWERS.values() for code, _ in answers}
        rare = {"NoSuchUpload", "ObjectNotInActiveTierError"}
        self.assertEqual(set(), BY_CODE.keys() - tested - rare)

    def test_the_code_decides_before_the_status(self):
        self.assertIs(SiteRefused, error_for("RequestTimeTooSkewed", 403))
        self.assertIs(Refused, error_for("InvalidObjectState", 403))
        self.assertIs(SiteRefused, error_for("NoSuchBucket", 404))

    def test_every_status_has_a_meaning(self):
        for status in range(600):
            with self.subTest(status):
                self.assertTrue(issubclass(error_for("", status), StoreError))

    def test_no_failing_server_is_ever_not_found(self):
        for status in (*range(300, 404), *range(405, 600)):
            with self.subTest(status):
                self.assertIsNot(NotFound, error_for("", status))

    def test_every_exception_of_botocore_is_translated(self):
        kinds = [
            kind
            for _, kind in inspect.getmembers(botocore.exceptions)
            if inspect.isclass(kind) and issubclass(kind, Exception)
            if kind.__module__.startswith("botocore")
            if kind.__name__ not in NOT_OF_CALLS
        ]
        self.assertGreater(len(kinds), 80)
        for kind in kinds:
            with self.subTest(kind.__name__):
                self.assertIsInstance(raised(example(kind)), StoreError)

    def test_faults_on_the_way_are_the_sites(self):
        for name in (
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "EndpointConnectionError",
            "ConnectionClosedError",
            "SSLError",
            "ProxyConnectionError",
            "NoCredentialsError",
        ):
            with self.subTest(name):
                kind = getattr(botocore.exceptions, name)
                self.assertIs(SiteUnavailable, type(raised(example(kind))))

    def test_time_outs_and_sockets_are_the_sites_too(self):
        for error in (
            DeadlinePassed("60 s"),
            ConnectionResetError(104, "reset"),
            TimeoutError(),
            ResponseParserError("cut off in the middle"),
            OSError(24, "too many open files"),
        ):
            with self.subTest(repr(error)):
                self.assertIs(SiteUnavailable, type(raised(error)))

    def test_what_botocore_will_not_send_is_the_objects_fault(self):
        error = botocore.exceptions.ParamValidationError(report="Key: empty")
        self.assertIs(Refused, type(raised(error)))

    def test_our_own_errors_pass_unchanged(self):
        error = IntegrityError("swift", "read", "x", "short")
        self.assertIs(error, raised(error))

    def test_a_mistake_of_ours_is_not_dressed_up(self):
        with self.assertRaises(KeyError), translated("s", "o", "n"):
            raise KeyError("x")

    def test_the_operator_reads_what_was_answered(self):
        error = raised(answer("SlowDown", 503, "Reduce your rate."))
        self.assertEqual(
            "site/bucket: put_object 'name': 503 SlowDown: Reduce your rate.",
            str(error),
        )

    def test_an_answer_without_a_message_reads_well(self):
        self.assertIn("no message", str(raised(answer("403", 403, ""))))

    def test_swifts_s3_api_tells_of_limits_in_words_only(self):
        for words, kind in (
            ("Metadata name too long", LimitExceeded),
            ("Metadata value longer than 256", LimitExceeded),
            ("Too many metadata items; max 90", LimitExceeded),
            ("Total metadata too large", LimitExceeded),
            ("Missing required header", Refused),
        ):
            with self.subTest(words):
                error = answer("InvalidRequest", 400, words)
                self.assertIs(kind, type(raised(error)))

    def test_what_the_operator_can_mend_comes_with_a_hint(self):
        for code, hint in HINTS.items():
            with self.subTest(code):
                self.assertIn(hint, str(raised(answer(code, 400))))
                self.assertIn(code, BY_CODE)

    def test_an_authority_that_is_not_known_comes_with_a_hint(self):
        for why, expected in (
            ("unable to get local issuer certificate", True),
            ("self-signed certificate in certificate chain", True),
            ("Hostname mismatch, certificate is not valid", False),
            ("certificate has expired", False),
        ):
            with self.subTest(why):
                error = SSLError(endpoint_url="https://h", error=why)
                told = str(raised(error))
                self.assertIn(why, told)
                self.assertEqual(expected, "`ca_file`" in told)

    def test_code_and_status_stay_to_be_asked_for(self):
        error = raised(answer("AccessDenied", 403))
        self.assertEqual(("AccessDenied", 403), (error.code, error.status))
        error = raised(ConnectionResetError(104, "reset"))
        self.assertEqual(("", 0), (error.code, error.status))

    def test_the_region_to_configure_is_named(self):
        region = {"Region": "eu-west-1"}
        headers = {"x-amz-bucket-region": "eu-west-1"}
        for error in (
            answer("AuthorizationHeaderMalformed", 400, **region),
            answer("PermanentRedirect", 301, headers=headers),
            answer("301", 301, headers=headers),
            answer("400", 400, headers=headers),
            answer("TemporaryRedirect", 307, headers=headers),
        ):
            with self.subTest(error):
                self.assertIn("set `region` to eu-west-1", str(raised(error)))

    def test_the_endpoint_is_named_when_the_region_is_not(self):
        error = answer("PermanentRedirect", 301, Endpoint="b.s3.test")
        self.assertIn("the bucket is at b.s3.test", str(raised(error)))

    def test_no_region_is_recommended_when_another_thing_is_wrong(self):
        headers = {"x-amz-bucket-region": "eu-west-1"}
        error = answer("AccessDenied", 403, headers=headers)
        self.assertNotIn("region", str(raised(error)))


class RetryAfterTest(unittest.TestCase):
    def test_seconds_and_dates_up_to_a_minute(self):
        for text, expected in (
            ("0", 0),
            ("7", 7),
            (" 59 ", 59),
            ("61", 60),
            ("9" * 400, 60),
            ("Tue, 14 Nov 2023 22:13:35 GMT", 15),
            ("Tue, 14 Nov 2023 22:10:00 GMT", 0),
            ("Tue, 14 Nov 2030 22:10:00 GMT", 60),
            ("", None),
            ("-1", None),
            ("soon", None),
            ("\u0663", None),
        ):
            with self.subTest(text[:30]):
                headers = {"retry-after": text}
                self.assertEqual(expected, retry_after(headers, 1.7e9))

    def test_a_date_is_read_by_the_clock_of_the_site(self):
        headers = {
            "retry-after": "Tue, 14 Nov 2023 22:13:35 GMT",
            "date": DATE,
        }
        self.assertEqual(15, retry_after(headers, 0.0))

    def test_none_is_none(self):
        self.assertIsNone(retry_after({}, 0.0))

    def test_it_comes_with_the_error(self):
        for code, status in (("SlowDown", 503), ("InternalError", 500)):
            with self.subTest(code):
                error = answer(code, status, headers={"retry-after": "9"})
                self.assertEqual(9, raised(error).retry_after)

    def test_what_is_no_date_is_none(self):
        self.assertEqual(1.7e9, http_date(DATE))
        for text in ("", "yesterday", "Tue, 99 Nov 2023 22:13:20 GMT"):
            with self.subTest(text):
                self.assertIsNone(http_date(text))
