# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, by the question that a caller asks about it."""


class S3SyncError(Exception):
    """Anything that this software reports rather than breaks on."""


class ConfigError(S3SyncError):
    """The operator's file is wrong; every problem is one line of text.

    `problems` holds one message each, led by the path of the bad value:
    `containers[2].bucket: expected …`.
    """

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {line}" for line in problems))
        self.source = source
        self.problems = problems


class JournalError(S3SyncError):
    """The journal in `status_dir` cannot be read or written."""


class JournalUnusable(JournalError):
    """The journal's file is not one that can ever be worked with.

    `reason` is `newer`, `foreign` or `corrupt`.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class StoreError(S3SyncError):
    """A store refused or failed an operation.

    `of_site` tells whose fault it is: the whole site's, so that every other
    object would meet it too, or this object's alone.
    """

    of_site = False
    code = ""
    """The store's own word for it; "" when it gave none."""
    status = 0
    """The HTTP status of its answer; 0: it gave none."""

    def __init__(
        self, store: str, operation: str, name: str, detail: str
    ) -> None:
        where = f"{operation} {name!r}" if name else operation
        super().__init__(f"{store}: {where}: {detail}")
        self.store = store
        self.operation = operation
        self.name = name
        self.detail = detail


class NotFound(StoreError):
    """The object that should be read or changed is not there."""


class AccessDenied(StoreError):
    """The site knows us and says no (403)."""


class Conflict(StoreError):
    """The object is not the version that we expected (409, 412)."""


class IntegrityError(StoreError):
    """What arrived is not what was sent."""


class LimitExceeded(StoreError):
    """The site can never take this object: its key or metadata or size."""


class Refused(StoreError):
    """The site refused this request for a reason of the object's own."""


class SiteUnavailable(StoreError):
    """The site is down or slow, or something on the way to it is.

    Network errors, time-outs, 5xx: usually no object is at fault, and every
    object would fail alike.
    """

    of_site = True
    retry_after: float | None = None
    """Seconds that it wants to be left alone; None: not said."""


class SiteRefused(SiteUnavailable):
    """The site does not let us work there, whatever the object.

    A missing bucket, wrong credentials, a wrong clock or region, a quota:
    unlike a 5xx, it is never one object's doing.
    """


class Throttled(SiteUnavailable):
    """The site asks for fewer requests (429, 503 SlowDown).

    `lasting`: it has taken none for so long that it counts as down.
    """

    def __init__(
        self,
        store: str,
        operation: str,
        name: str,
        detail: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(store, operation, name, detail)
        self.retry_after = retry_after
        self.lasting = False


class SendAgain(SiteUnavailable):
    """The cause of a refusal was found and removed; nothing is at fault.

    The request itself could not be repeated, its body being spent.
    """
