# SPDX-License-Identifier: Apache-2.0
"""Which keys may each part of the file have, and what may they be?"""

import ipaddress
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
)

from s3_sync.config.endpoint import canonical
from s3_sync.config.secret import (
    Credential,
    Sources,
    resolve,
    resolve_proxy,
)
from s3_sync.config.values import ProviderName
from s3_sync.model.capabilities import overrides
from s3_sync.model.keys import EVERY_CONTAINER

SPELLINGS = {
    "aws_bucket": "bucket",
    "aws_endpoint": "endpoint",
    "aws_identity": "identity",
    "aws_secret": "secret",
    "aws_session_token": "session_token",
}
"""The predecessor's names of keys, and ours."""

_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)
_METADATA_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]*-", re.ASCII)
_POLICY = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME = 256
_FIGURE_PREFIX = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)
_OWNER = re.compile(r"[0-9]{12}", re.ASCII)
_ARN = re.compile(r"arn:[!-~]{16,2044}", re.ASCII)
_STRICT = ConfigDict(
    strict=True, extra="forbid", frozen=True, hide_input_in_errors=True
)


def _not_null(value: object) -> object:
    if value is None:
        raise ValueError("null is no value; leave the key out instead")
    return value


def _path(text: str) -> str:
    if not text or "\x00" in text:
        raise ValueError("expected the path of a file or folder")
    return text


