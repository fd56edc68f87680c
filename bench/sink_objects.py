# SPDX-License-Identifier: Apache-2.0
"""How does the sink put, copy, describe, delete and list objects?"""

import base64
import binascii
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import unquote_to_bytes

from bench.sink_calls import (
    Call,
    S3Error,
    bare,
    check_conditions,
    check_required_digest,
    described,
    failed_condition,
    no_such_key,
    not_implemented,
    received_md5,
)
from bench.sink_http import Answer
from bench.sink_store import Page, StoredObject
from bench.sink_xml import element, records, result, timestamp, url_encoded

_MOST_DELETES = 1000


def put_object(call: Call) -> Answer:
    """Keep everything about an object but its bytes."""
    request = call.request
    etag = received_md5(request)
    check_conditions(call)
    metadata, headers = described(request.headers)
    size = request.length or 0
    call.bucket.put(
        call.key, StoredObject(etag, size, metadata, headers, time.time())
    )
    return Answer(200, {"ETag": f'"{etag}"'})


def copy_object(call: Call) -> Answer:
    """Keep an object's description under another key, or a new one."""
    source = _source(call)
    _check_source(call, source)
    check_conditions(call)
    copied = replace(source, received=time.time())
    if _replaces_metadata(call):
        metadata, headers = described(call.request.headers)
        copied = replace(copied, metadata=metadata, headers=headers)
    elif source is call.bucket.objects.get(call.key):
        raise S3Error(400, "InvalidRequest", "A copy onto itself, unchanged")
    call.bucket.put(call.key, copied)
    children = (
        element("LastModified", timestamp(copied.received)),
        element("ETag", f'"{copied.etag}"'),
    )
    return Answer(200, _xml(), result("CopyObjectResult", children))


def head_object(call: Call) -> Answer:
    """Describe an object."""
    stored = call.bucket.objects.get(call.key)
    if stored is None:
        raise no_such_key()
    headers = {
        "ETag": f'"{stored.etag}"',
        "Last-Modified": formatdate(stored.received, usegmt=True),
        "Accept-Ranges": "bytes",
        **stored.headers,
        **{f"x-amz-meta-{name}": v for name, v in stored.metadata.items()},
    }
    return Answer(200, headers, length=stored.size)


def get_object(call: Call) -> Answer:
    """Refuse: bodies are not kept."""
    if call.key not in call.bucket.objects:
        raise no_such_key()
    raise not_implemented("bodies are not kept")


def delete_object(call: Call) -> Answer:
    """Forget an object; a missing one is no error."""
    call.bucket.delete(call.key)
    return Answer(204)


def delete_objects(call: Call) -> Answer:
    """Forget many objects."""
    check_required_digest(call.request)
    keys, quiet = _batch(bytes(call.request.body))
    for key in keys:
        call.bucket.delete(key)
    deleted = [
        f"<Deleted>{element('Key', key)}</Deleted>"
        for key in keys
        if not quiet
    ]
    return Answer(200, _xml(), result("DeleteResult", deleted))


def list_objects(call: Call) -> Answer:
    """List a bucket by either version of the operation."""
    query = call.query
    second = query.get("list-type") == "2"
    most = call.page_size("max-keys")
    page = call.bucket.page(
        query.get("prefix", ""),
        query.get("delimiter", ""),
        _after(query, second),
        most,
    )
    children = [element("Name", call.bucket.name), element("MaxKeys", most)]
    children += _echo(query, second)
    children += _continuation(query, page, second)
    children += _entries(call, page)
    return Answer(200, _xml(), result("ListBucketResult", children))


def _xml() -> dict[str, str]:
    return {"Content-Type": "application/xml"}


