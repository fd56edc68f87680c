# SPDX-License-Identifier: Apache-2.0
"""Rows and copies as the tests write them: a PUT at 100 s, changes after."""

from s3_sync.model.objects import ObjectInfo
from s3_sync.model.row import Row
from s3_sync.model.timestamps import Stamps

ETAG = "5d41402abc4b2a76b9719d911017c592"


def record(created_at="0000000100.00000", **columns):
    """Return a record as Swift's `ContainerBroker` does."""
    return {
        "ROWID": 1,
        "name": "o",
        "created_at": created_at,
        "size": 5,
        "content_type": "text/plain",
        "etag": ETAG,
        "deleted": 0,
        "storage_policy_index": 0,
    } | columns


def row(created_at="0000000100.00000", **columns):
    return Row.from_record(record(created_at, **columns))


def tombstone(created_at):
    return row(
        created_at,
        deleted=1,
        size=0,
        content_type="application/deleted",
        etag="noetag",
    )


def info(mark="0000000100.00000", **fields):
    """Return a copy with `mark`, or without one when that is None."""
    stamps = None if mark is None else Stamps.parse(mark)
    values = {"size": 5, "etag": ETAG, "content_type": "text/plain"} | fields
    return ObjectInfo(stamps=stamps, **values)
