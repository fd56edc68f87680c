# SPDX-License-Identifier: Apache-2.0
"""May this request go there?

botocore follows S3 to the region of a bucket, and would elsewhere take an
answer's word. Signed requests stay with the site that the operator named.
"""

from typing import Any
from urllib.parse import urljoin, urlsplit

from s3_sync.config import Site
from s3_sync.config.endpoint import is_within
from s3_sync.errors import SiteUnavailable

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def refuse_to_leave(site: Site, request: Any, **_: object) -> None:
    """Raise SiteUnavailable before a request leaves for another host."""
    if not is_within(request.url, site.endpoint):
        raise _refusal(site, "send", request.url)


def refuse_redirect(
    site: Site, operation_model: Any, response_dict: Any, **_: object
) -> None:
    """Raise SiteUnavailable if the answer points to another host.

    A redirect within the site is left to botocore, which knows of regions.
    """
    if response_dict["status_code"] not in _REDIRECTS:
        return
    headers, operation = response_dict["headers"], operation_model.name
    location = headers.get("location")
    if location:
        target = _absolute(location, site)
        if not is_within(target, site.endpoint):
            raise _refusal(site, operation, target)
    if operation == "HeadBucket" and "x-amz-bucket-region" not in headers:
        # botocore asks HeadBucket for the region, and that by HeadBucket …
        raise SiteUnavailable(
            site.label, operation, "", "redirects without naming a region"
        )


def _absolute(location: str, site: Site) -> str:
    try:
        return urljoin(site.endpoint or "https://s3.amazonaws.com", location)
    except ValueError:
        return "no address"


def _refusal(site: Site, operation: str, url: str) -> SiteUnavailable:
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    there = f"{scheme}://{host}" if host else "nowhere"
    return SiteUnavailable(
        site.label,
        operation,
        "",
        f"not followed from {site.endpoint or 'Amazon S3'} to {there};"
        " correct `endpoint` or `region`",
    )
