# SPDX-License-Identifier: Apache-2.0
"""Where does an endpoint lead, and is it Amazon's own?"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

_REGION = r"(?P<{}>[a-z]{{2,4}}(?:-[a-z]+)+-[0-9]+)"
_AMAZON = re.compile(
    r"(?:"
    rf"s3-{_REGION.format('dashed')}"
    rf"|s3(?:-fips|-external-1|-accelerate)?(?:\.dualstack)?"
    rf"(?:\.{_REGION.format('dotted')})?"
    rf"|bucket\.vpce-[a-z0-9-]+\.s3\.{_REGION.format('private')}\.vpce"
    r")\.amazonaws\.(?P<domain>com|com\.cn|eu)",
    re.ASCII,
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_NO_HOST = "expected a URL with a valid host"
_PARTITIONS = {"com.cn": "aws-cn", "eu": "aws-eusc"}
_REGIONS = {"aws-cn": "cn-north-1", "aws-eusc": "eusc-de-east-1"}
_AMAZON_STS = re.compile(
    r"sts(?:-fips)?(?:\.[a-z0-9-]+)?\.amazonaws\.(?:com|com\.cn|eu)", re.ASCII
)


def canonical(text: str, *, path: bool = False) -> str:
    """Return the one spelling of an endpoint; ValueError says what is wrong.

    `path`: it may have one. No message shows `text`: it may hold a password.
    """
    parts = _split(text)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("expected a URL that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without user name and password")
    if "?" in text or "#" in text:
        raise ValueError("expected a URL without query and fragment")
    if parts.path not in ("", "/") and not path:
        raise ValueError("expected a URL without a path")
    host, port = _host(parts.hostname), parts.port
    below = parts.path.rstrip("/")
    if port in (None, DEFAULT_PORTS[parts.scheme]):
        return f"{parts.scheme}://{host}{below}"
    return f"{parts.scheme}://{host}:{port}{below}"


def _split(text: str) -> SplitResult:
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("expected a URL of ASCII characters without spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"{_NO_HOST} and port") from None
    if port == 0:
        raise ValueError("expected a port from 1 to 65535")
    return parts


def _host(host: str | None) -> str:
    if host and ":" in host:
        return f"[{_ipv6(host)}]"
    if not host or not _HOST.fullmatch(host):
        raise ValueError(_NO_HOST)
    return host


def _ipv6(host: str) -> str:
    try:
        return ipaddress.IPv6Address(host).compressed
    except ValueError:
        raise ValueError(_NO_HOST) from None


def address(endpoint: str) -> tuple[str, int]:
    """Return host and port of an endpoint in its one spelling."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    return host, parts.port or DEFAULT_PORTS[parts.scheme]


def is_loopback(endpoint: str) -> bool:
    """Tell whether an endpoint is on this machine itself."""
    host, _ = address(endpoint)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_open(endpoint: str | None) -> bool:
    """Tell whether everybody on the way to an endpoint can read along."""
    return bool(
        endpoint
        and endpoint.startswith("http://")
        and not is_loopback(endpoint)
    )


def is_amazon(endpoint: str | None) -> bool:
    """Tell whether the endpoint is Amazon's own S3; absent is Amazon's.

    Other hosts under amazonaws.com are not: they belong to customers.
    """
    return endpoint is None or _amazon(endpoint) is not None


def is_amazon_sts(endpoint: str) -> bool:
    """Tell whether the endpoint is Amazon's own token service."""
    return _AMAZON_STS.fullmatch(address(endpoint)[0]) is not None


def is_within(url: str, endpoint: str | None) -> bool:
    """Tell whether a request to `url` stays with the site of `endpoint`.

    That is its host or one below it, as when the bucket is part of the name,
    and never http where the site has https. Absent: any of Amazon's S3.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host, secure = parts.hostname or "", parts.scheme == "https"
    if endpoint is None:
        labels = host.split(".")
        hosts = (".".join(labels[n:]) for n in range(len(labels)))
        return secure and any(map(_AMAZON.fullmatch, hosts))
    site, _ = address(endpoint)
    below = host == site or host.endswith(f".{site}")
    plain = parts.scheme == "http" and endpoint.startswith("http://")
    return below and (secure or plain)


def default_region(endpoint: str | None) -> str:
    """Return the region to sign for where the configuration names none."""
    return _REGIONS.get(partition(endpoint, None), "us-east-1")


def amazon_region(endpoint: str | None) -> str | None:
    """Return the region that an endpoint of Amazon names, if it does."""
    match = _amazon(endpoint) if endpoint else None
    if match is None:
        return None
    return match["dashed"] or match["dotted"] or match["private"]


def partition(endpoint: str | None, region: str | None) -> str:
    """Return the part of Amazon in which a bucket name is unique."""
    match = _amazon(endpoint) if endpoint else None
    region = region or ""
    for start, name in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(start):
            return name
    return _PARTITIONS.get(match["domain"], "aws") if match else "aws"


def _amazon(endpoint: str) -> re.Match[str] | None:
    return _AMAZON.fullmatch(address(endpoint)[0])
