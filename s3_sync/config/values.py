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
    protocol: Literal["s3", "swift"] = "s3"
    auth_type: Literal["swift", "keystone_v2", "keystone_v3"] = "swift"
    tenant_name: str | None = None
    project_name: str | None = None
    project_domain_name: str | None = None
    user_domain_name: str | None = None
    endpoint_type: Literal["public", "internal", "admin"] = "public"
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
        return self.protocol == "s3" and endpoints.is_amazon(self.endpoint)

    @property
    def label(self) -> str:
        """Its short name for people: the host, or Amazon S3."""
        if self.endpoint is None or self.is_amazon:
            return "Amazon S3"
        return self.endpoint.partition("://")[2].partition("/")[0]

    @property
    def place(self) -> str:
        """The same text for all sites whose buckets are the same ones.

        A bucket name is unique in all regions of Amazon, so the region
        makes no other place of it.
        """
        if self.endpoint is None or self.is_amazon:
            return endpoints.partition(self.endpoint, self.region)
        host, port = endpoints.address(self.endpoint)
        if self.protocol == "swift":
            return f"swift {host} {port} {self.region or ''}"
        return f"{host} {port}"

    @property
    def own_account(self) -> str:
        """What tells the account that one logs in to from others there.

        Of version 1 it is known by TempAuth's naming.
        """
        if self.auth_type == "keystone_v3":
            return f"{self.project_domain_name}/{self.project_name}"
        if self.auth_type == "keystone_v2":
            return f"/{self.tenant_name}"
        user = self.identity.get_secret_value() if self.identity else ""
        return f"AUTH_{user.partition(':')[0]}"


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
    remote_account: str | None = None
    storage_policy: str | None = None

    @property
    def all_containers(self) -> bool:
        """Whether the rule is for every container of the account."""
        return self.container == EVERY_CONTAINER

    @property
    def to_swift(self) -> bool:
        """Whether the copies go to another Swift."""
        return self.site.protocol == "swift"

    def remote_container(self, container: str) -> str:
        """Return where the objects of `container` go in another Swift.

        For every container of an account, `bucket` is what the names begin
        with there.
        """
        return self.bucket + container if self.all_containers else self.bucket

    @property
    def place(self) -> tuple[str, str]:
        """The same for all rules whose copies could meet."""
        if not self.to_swift:
            return self.site.place, self.bucket
        return self.site.place, self.remote_account or self.site.own_account

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
        if self.to_swift:
            parts.append(self.place[1])
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @cached_property
    def name(self) -> str:
        """The rule's name for people."""
        container = "*" if self.all_containers else self.container
        source = f"{self.account}/{container}"
        return f"{source} → {self.target} at {self.site.label}"

    @property
    def target(self) -> str:
        """The bucket or container, for people."""
        account = f"{self.remote_account}/" if self.remote_account else ""
        every = "*" if self.to_swift and self.all_containers else ""
        return f"{account}{self.bucket}{every}"


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
