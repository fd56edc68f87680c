# SPDX-License-Identifier: Apache-2.0
"""What does an answer of S3, or its absence, mean for us?

S3's error code decides, not the HTTP status: one 403 means a wrong clock,
another one an object in an archive class. Only answers without a code, as to
HEAD, are judged by their status.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

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
    SiteUnavailable,
    StoreError,
)

BY_CODE: dict[str, type[StoreError]] = {
    # docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
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
    "InternalError": SiteUnavailable,
    "NotImplemented": Refused,
    "NoSuchBucket": SiteUnavailable,
    "AllAccessDisabled": SiteUnavailable,
    "AccountProblem": SiteUnavailable,
    "AuthorizationHeaderMalformed": SiteUnavailable,
    "ExpiredToken": SiteUnavailable,
    "InvalidAccessKeyId": SiteUnavailable,
    "InvalidSecurity": SiteUnavailable,
    "InvalidToken": SiteUnavailable,
    "NotSignedUp": SiteUnavailable,
    "QuotaExceeded": SiteUnavailable,
    "RequestExpired": SiteUnavailable,
    "RequestTimeTooSkewed": SiteUnavailable,
    "RequestTimeout": SiteUnavailable,
    "SignatureDoesNotMatch": SiteUnavailable,
    "TokenRefreshRequired": SiteUnavailable,
    "PermanentRedirect": SiteUnavailable,
    "TemporaryRedirect": SiteUnavailable,
    "ServiceUnavailable": SiteUnavailable,
    "SlowDown": SiteUnavailable,
    "Throttling": SiteUnavailable,
    "TooManyRequests": SiteUnavailable,
}

HINTS = {
    "NoSuchBucket": "create the bucket, or correct `bucket`",
    "InvalidAccessKeyId": "correct `identity`",
    "SignatureDoesNotMatch": "correct `secret`",
    "RequestTimeTooSkewed": "set this node's clock",
    "ExpiredToken": "renew `session_token`",
}

_UNKNOWN_CA = re.compile(r"unable to get (local )?issuer|self[- ]signed")
_NO_ANSWER = (BotoCoreError, ResponseParserError, DeadlinePassed, OSError)

_SWIFT_LIMIT = re.compile(
    r"Metadata (name too long|value longer)|Too many metadata|Total metadata"
)
"""Swift's s3api tells of its limits only in words, not by a code."""


def error_for(code: str, status: int) -> type[StoreError]:
    """Return the class for S3's error `code`; unknown: by HTTP status."""
    if code in BY_CODE:
        return BY_CODE[code]
    if status >= 500 or status in (301, 302, 307, 408, 429):
        return SiteUnavailable
    by_status = {
        401: SiteUnavailable,
        403: AccessDenied,
        404: NotFound,
        409: Conflict,
        412: Conflict,
        431: LimitExceeded,
    }
    return by_status.get(status, Refused)


@contextmanager
def translated(store: str, operation: str, name: str) -> Iterator[None]:
    """Raise a StoreError in place of what botocore raises in the block."""
    try:
        yield
    except ClientError as error:
        answer = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = _told(code, status, error)
        kind = error_for(code, status)
        if code == "InvalidRequest" and _SWIFT_LIMIT.search(told):
            kind = LimitExceeded
        raise kind(store, operation, name, told) from error
    except ParamValidationError as error:
        raise Refused(store, operation, name, str(error)) from error
    except _NO_ANSWER as error:
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, SSLError) and _UNKNOWN_CA.search(told):
            told += "; name who signed its certificate in `ca_file`"
        raise SiteUnavailable(store, operation, name, told) from error


def _told(code: str, status: int, error: ClientError) -> str:
    message = error.response.get("Error", {}).get("Message") or "no message"
    hint = HINTS.get(code)
    return f"{status} {code}: {message}" + (f"; {hint}" if hint else "")
