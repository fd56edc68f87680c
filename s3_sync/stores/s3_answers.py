# SPDX-License-Identifier: Apache-2.0
"""Is a success one?

S3 can send 200 before it knows how an operation ends, and a proxy on the way
sends 200 with a page of its own. So the body has to be the expected one.
"""

from typing import Any
from xml.etree import ElementTree

from botocore.parsers import ResponseParserError

ROOTS = {
    "CopyObject": ("CopyObjectResult",),
    "UploadPartCopy": ("CopyPartResult",),
    "CreateMultipartUpload": ("InitiateMultipartUploadResult",),
    "CompleteMultipartUpload": ("CompleteMultipartUploadResult",),
    "DeleteObjects": ("DeleteResult", "DeleteObjectsResponse"),
    "ListObjectsV2": ("ListBucketResult", "ListBucketV2Result"),
    "ListObjects": ("ListBucketResult",),
}
"""What the body's outermost element is called, by operation. The second
names are in Amazon's own older documents and servers made by them."""

NO_BODY = ("PutObject", "UploadPart")


def watch(events: Any) -> None:
    """Make a botocore client refuse false successes."""
    for operation in (*ROOTS, *NO_BODY):
        events.register(f"before-parse.s3.{operation}", _check)


def _check(operation_model: Any, response_dict: Any, **_: object) -> None:
    if response_dict["status_code"] != 200:
        return
    body = response_dict["body"]
    operation = operation_model.name
    if operation in NO_BODY:
        if body.strip():
            raise ResponseParserError(f"200 with a page: {body[:80]!r}")
    elif _root(body) not in ROOTS[operation]:
        raise ResponseParserError(f"200 without a result: {body[:80]!r}")


def _root(body: bytes) -> str:
    try:
        parser: Any = ElementTree.XMLPullParser(["start"])
        parser.feed(body)
        for _, element in parser.read_events():
            return str(element.tag).rpartition("}")[2]
    except ElementTree.ParseError:
        return ""  # whatever it is, it is not what was asked for
    return ""
