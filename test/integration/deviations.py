# SPDX-License-Identifier: Apache-2.0
"""What do the servers do unlike Amazon S3?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deviation:
    """Which servers deviate; `column` of the provider table, if any."""

    servers: frozenset[str]
    column: str = ""


def _by(servers: str, column: str = "") -> Deviation:
    return Deviation(frozenset(servers.split()), column)


DEVIATIONS: dict[str, Deviation] = {
    # keys
    "refuses a newline in a key": _by("moto", "forbidden_in_keys"),
    "refuses control characters in a key": _by("", "forbidden_in_keys"),
    "takes keys for paths of files": _by("s3proxy", "keys_are_paths"),
    "refuses keys that are odd as paths": _by("minio", "keys_are_paths"),
    "refuses a key that others begin with": _by("s3proxy"),
    "drops the bytes of a key that ends with a slash": _by("s3proxy"),
    # metadata and headers
    "refuses metadata values of more than 256 bytes": _by(
        "s3api", "max_metadata_value"
    ),
    "refuses more than 90 metadata items": _by("s3api moto"),
    "refuses more than 4,096 bytes of metadata": _by(
        "s3api minio", "max_metadata"
    ),
    "refuses metadata names of more than 80 bytes": _by(
        "radosgw", "max_metadata_name"
    ),
    "refuses two spaces between quotes": _by("s3proxy"),
    "refuses headers that are not ASCII": _by("s3proxy"),
    "loses metadata whose name has ! or ~": _by("moto"),
    "loses Expires in a copy": _by("s3proxy"),
    "turns _ in a metadata name to -": _by("radosgw", "renames_underscore"),
    # proofs
    "takes any secret": _by("moto"),
    "takes a wrong Content-MD5": _by("moto", "content_md5"),
    # conditions
    "ignores the condition of a copy": _by("moto radosgw", "copy_if_match"),
    "ignores If-Match of a PUT": _by("", "put_if_match"),
    "refuses a right If-Match in quotes": _by("s3api radosgw"),
    "refuses a right If-Match without quotes": _by("s3api"),
    "ignores If-None-Match of a PUT": _by("", "put_if_none_match"),
    "ignores If-Match of a DELETE": _by("radosgw minio"),
    "ignores If-None-Match of a Complete": _by("radosgw"),
    # multi-delete, multipart, listings
    "refuses a multi-delete of 1 MB": _by("radosgw", "max_delete_bytes"),
    "misses CR in a key of a multi-delete": _by(""),
    "completes an upload without an ETag": _by("radosgw"),
    "lists keys in another order than UTF-8's": _by("s3proxy"),
    "lists keys without their encoding": _by("", "list_encoding"),
    # versions, tags, encryption
    "keeps no versions": _by("", "versioning"),
    "does not tell of a delete marker": _by("s3api radosgw"),
    "keeps no tags": _by("s3api s3proxy"),
    "loses tags in a copy onto itself": _by(
        "s3api s3proxy radosgw", "copy_keeps_tags"
    ),
    "does not tell of encryption": _by("s3api radosgw minio"),
}
"""What a server does unlike Amazon S3, or beyond its limits, and which do.

`test_deviations` probes each of them on every server.
"""

PROVIDERS = {
    "s3api": "swift",
    "s3proxy": "s3proxy",
    "radosgw": "ceph",
    "minio": "minio",
}
"""The servers' rows of the provider table."""
