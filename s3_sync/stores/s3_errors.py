# SPDX-License-Identifier: Apache-2.0
"""What does an answer of S3, or its absence, mean for us?

S3's error code decides, not the HTTP status: one 403 means a wrong clock,
another one an object in an archive class. Only answers without a code, as to
HEAD, are judged by their status.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ParamValidationError,
    SSLError,
)
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

BY_CODE: dict[str, type[StoreError]] = {
    # docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    # Of the row. NotFound, in answer to a DELETE, means that it is done.
    "NoSuchKey": NotFound,
    "NoSuchVersion": NotFound,
    "NoSuchUpload": NotFound,
    "AccessDenied": AccessDenied,
    "InvalidObjectState": Refused,
    "ObjectNotInActiveTierError": Refused,
    "PreconditionFailed": Conflict,
    "ConditionalRequestConflict": Conflict,
    "OperationAborted": Conflict,
    "BadDigest": IntegrityError,
    "InvalidDigest": IntegrityError,
    "IncompleteBody": IntegrityError,
    "XAmzContentSHA256Mismatch": IntegrityError,
    "KeyTooLongError": LimitExceeded,
    "MetadataTooLarge": LimitExceeded,
    "EntityTooLarge": LimitExceeded,
    "InvalidURI": LimitExceeded,
    # MinIO: //, . and .. in a key, or more than 255 bytes between slashes
    "XMinioInvalidObjectName": LimitExceeded,
    "XMinioInvalidResourceName": LimitExceeded,
    "NotImplemented": Refused,
    # Of the site, or perhaps of a row that breaks it.
    "InternalError": SiteUnavailable,
    "RequestTimeout": SiteUnavailable,
    "TemporaryRedirect": SiteUnavailable,
    # Of the site, and of no row.
    "NoSuchBucket": SiteRefused,
    "AllAccessDisabled": SiteRefused,
    "AccountProblem": SiteRefused,
    "AuthorizationHeaderMalformed": SiteRefused,
    "IllegalLocationConstraintException": SiteRefused,
    "InvalidAccessKeyId": SiteRefused,
    "InvalidSecurity": SiteRefused,
    "InvalidToken": SiteRefused,
    "NotSignedUp": SiteRefused,
    "PermanentRedirect": SiteRefused,
    "QuotaExceeded": SiteRefused,
    "RequestExpired": SiteRefused,
    "SignatureDoesNotMatch": SiteRefused,
    # The same, but `s3_site` may find a remedy and send the request again.
    "RequestTimeTooSkewed": SiteRefused,
    "ExpiredToken": SiteRefused,
    "TokenRefreshRequired": SiteRefused,
    # To be sent again, only not so fast.
    "ServiceUnavailable": Throttled,
    "SlowDown": Throttled,
    "SlowDownRead": Throttled,  # MinIO
    "SlowDownWrite": Throttled,
    "Throttling": Throttled,
    "ThrottlingException": Throttled,
    "RequestLimitExceeded": Throttled,
    "BandwidthLimitExceeded": Throttled,
    "TooManyRequests": Throttled,
}

HINTS = {
    "NoSuchBucket": "create the bucket, or correct `bucket`",
    "InvalidAccessKeyId": "correct `identity`",
    "SignatureDoesNotMatch": "correct `identity` or `secret`",
    "RequestTimeTooSkewed": "set this node's clock",
    "ExpiredToken": "renew `session_token`",
    "InvalidObjectState": "the copy is in an archived class",
    "ObjectNotInActiveTierError": "the copy is in an archived class",
}

LONGEST_RETRY_AFTER = 60.0
"""Seconds."""

_UNKNOWN_CA = re.compile(r"unable to get (local )?issuer|self[- ]signed")
_NO_ANSWER = (BotoCoreError, ResponseParserError, DeadlinePassed, OSError)

_SWIFT_LIMIT = re.compile(
    r"Metadata (name too long|value longer)|Too many metadata|Total metadata"
)
"""Swift's s3api tells of its limits only in words, not by a code."""

