# SPDX-License-Identifier: Apache-2.0
"""How is a connection to an S3 site set up?"""

import base64
import hashlib
import warnings
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.session import Session
from urllib3.exceptions import InsecureRequestWarning

from s3_sync import __version__
from s3_sync.config import Site
from s3_sync.stores.s3_credentials import session_of
from s3_sync.stores.s3_patience import SILENCE_SECONDS, be_patient
from s3_sync.stores.s3_providers import capabilities_of
from s3_sync.stores.s3_redirects import refuse_redirect, refuse_to_leave
from s3_sync.stores.s3_session import users_session

CONNECT_SECONDS = 5
LEAST_BYTES_PER_SECOND = 16 * 1024
EXPECT_FROM = 1024 * 1024
"""From this size on, hearing of a refusal before the body is sent is worth
a round trip."""

be_patient()


class S3Clients:
    """One client for each site, with all rules' requests to it.

    Each keeps up to `connections` open.
    """

    def __init__(self, connections: int) -> None:
        self.requests = 0
        """How many were sent, to all sites."""
        self._connections = connections
        self._clients: dict[Site, Any] = {}

    def of(self, site: Site) -> Any:
        """Return the botocore client of a site."""
        if site not in self._clients:
            client = open_client(site, self._connections)
            client.meta.events.register("before-send.s3", self._count)
            self._clients[site] = client
        return self._clients[site]

    def refresh(self, site: Site) -> bool:
        """Find a site's credentials anew; False: they are given, and stay."""
        if site.identity and not site.role_arn:
            return False
        self._clients.pop(site, None)
        users_session.cache_clear()  # it remembers what it has found
        return True

    def _count(self, **_: object) -> None:
        self.requests += 1


def open_client(site: Site, connections: int) -> Any:
    """Return a botocore client; it keeps up to `connections` open.

    There are no retries here: they belong to the journal. Nothing that
    stands in the environment changes where requests go.
    """
    session = session_of(site, lambda session: _open_sts(session, site))
    client = session.create_client(
        "s3",
        endpoint_url=site.endpoint,
        region_name=site.region,
        verify=_verify(site),
        config=_settings(site).merge(
            Config(
                max_pool_connections=connections,
                # what older servers refuse, or store as part of the object
                request_checksum_calculation=(
                    "when_supported"
                    if capabilities_of(site).checksum_required
                    else "when_required"
                ),
                response_checksum_validation="when_required",
                s3={
                    "addressing_style": site.addressing,
                    # Content-MD5 protects the bytes; another hash is dear
                    "payload_signing_enabled": False,
                    "us_east_1_regional_endpoint": "regional",
                },
            )
        ),
    )
    events = client.meta.events
    # for all operations: botocore adds it after what is for PutObject only
    events.register_last("before-call.s3", _spare_expect)
    events.register_last("before-call.s3.DeleteObjects", _finish_multi_delete)
    events.register("before-send.s3", partial(refuse_to_leave, site))
    events.register("before-parse.s3", partial(refuse_redirect, site))
    if site.expected_bucket_owner:
        owner = partial(_name_owner, site.expected_bucket_owner)
        events.register("provide-client-params.s3", owner)
    return client


def _open_sts(session: Session, site: Site) -> Any:
    return session.create_client(
        "sts",
        endpoint_url=site.sts_endpoint,
        region_name=site.region,
        verify=_verify(site),
        config=_settings(site),
    )


def _settings(site: Site) -> Config:
    """Return what holds for every service of a site."""
    proxy = site.proxy.get_secret_value() if site.proxy else None
    cert: Any = site.client_cert and str(site.client_cert)
    if site.client_key:
        cert = cert, str(site.client_key)
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=SILENCE_SECONDS,
        retries={"total_max_attempts": 1},
        user_agent=f"swift-s3-sync/{__version__}",
        ignore_configured_endpoint_urls=True,
        # None would mean: those of the environment
        proxies={"http": proxy, "https": proxy} if proxy else {},
        client_cert=cert,
    )


def _verify(site: Site) -> bool | str:
    if not site.tls_verify:
        # The operator is warned at each start, not at each request.
        warnings.filterwarnings("ignore", category=InsecureRequestWarning)
        return False
    return str(site.ca_file) if site.ca_file else True


def _name_owner(
    owner: str, params: dict[str, Any], model: Any, **_: object
) -> None:
    """Let S3 refuse a request if the bucket is somebody else's by now."""
    known = model.input_shape.members if model.input_shape else ()
    for name in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
        if name in known:
            params[name] = owner


def _spare_expect(params: dict[str, Any], **_: object) -> None:
    """Send small bodies at once: Expect costs a round trip."""
    if int(params["headers"].get("Content-Length", 0)) < EXPECT_FROM:
        params["headers"].pop("Expect", None)


def _finish_multi_delete(params: dict[str, Any], **_: object) -> None:
    """Add the checksum that S3 has always demanded of a multi-delete.

    botocore would add a CRC in its place, which older servers refuse. It
    has written CR and LF as references, and TAB as it is.
    """
    body = params["body"] = params["body"].replace(b"\t", b"&#x9;")
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
    params["context"].get("checksum", {}).pop("request_algorithm", None)
