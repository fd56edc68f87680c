# SPDX-License-Identifier: Apache-2.0
"""What does an operation of the sink get, and how does it fail?"""

import base64
import binascii
import zlib
from dataclasses import dataclass

from bench.sink_http import Request
from bench.sink_store import Bucket

_META = "x-amz-meta-"
_KEPT = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-storage-class",
    }
)
_DEFAULT_TYPE = "binary/octet-stream"


class S3Error(Exception):
    """An answer that is an error of S3."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Call:
    """A request with what its path and query name."""

    bucket: Bucket
    key: str
    query: dict[str, str]
    request: Request
    buckets: dict[str, Bucket]

    def number(self, name: str, default: int) -> int:
        """Return a query parameter that is a whole number."""
        text = self.query.get(name) or str(default)
        if not (text.isascii() and text.isdigit()):
            raise S3Error(400, "InvalidArgument", f"{name} is no number")
        return int(text)

    def page_size(self, name: str) -> int:
        """Return how many entries a page of the listing may have."""
        return min(self.number(name, 1000), 1000)


def not_implemented(what: str) -> S3Error:
    """Return the error for what the sink does not do."""
    return S3Error(501, "NotImplemented", f"The sink does not do this: {what}")


def described(
    headers: dict[str, str],
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the metadata and the headers to keep with an object."""
    metadata: dict[str, str] = {}
    kept = {"content-type": _DEFAULT_TYPE}
    for name, value in headers.items():
        if name.startswith(_META):
            metadata[name[len(_META) :]] = value
        elif name in _KEPT:
            kept[name] = value
    return metadata, kept


def received_md5(request: Request) -> str:
    """Return the body's MD5 after checking what the client says it is."""
    if request.length is None:
        raise S3Error(411, "MissingContentLength", "Content-Length is needed")
    digest = request.md5()
    said = request.headers.get("content-md5")
    if said is None:
        return digest.hex()
    try:
        expected = base64.b64decode(said, validate=True)
    except binascii.Error:
        expected = b""
    if len(expected) != len(digest):
        raise S3Error(400, "InvalidDigest", "Content-MD5 is no MD5")
    if expected != digest:
        raise S3Error(400, "BadDigest", "Content-MD5 and the body differ")
    return digest.hex()


def check_required_digest(request: Request) -> None:
    """Refuse a body that comes without a digest or with a wrong one."""
    received_md5(request)
    if "content-md5" in request.headers:
        return
    said = request.headers.get("x-amz-checksum-crc32")
    if said is None:
        raise S3Error(400, "InvalidRequest", "Content-MD5 is needed")
    crc = zlib.crc32(request.body).to_bytes(4, "big")
    if said != base64.b64encode(crc).decode():
        raise S3Error(400, "BadDigest", "the CRC32 and the body differ")


def check_conditions(call: Call) -> None:
    """Refuse to write where the client's condition does not hold."""
    headers = call.request.headers
    stored = call.bucket.objects.get(call.key)
    absent = headers.get("if-none-match")
    if absent is not None:
        if absent != "*":
            raise not_implemented("If-None-Match with an ETag")
        if stored is not None:
            raise failed_condition("If-None-Match")
    wanted = headers.get("if-match")
    if wanted is not None:
        if stored is None:
            raise no_such_key()
        if bare(wanted) != stored.etag:
            raise failed_condition("If-Match")


def failed_condition(header: str) -> S3Error:
    """Return the error for a condition that does not hold."""
    return S3Error(412, "PreconditionFailed", f"{header} does not hold")


def no_such_key() -> S3Error:
    """Return the error for a missing object."""
    return S3Error(404, "NoSuchKey", "There is no such key")


def bare(etag: str) -> str:
    """Return an ETag without quotes."""
    return etag.strip().strip('"')
