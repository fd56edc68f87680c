# SPDX-License-Identifier: Apache-2.0
"""Whose credentials sign the requests to a site?"""

import datetime
from collections.abc import Callable
from contextlib import closing
from typing import Any

from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from s3_sync.config import Site
from s3_sync.errors import SiteUnavailable
from s3_sync.stores.s3_session import a_session, users_session

_SESSION_NAME = "swift-s3-sync"
_LOOK_AGAIN = datetime.timedelta(minutes=16)
"""botocore asks anew from 15 minutes before the end."""

OpenSts = Callable[[Session], Any]
"""Opens a client of the token service."""


def session_of(site: Site, open_sts: OpenSts) -> Session:
    """Return a session whose clients sign as the site wants it.

    Nothing is asked of anybody before the first request. Raises nothing:
    where credentials cannot be had, that request raises SiteUnavailable.
    """
    if site.role_arn:
        return a_session(_Fixed(_role(site, open_sts)))
    if site.identity:
        return a_session(_Fixed(_given(site)))
    return a_session(_Fixed(_found(site)))


class _Fixed:
    """A provider of the credentials that it was made with."""

    METHOD = CANONICAL_NAME = "swift-s3-sync"

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load(self) -> Any:
        return self._credentials


def _given(site: Site) -> Credentials:
    return Credentials(
        _reveal(site.identity),
        _reveal(site.secret),
        _reveal(site.session_token),
        method="given",
    )


def _reveal(secret: Any) -> str | None:
    return secret.get_secret_value() if secret else None


def _found(site: Site) -> DeferredRefreshableCredentials:
    """Return what the SDK's own search finds, looked for again and again."""

    def look() -> dict[str, Any]:
        try:
            found = users_session().get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(site, "find credentials", error) from error
        if frozen is None:
            raise _unavailable(
                site,
                "find credentials",
                "there are none; give the site identity and secret, or the"
                " node a profile or an instance role",
            )
        until = datetime.datetime.now(datetime.timezone.utc) + _LOOK_AGAIN
        return {
            "access_key": frozen.access_key,
            "secret_key": frozen.secret_key,
            "token": frozen.token,
            "expiry_time": until.isoformat(),
        }

    return DeferredRefreshableCredentials(look, "found")


def _role(site: Site, open_sts: OpenSts) -> DeferredRefreshableCredentials:
    """Return a role's credentials, which are renewed before they expire."""
    source = _given(site) if site.identity else _found(site)
    parameters = {"RoleArn": site.role_arn, "RoleSessionName": _SESSION_NAME}
    if site.external_id:
        parameters["ExternalId"] = _reveal(site.external_id)

    def assume() -> dict[str, Any]:
        try:
            with closing(open_sts(a_session(_Fixed(source)))) as sts:
                answer = sts.assume_role(**parameters)["Credentials"]
        except (BotoCoreError, ClientError) as error:
            what = f"assume {site.role_arn}"
            raise _unavailable(site, what, error) from error
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    return DeferredRefreshableCredentials(assume, "assume-role")


def _unavailable(site: Site, what: str, why: object) -> SiteUnavailable:
    return SiteUnavailable(site.label, what, "", str(why))
