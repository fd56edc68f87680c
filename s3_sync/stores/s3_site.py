# SPDX-License-Identifier: Apache-2.0
"""What do all requests to a site have in common?

Its throttle, its clock, credentials that can expire, and what was learnt of
the site while this process runs.
"""

import time
from dataclasses import dataclass
from typing import Any, Protocol

from s3_sync.concurrency import deadline
from s3_sync.config import Site
from s3_sync.errors import SendAgain, SiteRefused
from s3_sync.stores import s3_answers
from s3_sync.stores.s3_clock import SiteClock
from s3_sync.stores.s3_delete import Batches
from s3_sync.stores.s3_errors import date_of, translated
from s3_sync.stores.throttle import Throttle, Throttles

_REFRESH_SECONDS = 60.0
_EXPIRED = ("ExpiredToken", "TokenRefreshRequired")


class Clients(Protocol):
    """Where the botocore client of a site comes from."""

    def of(self, site: Site) -> Any:
        """Return the present client."""
        ...

    def refresh(self, site: Site) -> bool:
        """Find its credentials anew; False: they are as they are given."""
        ...


@dataclass(frozen=True)
class Request:
    """One request about an object, or about the bucket if `name` is ""."""

    store: str
    operation: str
    """botocore's method."""
    name: str
    seconds: float
    """What it may take in all."""
    parameters: dict[str, Any]

    @property
    def described(self) -> tuple[str, str, str]:
        """Whose, which and about what."""
        return self.store, self.operation, self.name

    @property
    def is_spent(self) -> bool:
        """Whether its body, once sent, is gone."""
        return hasattr(self.parameters.get("Body"), "read")


class S3Site:
    """One site, for all the rules of this process."""

    def __init__(
        self, site: Site, clients: Clients, throttle: Throttle
    ) -> None:
        self.throttle = throttle
        self.batches = Batches()
        self.remedies = 0
        """How often a refusal's cause was removed."""
        self._site = site
        self._clients = clients
        self._clock = SiteClock(site.label)
        self._known: Any = None
        self._refreshed_at = float("-inf")

    def client(self) -> Any:
        """Return the present botocore client."""
        client = self._clients.of(self._site)
        if client is not self._known:
            self._known = client
            s3_answers.watch(client.meta.events)
            self._clock.sign_with(client.meta.events)
        return client

    def call(self, request: Request) -> Any:
        """Send a request as soon as the site takes it; raises StoreError.

        A refusal whose cause can be removed is no failure.
        """
        client, offset = self.client(), self._clock.offset
        try:
            return self._send(client, request)
        except SiteRefused as error:
            if not self._remedied(error, client, offset):
                raise
            if request.is_spent:
                raise SendAgain(*request.described, error.detail) from error
        return self._send(self.client(), request)

    def _send(self, client: Any, request: Request) -> Any:
        method = getattr(client, request.operation)
        with (
            self.throttle.paced(request.store),
            translated(*request.described),
            deadline(request.seconds),
        ):
            return method(**request.parameters)

    def refused(self) -> None:
        """Note that it asked for fewer requests, amid another answer."""
        self.throttle.refused(time.monotonic(), None)

    def _remedied(
        self, error: SiteRefused, client: Any, offset: float
    ) -> bool:
        """Remove the cause of a refusal; False: that is not ours to do."""
        if error.code == "RequestTimeTooSkewed":
            removed = self._clock.corrected(date_of(error), offset)
        elif error.code in _EXPIRED:
            current = self._clients.of(self._site) is client
            removed = not current or self._refreshed()
        else:
            removed = False
        self.remedies += removed
        return removed

    def _refreshed(self) -> bool:
        now = time.monotonic()
        if now < self._refreshed_at + _REFRESH_SECONDS:
            return False  # the new ones are refused as well
        self._refreshed_at = now
        return self._clients.refresh(self._site)


class S3Sites:
    """Every site of this process."""

    def __init__(
        self, clients: Clients, throttles: Throttles | None = None
    ) -> None:
        self._clients = clients
        self._throttles = throttles or Throttles()
        self._sites: dict[Site, S3Site] = {}

    def of(self, site: Site) -> S3Site:
        """Return what the requests to a site share."""
        if site not in self._sites:
            throttle = self._throttles.of(site)
            self._sites[site] = S3Site(site, self._clients, throttle)
        return self._sites[site]