_REDIRECTS = ("301", "307", "400", "TemporaryRedirect")
"""Among them what a HEAD gets, which cannot say more."""

_THROTTLED_BY = (429, 498, 503)
"""498 is what Swift's own ratelimit answers."""


def error_for(code: str, status: int) -> type[StoreError]:
    """Return the class for S3's error `code`; unknown: by HTTP status."""
    if code in BY_CODE:
        return BY_CODE[code]
    if status in _THROTTLED_BY:
        return Throttled
    if status >= 500 or status in (302, 307, 308, 408):
        return SiteUnavailable
    by_status = {
        301: SiteRefused,
        401: SiteRefused,
        403: AccessDenied,
        404: NotFound,
        409: Conflict,
        412: Conflict,
        431: LimitExceeded,
    }
    return by_status.get(status, Refused)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date.

    None: there is none that makes sense. A date is compared with that of
    the answer, for the clocks may differ.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(LONGEST_RETRY_AFTER, float(text[:9]))
    then = http_date(text)
    if then is None:
        return None
    sent = http_date(headers.get("date", ""))
    wait = then - (now if sent is None else sent)
    return min(LONGEST_RETRY_AFTER, max(0.0, wait))


def http_date(text: str) -> float | None:
    """Return a date of HTTP in seconds since the epoch; None: it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def date_of(error: StoreError) -> float | None:
    """Return the time of the answer that an error is about, by its sender.

    None: there was no answer, or it does not say.
    """
    if isinstance(error.__cause__, ClientError):
        metadata = error.__cause__.response.get("ResponseMetadata", {})
        return http_date(metadata.get("HTTPHeaders", {}).get("date", ""))
    return None


@contextmanager
def translated(store: str, operation: str, name: str) -> Iterator[None]:
    """Raise a StoreError in place of what botocore raises in the block."""
    try:
        yield
    except ClientError as error:
        raise _error(store, operation, name, error) from error
    except ParamValidationError as error:
        raise Refused(store, operation, name, str(error)) from error
    except _NO_ANSWER as error:
        told = _no_answer(error)
        if isinstance(error, SSLError) and _UNKNOWN_CA.search(told):
            told += "; name who signed its certificate in `ca_file`"
        raise SiteUnavailable(store, operation, name, told) from error


def _no_answer(error: BaseException) -> str:
    late = error if isinstance(error, DeadlinePassed) else error.__context__
    if isinstance(late, DeadlinePassed):  # which botocore wraps
        return f"no answer within {late}"
    return f"{type(error).__name__}: {error}"


def _error(
    store: str, operation: str, name: str, error: ClientError
) -> StoreError:
    answer = error.response
    metadata = answer.get("ResponseMetadata", {})
    code = str(answer.get("Error", {}).get("Code", ""))
    status = int(metadata.get("HTTPStatusCode", 0))
    told = _told(code, status, answer)
    kind = error_for(code, status)
    if code == "InvalidRequest" and _SWIFT_LIMIT.search(told):
        kind = LimitExceeded
    ours = kind(store, operation, name, told)
    ours.code, ours.status = code, status
    if isinstance(ours, SiteUnavailable):
        headers = metadata.get("HTTPHeaders", {})
        ours.retry_after = retry_after(headers, time.time())
    return ours


def _told(code: str, status: int, answer: Mapping[str, Any]) -> str:
    message = answer.get("Error", {}).get("Message") or "no message"
    hint = HINTS.get(code) or _region_hint(answer)
    return f"{status} {code}: {message}" + (f"; {hint}" if hint else "")


def _region_hint(answer: Mapping[str, Any]) -> str:
    """Name the region that the bucket is in, if the answer does."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    error = answer.get("Error", {})
    code = str(error.get("Code", ""))
    region = error.get("Region") or headers.get("x-amz-bucket-region")
    if region and (BY_CODE.get(code) is SiteRefused or code in _REDIRECTS):
        return f"set `region` to {region}"
    endpoint = error.get("Endpoint")
    return f"the bucket is at {endpoint}" if endpoint else ""
