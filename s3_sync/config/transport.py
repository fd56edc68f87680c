# SPDX-License-Identifier: Apache-2.0
"""May a site be reached in this way, and with these credentials?"""

import ssl
from collections.abc import Iterator
from pathlib import Path

from s3_sync.config import endpoint as endpoints
from s3_sync.config.schema import SiteKeys
from s3_sync.config.sections import Section

_OPEN = (
    "plain http shows data and metadata to everybody on the way;"
    ' use https, or add "insecure": true'
)
_OPEN_TOKEN = "a token must not travel over plain http; use https"  # noqa: S105


def problems(section: Section, keys: SiteKeys) -> list[str]:
    """Return what is wrong with a site whose keys are right one by one."""
    return [
        f"{section.at(key)}: {text}"
        for key, text in (
            *_plain_http(keys),
            *_certificates(keys),
            *_role(section, keys),
        )
    ]


def warnings(section: Section, keys: SiteKeys) -> list[str]:
    """Return what an operator should know of a site at each start."""
    if keys.tls_verify:
        return []
    return [
        f"{section.at('tls_verify')}: is false: whoever is on the way can"
        " read and change everything, credentials included"
    ]


def _plain_http(keys: SiteKeys) -> Iterator[tuple[str, str]]:
    if endpoints.is_open(keys.endpoint):
        if keys.session_token or keys.role_arn:
            yield "endpoint", _OPEN_TOKEN
        elif not keys.insecure:
            yield "endpoint", _OPEN
    if endpoints.is_open(keys.sts_endpoint):
        yield "sts_endpoint", _OPEN_TOKEN


def _certificates(keys: SiteKeys) -> Iterator[tuple[str, str]]:
    if keys.ca_file:
        if not keys.tls_verify:
            yield "ca_file", "has no effect while tls_verify is false"
        yield from _ca(keys.ca_file)
    if keys.client_cert:
        yield from _pair(keys.client_cert, keys.client_key)
    elif keys.client_key:
        yield "client_key", "belongs to client_cert, which is not there"


def _ca(path: str) -> Iterator[tuple[str, str]]:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        yield "ca_file", f"{path!r} holds no certificate in PEM"
    except (OSError, ValueError) as error:
        yield "ca_file", _unreadable(path, error)


def _pair(cert: str, key: str | None) -> Iterator[tuple[str, str]]:
    for name, path in (("client_cert", cert), ("client_key", key)):
        try:
            if path:
                Path(path).open("rb").close()
        except (OSError, ValueError) as error:
            yield name, _unreadable(path or "", error)
            return
    try:
        # Without a password at hand OpenSSL would ask the terminal.
        ssl.create_default_context().load_cert_chain(
            cert, key, password=lambda: b""
        )
    except (OSError, ValueError):
        where = f"{cert!r} and {key!r} hold" if key else f"{cert!r} holds"
        yield "client_cert", f"{where} no certificate in PEM with its key"


def _unreadable(path: str, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) else "no such name"
    return f"cannot read {path!r}: {why}"


def _role(section: Section, keys: SiteKeys) -> Iterator[tuple[str, str]]:
    if not keys.role_arn:
        for key in ("external_id", "sts_endpoint"):
            if key in section.keys:
                yield key, "belongs to role_arn, which is not there"
        return
    sts = keys.sts_endpoint
    if sts is None:
        if not endpoints.is_amazon(keys.endpoint):
            yield (
                "sts_endpoint",
                "required beside role_arn: only Amazon's is known",
            )
    elif not (keys.identity or endpoints.is_amazon_sts(sts)):
        for key in ("identity", "secret"):
            yield key, "required, because sts_endpoint is not Amazon's"
