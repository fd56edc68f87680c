# SPDX-License-Identifier: Apache-2.0
"""Which keys go together, and which belong to another protocol?"""

from collections.abc import Callable, Mapping

from s3_sync.config.schema import bucket, swift_name
from s3_sync.config.sections import Section

ONLY_S3 = frozenset(
    {
        "provider",
        "capabilities",
        "session_token",
        "role_arn",
        "external_id",
        "sts_endpoint",
        "addressing",
        "expected_bucket_owner",
        "custom_prefix",
        "versioned",
    }
)
ONLY_SWIFT = frozenset(
    {
        "auth_type",
        "tenant_name",
        "project_name",
        "project_domain_name",
        "user_domain_name",
        "endpoint_type",
        "remote_account",
        "storage_policy",
    }
)
_LOGIN: Mapping[str, tuple[str, ...]] = {
    "swift": (),
    "keystone_v2": ("tenant_name",),
    "keystone_v3": (
        "project_name",
        "project_domain_name",
        "user_domain_name",
    ),
}


def foreign(protocol: str) -> frozenset[str]:
    """Return the keys that mean nothing to a protocol."""
    return ONLY_S3 if protocol == "swift" else ONLY_SWIFT


def misplaced(section: Section, protocol: str) -> list[str]:
    """Return a problem for each key that means nothing to the protocol."""
    return [
        f"{section.at(key)}: has no meaning with the protocol {protocol}"
        for key in section.keys
        if key in foreign(protocol)
    ]


def lacking_for_swift(section: Section) -> list[str]:
    """Return what a site needs to log in to Swift, but has not."""
    how = section.keys.get("auth_type", "swift")
    for_login = _LOGIN.get(how, ()) if isinstance(how, str) else ()
    needed = ("endpoint", "identity", "secret")
    return [
        f"{section.at(key)}: required with the protocol swift"
        for key in needed
        if key not in section.keys
    ] + [
        f"{section.at(key)}: required with auth_type {how}"
        for key in for_login
        if key not in section.keys
    ]


def bucket_problems(section: Section, protocol: str) -> list[str]:
    """Return what is wrong with `bucket`, which is a container in Swift."""
    given = section.keys.get("bucket")
    if given is None:
        if protocol == "swift":
            return []
        return [f"{section.at('bucket')}: required, but not there"]
    check: Callable[[str], str] = swift_name if protocol == "swift" else bucket
    try:
        check(given) if isinstance(given, str) and given else None
    except ValueError as error:
        return [f"{section.at('bucket')}: {error}"]
    return []