def _absolute(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError("expected an absolute path")
    return text


def _ip(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # Swift takes what it does not understand for "every address".
        raise ValueError("expected an IP address") from None
    return text


def swift_name(text: str) -> str:
    """Return a name that Swift can have; ValueError says what is wrong."""
    if not text or "/" in text or "\x00" in text:
        raise ValueError('expected a name without "/" and NUL')
    if len(text.encode()) > _LONGEST_NAME:
        raise ValueError(f"expected {_LONGEST_NAME} bytes or less")
    return text


def _account(text: str) -> str:
    if text == ".manifests":
        raise ValueError("expected an account that is not named .manifests")
    return swift_name(text)


def _container(text: str) -> str:
    return text if text == EVERY_CONTAINER else swift_name(text)


def _policy(text: str) -> str:
    if not _POLICY.fullmatch(text):
        raise ValueError("expected the name of a storage policy")
    return text


def bucket(text: str) -> str:
    """Return the name of a bucket of S3; ValueError says what is wrong."""
    if not _BUCKET.fullmatch(text):
        raise ValueError(
            'expected 3 to 255 of letters, digits, ".", "_" and "-"'
        )
    if text.endswith("--x-s3"):
        raise ValueError("directory buckets (--x-s3) cannot be used")
    return text


def _custom_prefix(text: str) -> str:
    prefix = text.strip("/")
    if _CONTROL.search(prefix):
        raise ValueError("expected a prefix without control characters")
    if not {".", ".."}.isdisjoint(prefix.split("/")):
        raise ValueError('expected a prefix without "." and ".." as a folder')
    return prefix


def _metadata_prefix(text: str) -> str:
    if not _METADATA_PREFIX.fullmatch(text):
        raise ValueError(
            'expected lower-case letters, digits and "-", with "-" at the end'
        )
    return text


def _endpoint(text: str, info: ValidationInfo) -> str:
    return canonical(text, path=info.data.get("protocol") == "swift")


def _figure_prefix(text: str) -> str:
    if not _FIGURE_PREFIX.fullmatch(text):
        raise ValueError(
            'expected letters, digits, "-", "_" and dots between them'
        )
    return text


def _owner(text: str) -> str:
    if not _OWNER.fullmatch(text):
        raise ValueError("expected the 12 digits of an account at Amazon")
    return text


def _arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise ValueError("expected the name of a role: arn:…")
    return text


def _beside(text: str, info: ValidationInfo) -> str:
    """Let a relative path start in the folder of the configuration."""
    if not isinstance(info.context, Sources):
        raise TypeError("files need the context that says where they are")
    return str(info.context.folder / text)


def _capabilities(given: dict[str, Any]) -> dict[str, Any]:
    return dict(overrides(given))


_Text = Annotated[str, Field(min_length=1)]
_Path = Annotated[str, AfterValidator(_path)]
_Secret = Annotated[Credential, PlainValidator(resolve)]
_Proxy = Annotated[Credential, PlainValidator(resolve_proxy)]
_File = Annotated[_Path, AfterValidator(_beside)]
_Endpoint = Annotated[str, AfterValidator(canonical)]


class SyslogKeys(BaseModel):
    """The keys of `syslog`."""

    model_config = _STRICT
    _null = field_validator("*", mode="before")(_not_null)

    host: _Text = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 514
    proto: Literal["udp", "tcp"] = "udp"


class SiteKeys(BaseModel):
    """The keys of a site, and of a rule that names none."""

    model_config = _STRICT
    _null = field_validator("*", mode="before")(_not_null)

    protocol: Literal["s3", "swift"] = "s3"
    provider: ProviderName | None = None
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    identity: _Secret | None = None
    secret: _Secret | None = None
    session_token: _Secret | None = None
    role_arn: Annotated[str, AfterValidator(_arn)] | None = None
    external_id: _Secret | None = None
    sts_endpoint: _Endpoint | None = None
    region: _Text | None = None
    capabilities: Annotated[dict[str, Any], AfterValidator(_capabilities)] = (
        Field(default_factory=dict)
    )
    addressing: Literal["auto", "path", "virtual"] = "auto"
    expected_bucket_owner: Annotated[str, AfterValidator(_owner)] | None = None
    ca_file: _File | None = None
    tls_verify: bool = True
    client_cert: _File | None = None
    client_key: _File | None = None
    insecure: bool = False
    auth_type: Literal["swift", "keystone_v2", "keystone_v3"] = "swift"
    tenant_name: _Text | None = None
    project_name: _Text | None = None
    project_domain_name: _Text | None = None
    user_domain_name: _Text | None = None
    endpoint_type: Literal["public", "internal", "admin"] = "public"


class RuleKeys(BaseModel):
    """The keys of an entry of `containers`, but a site's."""

    model_config = _STRICT
    _null = field_validator("*", mode="before")(_not_null)

    account: Annotated[str, AfterValidator(_account)]
    container: Annotated[str, AfterValidator(_container)]
    site: _Text | None = None
    bucket: _Text | None = None
    remote_account: Annotated[str, AfterValidator(swift_name)] | None = None
    storage_policy: Annotated[str, AfterValidator(_policy)] | None = None
    custom_prefix: Annotated[str, AfterValidator(_custom_prefix)] | None = None
    propagate_delete: bool = True
    metadata_prefix: Annotated[str, AfterValidator(_metadata_prefix)] = (
        "swift-"
    )
    head_first_size: Annotated[int, Field(ge=0)] = 8 * 1024 * 1024
    versioned: bool | None = None


class FileKeys(BaseModel):
    """The keys of the file itself; its parts are looked at one by one."""

    model_config = _STRICT
    _null = field_validator("*", mode="before")(_not_null)

    containers: Annotated[list[object], Field(min_length=1)]
    sites: dict[str, object] = Field(default_factory=dict)
    swift_dir: _Path = "/etc/swift"
    devices: _Path = "/srv/node"
    swift_bind_ip: Annotated[str, AfterValidator(_ip)] = "0.0.0.0"  # noqa: S104
    status_dir: Annotated[_Path, AfterValidator(_absolute)]
    poll_interval: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    verification_slack: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 60
    workers: Annotated[int, Field(ge=1, le=1024)] = 64
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    internal_client_path: _Path | None = None
    log_file: _Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    syslog: dict[str, object] | None = None
    statsd_host: _Text | None = None
    statsd_port: Annotated[int, Field(ge=1, le=65535)] = 8125
    statsd_prefix: Annotated[str, AfterValidator(_figure_prefix)] | None = None
    http_proxy: _Proxy | None = None
    https_proxy: _Proxy | None = None
