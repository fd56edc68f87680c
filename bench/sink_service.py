# SPDX-License-Identifier: Apache-2.0
"""Which operation is a request, may it be done, and how is it counted?"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from bench import sink_objects, sink_uploads
from bench.sink_calls import Call, S3Error, not_implemented
from bench.sink_http import Answer, Request
from bench.sink_store import Bucket, StoredObject
from bench.sink_xml import document, element, result, timestamp

KINDS = (
    "PUT",
    "COPY",
    "HEAD",
    "GET",
    "DELETE",
    "MULTI_DELETE",
    "LIST",
    "CREATE_UPLOAD",
    "UPLOAD_PART",
    "LIST_PARTS",
    "COMPLETE",
    "ABORT",
    "BUCKET",
    "VERSIONING",
    "OTHER",
)
_CONTROL = "/_sink/"
_LONGEST_KEY = 1024
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

# Query parameters that choose nothing between operations; whichever is
# not here and not in _OPERATIONS is answered with 501.
_PARAMETERS = frozenset(
    {
        "continuation-token",
        "delimiter",
        "encoding-type",
        "fetch-owner",
        "key-marker",
        "list-type",
        "marker",
        "max-keys",
        "max-parts",
        "max-uploads",
        "part-number-marker",
        "prefix",
        "start-after",
        "upload-id-marker",
        "x-id",
    }
)
_CONDITIONAL = frozenset({"PUT", "COPY", "COMPLETE"})
_CONDITIONS = (
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
)

_Operation = Callable[[Call], Answer]


def _head_bucket(_call: Call) -> Answer:
    return Answer(200)


def _location(_call: Call) -> Answer:
    return _xml(200, result("LocationConstraint"))


def _versioning(_call: Call) -> Answer:
    return _xml(200, result("VersioningConfiguration"))


def _create_bucket(call: Call) -> Answer:
    name = call.bucket.name
    if name in call.buckets:
        raise S3Error(409, "BucketAlreadyOwnedByYou", "The bucket is there")
    if not _BUCKET_NAME.fullmatch(name):
        raise S3Error(400, "InvalidBucketName", "No name for a bucket")
    call.buckets[name] = call.bucket
    return Answer(200, {"Location": f"/{name}"})


# Method, whether a key is named, and the query's choosing parameters.
_OPERATIONS: dict[tuple[str, bool, str], tuple[str, _Operation]] = {
    ("PUT", False, ""): ("BUCKET", _create_bucket),
    ("HEAD", False, ""): ("BUCKET", _head_bucket),
    ("GET", False, "location"): ("BUCKET", _location),
    ("GET", False, "versioning"): ("VERSIONING", _versioning),
    ("GET", False, ""): ("LIST", sink_objects.list_objects),
    ("GET", False, "uploads"): ("LIST", sink_uploads.list_uploads),
    ("POST", False, "delete"): ("MULTI_DELETE", sink_objects.delete_objects),
    ("PUT", True, ""): ("PUT", sink_objects.put_object),
    ("COPY", True, ""): ("COPY", sink_objects.copy_object),
    ("HEAD", True, ""): ("HEAD", sink_objects.head_object),
    ("GET", True, ""): ("GET", sink_objects.get_object),
    ("DELETE", True, ""): ("DELETE", sink_objects.delete_object),
    ("POST", True, "uploads"): ("CREATE_UPLOAD", sink_uploads.create_upload),
    ("PUT", True, "partNumber uploadId"): (
        "UPLOAD_PART",
        sink_uploads.upload_part,
    ),
    ("GET", True, "uploadId"): ("LIST_PARTS", sink_uploads.list_parts),
    ("POST", True, "uploadId"): ("COMPLETE", sink_uploads.complete_upload),
    ("DELETE", True, "uploadId"): ("ABORT", sink_uploads.abort_upload),
}


class Service:
    """Answer requests and count them, those that fail included."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._counts: Counter[str] = Counter()
        self._delay = 0.0
        self._ids = count(1)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path.startswith(_CONTROL):
            return self._control(request)
        try:
            answer = self._operate(request)
        except S3Error as error:
            answer = _refusal(request, error)
        answer.headers["x-amz-request-id"] = f"{next(self._ids):016X}"
        if request.method == "HEAD" and answer.body:
            answer = replace(answer, body=b"")
        return replace(answer, delay=self._delay) if self._delay else answer

    def _operate(self, request: Request) -> Answer:
        kind = "OTHER"
        operation: _Operation = _unknown
        try:
            name, key, query = _names(request)
            choosing = " ".join(sorted(set(query) - _PARAMETERS))
            found = _OPERATIONS.get((_verb(request), bool(key), choosing))
            if name and found is not None:
                kind, operation = found
        finally:
            self._count(kind, request)
        _check(request, kind, key)
        bucket = self._buckets.get(name)
        if bucket is None:
            if operation not in (_create_bucket, _unknown):
                raise S3Error(404, "NoSuchBucket", "There is no such bucket")
            bucket = Bucket(name)
        return operation(Call(bucket, key, query, request, self._buckets))

    def _count(self, kind: str, request: Request) -> None:
        self._counts[kind] += 1
        if kind in {"PUT", "UPLOAD_PART"}:
            self._counts["bytes"] += request.length or 0

    def _control(self, request: Request) -> Answer:
        query = dict(parse_qsl(request.query))
        match request.method, request.path.removeprefix(_CONTROL):
            case "GET", "counts":
                names = (*KINDS, "bytes")
                return _json({name: self._counts[name] for name in names})
            case "GET", "objects":
                return self._objects(query.get("bucket", ""))
            case "POST", "reset":
                return self._reset(query.get("objects") == "1")
            case "POST", "latency":
                return self._latency(query.get("ms", ""))
            case _:
                return _json({"error": "no such control"}, 404)

    def _objects(self, name: str) -> Answer:
        bucket = self._buckets.get(name)
        if bucket is None:
            return _json({"error": "no such bucket"}, 404)
        objects = bucket.objects.items()
        return _json({key: _shown(stored) for key, stored in objects})

    def _latency(self, milliseconds: str) -> Answer:
        if not milliseconds.replace(".", "", 1).isdecimal():
            return _json({"error": "ms: expected a number"}, 400)
        self._delay = float(milliseconds) / 1000
        return _json({})

    def _reset(self, objects: bool) -> Answer:
        self._counts.clear()
        for bucket in self._buckets.values() if objects else ():
            bucket.clear()
        return _json({})


