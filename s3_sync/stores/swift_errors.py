# SPDX-License-Identifier: Apache-2.0
"""What does an answer of a Swift site, or its absence, mean for us?

Swift has no error codes: the status decides and, where one status means
several things, the words of Swift's own middleware.
"""

import http.client
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

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
    Throttled,
)
from s3_sync.stores.swift_http import Answer

BY_STATUS: dict[int, type[StoreError]] = {
    401: SiteUnavailable,
    403: AccessDenied,
    404: NotFound,
    408: SiteUnavailable,
    409: Conflict,
    412: Conflict,
    413: LimitExceeded,
    422: IntegrityError,
    429: Throttled,
    431: LimitExceeded,
    498: Throttled,  # of Swift's ratelimit middleware
    499: SiteUnavailable,
    503: Throttled,
}

_LIMIT = re.compile(
    r"Metadata (name too long|value longer)|Too many metadata"
    r"|Total metadata size|Object name length|Missing metadata name",
    re.IGNORECASE,
)
"""How Swift's `check_metadata` and `check_object_creation` say no (400)."""

_QUOTA = re.compile("quota", re.IGNORECASE)
"""What container_quotas and account_quotas say: 413, "exceeds quota"."""

_BAD_PATH = re.compile("Bad URL|Invalid UTF8|contains NULL", re.IGNORECASE)
"""412 is also what Swift says to a path that it cannot read."""

LONGEST_WAIT = 60.0
"""Seconds; what a site asks for beyond it is not honoured."""


def error_for(
    answer: Answer, store: str, operation: str, name: str
) -> StoreError:
    """Return the error that an answer of 300 or more means."""
    kind = _kind(answer)
    detail = f"{answer.status} {answer.text or 'without a word'}"
    if issubclass(kind, Throttled):
        wait = retry_after(answer, time.time())
        return Throttled(store, operation, name, detail, wait)
    return kind(store, operation, name, detail)


def _kind(answer: Answer) -> type[StoreError]:
    status, text = answer.status, answer.text
    if status == 413 and _QUOTA.search(text):
        return SiteUnavailable
    if status == 400 and _LIMIT.search(text):
        return LimitExceeded
    if status == 412 and _BAD_PATH.search(text):
        return Refused
    if status in BY_STATUS:
        return BY_STATUS[status]
    return SiteUnavailable if status >= 500 or status < 400 else Refused


def retry_after(answer: Answer, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for; None: it is not there.

    It holds seconds or a date.
    """
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


@contextmanager
def translated(store: str, operation: str, name: str) -> Iterator[None]:
    """Raise SiteUnavailable in place of what a broken connection raises."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SiteUnavailable(
            store, operation, name, f"{error}; is `ca_file` right?"
        ) from error
    except (http.client.HTTPException, DeadlinePassed, OSError) as error:
        raise SiteUnavailable(
            store, operation, name, f"{type(error).__name__}: {error}"
        ) from error
    except ValueError as error:  # what http.client does not let out
        raise Refused(store, operation, name, str(error)) from error
