# SPDX-License-Identifier: Apache-2.0
"""How is a connection to an S3 site set up?"""

import base64
import hashlib
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

from s3_sync import __version__
from s3_sync.config import Site

CONNECT_SECONDS = 5
SILENCE_SECONDS = 60
LEAST_BYTES_PER_SECOND = 16 * 1024
EXPECT_FROM = 1024 * 1024
"""From this size on, hearing of a refusal before the body is sent is worth
a round trip."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


class S3Clients:
    """One client for each site, with all rules' requests to it.

    Each keeps up to `connections` open.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._clients: dict[Site, Any] = {}

    def of(self, site: Site) -> Any:
        """Return the botocore client of a site."""
        if site not in self._clients:
            self._clients[site] = open_client(site, self._connections)
        return self._clients[site]


def open_client(site: Site, connections: int) -> Any:
    """Return a botocore client; it keeps up to `connections` open.

    One session serves the whole process, for making one costs 100 ms. There
    are no retries here: they belong to the journal.
    """
    client = _session().create_client(
        "s3",
        endpoint_url=site.endpoint,
        region_name=site.region,
        aws_access_key_id=_reveal(site.identity),
        aws_secret_access_key=_reveal(site.secret),
        aws_session_token=_reveal(site.session_token),
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SILENCE_SECONDS,
            max_pool_connections=connections,
            retries={"total_max_attempts": 1},
            # what older servers refuse, or store as part of the object
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={
                "addressing_style": site.addressing,
                # Content-MD5 protects the bytes; hashing them again is dear
                "payload_signing_enabled": False,
            },
            user_agent=f"swift-s3-sync/{__version__}",
            ignore_configured_endpoint_urls=True,
        ),
    )
    events = client.meta.events
    # for all operations: botocore adds it after what is for PutObject only
    events.register_last("before-call.s3", _spare_expect)
    events.register_last("before-call.s3.DeleteObjects", _finish_multi_delete)
    return client


def _reveal(secret: Any) -> str | None:
    return secret.get_secret_value() if secret else None


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