def _names(request: Request) -> tuple[str, str, dict[str, str]]:
    """Return the bucket, the key and the query parameters."""
    path = request.path
    try:
        if "%" in path:
            path = unquote_to_bytes(path).decode()
        pairs = (
            parse_qsl(request.query, keep_blank_values=True, errors="strict")
            if request.query
            else ()
        )
    except UnicodeDecodeError as error:
        raise S3Error(400, "InvalidURI", "The URI is not UTF-8") from error
    name, _, key = path[1:].partition("/")
    return name, key, dict(pairs)


def _verb(request: Request) -> str:
    if request.method == "PUT" and "x-amz-copy-source" in request.headers:
        return "COPY"
    return request.method


def _check(request: Request, kind: str, key: str) -> None:
    """Refuse what the sink must not pretend to have understood."""
    headers = request.headers
    if "authorization" not in headers:
        raise S3Error(403, "AccessDenied", "There is no signature")
    if request.chunked:
        raise S3Error(411, "MissingContentLength", "Content-Length is needed")
    if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        raise not_implemented("aws-chunked bodies")
    if "aws-chunked" in headers.get("content-encoding", ""):
        raise not_implemented("aws-chunked bodies")
    if len(key) * 4 > _LONGEST_KEY and len(key.encode()) > _LONGEST_KEY:
        raise S3Error(400, "KeyTooLongError", "Your key is too long")
    if kind not in _CONDITIONAL and any(c in headers for c in _CONDITIONS):
        raise not_implemented(f"conditions on {kind}")


def _unknown(call: Call) -> Answer:
    raise not_implemented(f"{call.request.method}, {sorted(call.query)}")


def _refusal(request: Request, error: S3Error) -> Answer:
    children = (
        element("Code", error.code),
        element("Message", error.message),
        element("Resource", request.path),
    )
    return _xml(error.status, document("Error", children))


def _xml(status: int, body: bytes) -> Answer:
    return Answer(status, {"Content-Type": "application/xml"}, body)


def _json(value: Any, status: int = 200) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, {"Content-Type": "application/json"}, body)


def _shown(stored: StoredObject) -> dict[str, Any]:
    return {
        "etag": stored.etag,
        "size": stored.size,
        "metadata": _text(stored.metadata),
        "headers": _text(stored.headers),
        "last_modified": timestamp(stored.received),
        "received": stored.received,
    }


def _text(headers: dict[str, str]) -> dict[str, str]:
    """Return header values as text: UTF-8 where they are that."""
    shown = {}
    for name, value in headers.items():
        try:
            shown[name] = value.encode("latin-1").decode()
        except UnicodeDecodeError:
            shown[name] = value
    return shown