def _source(call: Call) -> StoredObject:
    raw = call.request.headers["x-amz-copy-source"]
    if "?versionId=" in raw:
        raise not_implemented("copies of versions")
    try:
        path = unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeDecodeError as error:
        raise S3Error(400, "InvalidArgument", "no source") from error
    name, _, key = path.removeprefix("/").partition("/")
    bucket = call.buckets.get(name)
    if bucket is None:
        raise S3Error(404, "NoSuchBucket", "There is no such bucket")
    stored = bucket.objects.get(key)
    if stored is None:
        raise no_such_key()
    return stored


def _check_source(call: Call, source: StoredObject) -> None:
    prefix = "x-amz-copy-source-if-"
    headers = call.request.headers
    for name, value in headers.items():
        if not name.startswith(prefix):
            continue
        same = value == "*" or bare(value) == source.etag
        if name == f"{prefix}match":
            holds = same
        elif name == f"{prefix}none-match":
            holds = not same
        else:
            raise not_implemented(name)
        if not holds:
            raise failed_condition(name)


def _replaces_metadata(call: Call) -> bool:
    directive = call.request.headers.get("x-amz-metadata-directive", "COPY")
    if directive not in {"COPY", "REPLACE"}:
        raise S3Error(400, "InvalidArgument", "unknown metadata directive")
    return directive == "REPLACE"


def _batch(body: bytes) -> tuple[list[str], bool]:
    """Return the keys of a multi-delete and whether it is quiet."""
    keys: list[str] = []
    quiet = False
    try:
        for name, fields in records(body, "Delete"):
            if name == "Quiet":
                quiet = fields[""] == "true"
            elif name == "Object" and set(fields) == {"Key"}:
                keys.append(fields["Key"])
            else:
                raise not_implemented("conditions and versions in a batch")
    except ValueError as error:
        raise S3Error(400, "MalformedXML", str(error)) from error
    if not 0 < len(keys) <= _MOST_DELETES:
        raise S3Error(400, "MalformedXML", "1 to 1,000 keys are allowed")
    return keys, quiet


def _after(query: dict[str, str], second: bool) -> str:
    if not second:
        return query.get("marker", "")
    token = query.get("continuation-token")
    if token is None:
        return query.get("start-after", "")
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise S3Error(400, "InvalidArgument", "no token of ours") from error


def _echo(query: dict[str, str], second: bool) -> Iterator[str]:
    echoed = {"prefix": "Prefix", "delimiter": "Delimiter"}
    echoed |= {"start-after": "StartAfter"} if second else {"marker": "Marker"}
    for name, tag in echoed.items():
        if name in query:
            yield element(tag, _encoded(query, query[name]))
    if "encoding-type" in query:
        yield element("EncodingType", "url")
    if second and "continuation-token" in query:
        yield element("ContinuationToken", query["continuation-token"])


def _continuation(
    query: dict[str, str], page: Page, second: bool
) -> Iterator[str]:
    yield element("IsTruncated", str(page.truncated).lower())
    if second:
        yield element("KeyCount", len(page.keys) + len(page.groups))
    if not page.truncated:
        return
    if second:
        token = base64.urlsafe_b64encode(page.last.encode()).decode()
        yield element("NextContinuationToken", token)
    elif query.get("delimiter"):
        # Without a delimiter the first version continues by the last key.
        yield element("NextMarker", _encoded(query, page.last))


def _entries(call: Call, page: Page) -> Iterator[str]:
    for key in page.keys:
        stored = call.bucket.objects[key]
        storage = stored.headers.get("x-amz-storage-class", "STANDARD")
        yield (
            f"<Contents>{element('Key', _encoded(call.query, key))}"
            f"<LastModified>{timestamp(stored.received)}</LastModified>"
            f"<ETag>&quot;{stored.etag}&quot;</ETag>"
            f"<Size>{stored.size}</Size>"
            f"{element('StorageClass', storage)}</Contents>"
        )
    for group in page.groups:
        prefix = element("Prefix", _encoded(call.query, group))
        yield f"<CommonPrefixes>{prefix}</CommonPrefixes>"


def _encoded(query: dict[str, str], text: str) -> str:
    return url_encoded(text) if "encoding-type" in query else text
