# SPDX-License-Identifier: Apache-2.0
"""How does one log in to a Swift site, and where is its storage then?

Version 1 (TempAuth and others) and Keystone's versions 2 and 3, each with a
password. docs.openstack.org/api-ref/identity describes the latter two.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from s3_sync.config import Site
from s3_sync.config import endpoint as endpoints
from s3_sync.errors import SiteUnavailable
from s3_sync.stores.swift_http import Answer, Request

Send = Callable[[str, Request], Answer]

_SERVICE = "object-store"


@dataclass(frozen=True)
class Access:
    """A token, and the URL of the account that it is for."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class _Offer:
    """One endpoint of a catalog."""

    region: str
    url: str


def log_in(site: Site, send: Send) -> Access:
    """Return a new token; raises SiteUnavailable and what `send` raises.

    No message shows what was sent or what came back, but for the status.
    """
    how = {
        "swift": _version_1,
        "keystone_v2": _keystone_2,
        "keystone_v3": _keystone_3,
    }[site.auth_type]
    access = how(site, send)
    if not access.token or not access.url:
        raise _failed(site, "the answer holds no token or no storage URL")
    if urlsplit(access.url).scheme not in ("http", "https"):
        raise _failed(site, "the storage URL is neither http nor https")
    if endpoints.is_open(access.url) and not site.insecure:
        raise _failed(
            site,
            "the storage URL is plain http: tokens and data would be readable"
            " on their way; correct it at the site, or add `insecure`",
        )
    return access


def _version_1(site: Site, send: Send) -> Access:
    url = site.endpoint or ""
    headers = {"X-Auth-User": _identity(site), "X-Auth-Key": _secret(site)}
    path = urlsplit(url).path or "/"
    answer = _checked(site, send(url, Request("GET", path, headers)))
    return Access(
        answer.headers.get("x-storage-url", "").rstrip("/"),
        answer.headers.get("x-auth-token", ""),
    )


def _keystone_2(site: Site, send: Send) -> Access:
    credentials = {"username": _identity(site), "password": _secret(site)}
    asked = {
        "auth": {
            "passwordCredentials": credentials,
            "tenantName": site.tenant_name,
        }
    }
    answer = _post(site, send, "/v2.0", "/tokens", asked)
    access = _object(site, answer, "access")
    offers = [
        _Offer(
            str(endpoint.get("region", "")),
            str(endpoint.get(f"{site.endpoint_type}URL", "")),
        )
        for endpoint in _endpoints(access.get("serviceCatalog"))
    ]
    token = access.get("token")
    value = token.get("id", "") if isinstance(token, dict) else ""
    return Access(_chosen(site, offers), str(value))


def _keystone_3(site: Site, send: Send) -> Access:
    user = {
        "name": _identity(site),
        "domain": {"name": site.user_domain_name},
        "password": _secret(site),
    }
    project = {
        "name": site.project_name,
        "domain": {"name": site.project_domain_name},
    }
    asked = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": user},
            },
            "scope": {"project": project},
        }
    }
    answer = _post(site, send, "/v3", "/auth/tokens", asked)
    offers = [
        _Offer(
            str(endpoint.get("region_id") or endpoint.get("region") or ""),
            str(endpoint.get("url", "")),
        )
        for endpoint in _endpoints(_object(site, answer, "token")["catalog"])
        if endpoint.get("interface") == site.endpoint_type
    ]
    token = answer.headers.get("x-subject-token", "")
    return Access(_chosen(site, offers), token)


def _post(
    site: Site, send: Send, version: str, path: str, asked: object
) -> Answer:
    base = site.endpoint or ""
    if not base.endswith(version):
        base += version
    body = json.dumps(asked).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    target = urlsplit(base).path + path
    request = Request("POST", target, headers, body, len(body))
    return _checked(site, send(base, request))


def _checked(site: Site, answer: Answer) -> Answer:
    if answer.status in (401, 403):
        raise _failed(
            site,
            f"answered {answer.status}: the site does not know this user"
            " with this password; correct `identity`, `secret` or the"
            " project's and domains' names",
        )
    if answer.status // 100 != 2:
        raise _failed(
            site, f"answered {answer.status}; is `endpoint` its auth URL?"
        )
    return answer


def _object(site: Site, answer: Answer, key: str) -> dict[str, Any]:
    try:
        value = json.loads(answer.body)[key]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, dict):
        raise _failed(site, f"the answer has no `{key}`; is it Keystone?")
    return {"catalog": []} | value


def _endpoints(catalog: object) -> Iterable[Mapping[str, Any]]:
    for service in catalog if isinstance(catalog, list) else ():
        if isinstance(service, dict) and service.get("type") == _SERVICE:
            for endpoint in service.get("endpoints") or ():
                if isinstance(endpoint, dict):
                    yield endpoint


def _chosen(site: Site, offers: list[_Offer]) -> str:
    """Return the one endpoint that is meant; guessing would be worse."""
    regions = sorted({offer.region for offer in offers if offer.url})
    fitting = [
        offer
        for offer in offers
        if offer.url and site.region in (None, offer.region)
    ]
    if not fitting:
        there = ", ".join(regions) or "none"
        raise _failed(
            site,
            f"the catalog has no {site.endpoint_type} endpoint of an object"
            f" store in region {site.region or '(any)'}; regions: {there}",
        )
    if len({offer.region for offer in fitting}) > 1:
        raise _failed(
            site,
            "the catalog has several regions, say which one with `region`: "
            + ", ".join(regions),
        )
    return fitting[0].url.rstrip("/")


def _identity(site: Site) -> str:
    return site.identity.get_secret_value() if site.identity else ""


def _secret(site: Site) -> str:
    return site.secret.get_secret_value() if site.secret else ""


def _failed(site: Site, detail: str) -> SiteUnavailable:
    return SiteUnavailable(site.label, "log in", "", detail)
