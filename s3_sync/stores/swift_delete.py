# SPDX-License-Identifier: Apache-2.0
"""How are many objects of a Swift container deleted with few requests?

docs.openstack.org/swift/latest/middleware.html, "Bulk Delete": the status is
always 200, and what came of it stands in the body.
"""

import json
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote, unquote

from s3_sync.errors import NotFound, SiteUnavailable, StoreError
from s3_sync.stores.swift_errors import error_for
from s3_sync.stores.swift_http import SILENCE_SECONDS, Answer, Request
from s3_sync.stores.swift_site import SwiftSite

BATCH_NAMES = 1000
_SECONDS_A_NAME = 0.5

Outcomes = dict[str, StoreError | None]


class Account(Protocol):
    """What is needed of an account here."""

    site: SwiftSite

    def call(
        self,
        operation: str,
        name: str,
        request: Request,
        fine: tuple[int, ...] = (),
    ) -> Answer:
        """Send one request."""
        ...


def delete_names(
    account: Account, container: str, names: Sequence[str]
) -> Outcomes:
    """Delete objects and tell of each how it went.

    Raises SiteUnavailable; what was not told of then may be deleted or not.
    """
    outcomes: Outcomes = {}
    unique = list(dict.fromkeys(names))
    size = 1
    if len(unique) > 1:
        most = account.site.capabilities().bulk_deletes
        size = min(BATCH_NAMES, most) or 1
    for start in range(0, len(unique), size):
        batch = unique[start : start + size]
        if len(batch) == 1:
            outcomes[batch[0]] = _delete_one(account, container, batch[0])
        else:
            outcomes |= _delete_batch(account, container, batch)
    return outcomes


def _path(container: str, name: str) -> str:
    return f"/{quote(container, safe='')}/{quote(name)}"


def _delete_one(
    account: Account, container: str, name: str
) -> StoreError | None:
    try:
        account.call("DELETE", name, Request("DELETE", _path(container, name)))
    except NotFound:
        return None
    except SiteUnavailable:
        raise
    except StoreError as error:
        return error
    return None


def _delete_batch(
    account: Account, container: str, names: list[str]
) -> Outcomes:
    body = "\n".join(_path(container, name) for name in names).encode()
    request = Request(
        "POST",
        "?bulk-delete",
        {"Content-Type": "text/plain", "Accept": "application/json"},
        body,
        len(body),
        SILENCE_SECONDS + _SECONDS_A_NAME * len(names),
    )
    try:
        told = _read(account, account.call("bulk delete", "", request))
    except SiteUnavailable:
        raise
    except StoreError:  # it has no such thing, or not for us
        return {name: _delete_one(account, container, name) for name in names}
    return _outcomes(account, container, names, told)


def _read(account: Account, answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "Errors" not in told:
        raise SiteUnavailable(
            account.site.label, "bulk delete", "", "an answer cut short"
        )
    return told


def _outcomes(
    account: Account, container: str, names: list[str], told: dict[str, Any]
) -> Outcomes:
    refused = {
        unquote(str(path)): str(status) for path, status in told["Errors"]
    }
    done = int(told.get("Number Deleted", 0))
    done += int(told.get("Number Not Found", 0))
    complete = done + len(refused) >= len(names)
    outcomes: Outcomes = {}
    for name in names:
        status = refused.get(f"/{container}/{name}")
        if status is not None:
            outcomes[name] = _refusal(account, name, status)
        elif complete:
            outcomes[name] = None
        else:
            outcomes[name] = _delete_one(account, container, name)
    return outcomes


def _refusal(account: Account, name: str, status: str) -> StoreError | None:
    number, _, text = status.partition(" ")
    code = int(number) if number.isdigit() else 400
    error = error_for(
        Answer(code, {}, text.encode()), account.site.label, "DELETE", name
    )
    if isinstance(error, NotFound):
        return None
    if error.of_site:
        raise error
    return error
