# SPDX-License-Identifier: Apache-2.0
"""What time is it at the site?

A signature carries the time of its making, and S3 refuses one that is more
than 15 minutes off its own. A node whose clock is wrong signs by the site's.
"""

import datetime
import logging
import time
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SIGV4_TIMESTAMP, S3SigV4Auth

from s3_sync.log import event

LOGGER = logging.getLogger(__name__)

WORTH_IT = 60.0
"""Seconds by which two clocks may differ without anybody minding."""

_VERSION = "s3v4-by-site-clock"
_OFFSET = "site_clock_offset"


class SiteClock:
    """How far a site's clock is ahead of ours, in seconds."""

    def __init__(self, label: str) -> None:
        self.offset = 0.0
        self._label = label

    def corrected(self, date: float | None, used: float) -> bool:
        """Take over the site's time; True: signing anew makes a difference.

        `date` is what the site says, `used` the offset of the request.
        """
        if abs(self.offset - used) > WORTH_IT:
            return True  # another request's answer told it first
        if date is None:
            return False
        offset = date - time.time()
        if abs(offset - used) <= WORTH_IT:
            return False
        self.offset = offset
        LOGGER.warning(
            event(
                "this node's clock is wrong, or the site's is:"
                " requests are signed by the site's time; set the clock",
                site=self._label,
                site_is_ahead=f"{offset:.0f}s",
            )
        )
        return True

    def sign_with(self, events: Any) -> None:
        """Make a botocore client sign by this clock."""
        events.register_first("choose-signer.s3", self._choose)

    def _choose(
        self, signature_version: str, context: dict[str, Any], **_: object
    ) -> str | None:
        if not self.offset or signature_version not in ("v4", "s3v4"):
            return None
        context[_OFFSET] = self.offset
        return _VERSION


class _SignedBySiteClock(S3SigV4Auth):  # type: ignore[misc]
    """botocore asks nobody for the time; this is where it can be told."""

    def _modify_request_before_signing(self, request: Any) -> None:
        offset = datetime.timedelta(seconds=request.context[_OFFSET])
        now = datetime.datetime.now(datetime.timezone.utc) + offset
        request.context["timestamp"] = now.strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)


AUTH_TYPE_MAPS[_VERSION] = _SignedBySiteClock
