# SPDX-License-Identifier: Apache-2.0
"""What does the rest of the software know of the configuration?"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from s3_sync.config import endpoint as endpoints
from s3_sync.model.keys import EVERY_CONTAINER

ProviderName = Literal[
    "amazon",
    "google",
    "ceph",
    "minio",
    "s3proxy",
    "swift",
    "r2",
    "b2",
    "generic",
]


@dataclass(frozen=True)
class Site:
    """A remote endpoint with its credentials.

    Without `identity` and `secret`, the SDK's own chain finds them; that is
    so for Amazon's endpoints only. With `role_arn` they are what the role is
    assumed with.
    """

    endpoint: str | None = None
    identity: SecretStr | None = None
    secret: SecretStr | None = None
    session_token: SecretStr | None = None
    region: str | None = None
    addressing: Literal["auto", "path", "virtual"] = "auto"
    protocol: Literal["s3"] = "s3"
    provider: ProviderName | None = None
    """Whose software answers there; None: as the endpoint tells."""
    capabilities: tuple[tuple[str, object], ...] = ()
    """In what it differs from others of its provider."""
    role_arn: str | None = None
    external_id: SecretStr | None = None
    sts_endpoint: str | None = None
    """Where the role is assumed; None: Amazon's, in the site's region."""
    expected_bucket_owner: str | None = None
    ca_file: Path | None = None
    """Who may have signed the site's certificate; None: the public ones."""
    tls_verify: bool = True
    client_cert: Path | None = None
    client_key: Path | None = None
    """None: in the file of `client_cert`."""
    insecure: bool = False
    """Whether plain http is accepted beyond this machine."""
    proxy: SecretStr | None = None
    """The URL through which requests go; None: straight."""
    name: str | None = field(default=None, compare=False)
    """Its name in `sites`; None when a rule holds it inline."""
    origins: Mapping[str, str] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Where each secret was found: `given`, `env NAME` or `file PATH`."""

    @property
    def is_amazon(self) -> bool:
        """Whether this is Amazon's own S3."""
        return endpoints.is_amazon(self.endpoint)

    @property
    def label(self) -> str:
        """Its short name for people: the host, or Amazon S3."""
        if self.endpoint is None or self.is_amazon:
            return "Amazon S3"
        return self.endpoint.partition("://")[2]

    @property
    def place(self) -> str:
        """The same text for all sites whose buckets are the same ones.

        A bucket name is unique in all regions of Amazon, so the region
        makes no other place of it.
        """
        if self.endpoint is None or self.is_amazon:
            return endpoints.partition(self.endpoint, self.region)
        host, port = endpoints.address(self.endpoint)
        return f"{host} {port}"


@dataclass(frozen=True)
class Rule:
    """Which container goes where, and how."""

    account: str
    container: str
    bucket: str
    site: Site
    custom_prefix: str | None = None
    propagate_delete: bool = True
    metadata_prefix: str = "swift-"
    head_first_size: int = 8 * 1024 * 1024
    versioned: bool | None = None
    """Whether the bucket keeps versions; None: it is asked."""

    @property
    def all_containers(self) -> bool:
        """Whether the rule is for every container of the account."""
        return self.container == EVERY_CONTAINER

    @cached_property
    def id(self) -> str:
        """16 hex digits that stay as long as the same goes to the same place.

        Sync points are kept under it. No secret is in it.
        """
        parts = [
            self.account,
            self.container,
            self.site.place,
            self.bucket,
            self.custom_prefix,
            self.propagate_delete,
            self.metadata_prefix,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @cached_property
    def name(self) -> str:
        """The rule's name for people."""
        container = "*" if self.all_containers else self.container
        source = f"{self.account}/{container}"
        return f"{source} → {self.bucket} at {self.site.label}"


@dataclass(frozen=True)
class Syslog:
    """Where else log lines go."""

    host: str = "localhost"
    port: int = 514
    proto: Literal["udp", "tcp"] = "udp"


@dataclass(frozen=True)
class Statsd:
    """Where figures go. `prefix` stands before each name."""

    host: str
    port: int = 8125
    prefix: str | None = None


@dataclass(frozen=True)
class Config:
    """All that the operator's file says, with defaults filled in."""

    rules: tuple[Rule, ...]
    sites: Mapping[str, Site] = field(hash=False)
    status_dir: Path
    swift_dir: Path
    devices: Path
    swift_bind_ip: str
    poll_interval: float
    """Seconds between the starts of two polls."""
    verification_slack: float
    """Minutes that other nodes are given before their rows are verified."""
    workers: int
    """Objects on their way at once, in each process."""
    processes: int
    internal_client_path: Path
    log_file: Path | None
    log_level: Literal["debug", "info", "warning", "error"]
    syslog: Syslog | None
    statsd: Statsd | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What an operator should know at each start; one line each."""
