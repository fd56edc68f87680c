# SPDX-License-Identifier: Apache-2.0
"""How does the sink take multipart uploads?"""

import hashlib
import time
from uuid import uuid4

from bench.sink_calls import (
    Call,
    S3Error,
    bare,
    check_conditions,
    described,
    received_md5,
)
from bench.sink_http import Answer
from bench.sink_store import Part, StoredObject, Upload
from bench.sink_xml import element, records, result, timestamp, url_encoded

SMALLEST_PART = 5 * 1024 * 1024  # but for the last one
_MOST_PARTS = 10_000
_XML = {"Content-Type": "application/xml"}


def create_upload(call: Call) -> Answer:
    """Begin an upload."""
    metadata, headers = described(call.request.headers)
    upload = Upload(uuid4().hex, call.key, metadata, headers, time.time())
    call.bucket.uploads[upload.id] = upload
    children = (*_names(call), element("UploadId", upload.id))
    body = result("InitiateMultipartUploadResult", children)
    return Answer(200, dict(_XML), body)


def upload_part(call: Call) -> Answer:
    """Keep everything about a part but its bytes."""
    upload = _upload(call)
    number = call.number("partNumber", 0)
    if not 1 <= number <= _MOST_PARTS:
        raise S3Error(400, "InvalidArgument", "partNumber: 1 to 10,000")
    etag = received_md5(call.request)
    size = call.request.length or 0
    upload.parts[number] = Part(etag, size, time.time())
    return Answer(200, {"ETag": f'"{etag}"'})


def list_parts(call: Call) -> Answer:
    """List the parts of an open upload."""
    upload = _upload(call)
    most = call.page_size("max-parts")
    marker = call.number("part-number-marker", 0)
    later = sorted(number for number in upload.parts if number > marker)
    page = later[:most]
    children = [
        *_names(call),
        element("UploadId", upload.id),
        element("PartNumberMarker", marker),
        element("NextPartNumberMarker", page[-1] if page else 0),
        element("MaxParts", most),
        element("IsTruncated", str(len(page) < len(later)).lower()),
    ]
    for number in page:
        part = upload.parts[number]
        children.append(
            f"<Part>{element('PartNumber', number)}"
            f"{element('LastModified', timestamp(part.received))}"
            f"<ETag>&quot;{part.etag}&quot;</ETag>"
            f"{element('Size', part.size)}</Part>"
        )
    return Answer(200, dict(_XML), result("ListPartsResult", children))


def complete_upload(call: Call) -> Answer:
    """Make an object of the parts that the client names."""
    upload = _upload(call)
    parts = _chosen(upload, bytes(call.request.body))
    check_conditions(call)
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    etag = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
    size = sum(part.size for part in parts)
    call.bucket.put(
        upload.key,
        StoredObject(etag, size, upload.metadata, upload.headers, time.time()),
    )
    del call.bucket.uploads[upload.id]
    children = (*_names(call), element("ETag", f'"{etag}"'))
    body = result("CompleteMultipartUploadResult", children)
    return Answer(200, dict(_XML), body)


def abort_upload(call: Call) -> Answer:
    """Forget an upload."""
    del call.bucket.uploads[_upload(call).id]
    return Answer(204)


def list_uploads(call: Call) -> Answer:
    """List the open uploads."""
    query = call.query
    most = call.page_size("max-uploads")
    after = (query.get("key-marker", ""), query.get("upload-id-marker", "~"))
    later = sorted(
        (upload.key, upload.id)
        for upload in call.bucket.uploads.values()
        if upload.key.startswith(query.get("prefix", ""))
        and (upload.key, upload.id) > after
    )
    page = later[:most]
    children = [
        element("Bucket", call.bucket.name),
        element("MaxUploads", most),
        element("IsTruncated", str(len(page) < len(later)).lower()),
    ]
    if "encoding-type" in query:
        children.append(element("EncodingType", "url"))
    if len(page) < len(later) and page:
        children.append(element("NextKeyMarker", _encoded(call, page[-1][0])))
        children.append(element("NextUploadIdMarker", page[-1][1]))
    children += [_open(call, upload_id) for _, upload_id in page]
    body = result("ListMultipartUploadsResult", children)
    return Answer(200, dict(_XML), body)


def _names(call: Call) -> tuple[str, str]:
    return element("Bucket", call.bucket.name), element("Key", call.key)


def _upload(call: Call) -> Upload:
    upload = call.bucket.uploads.get(call.query["uploadId"])
    if upload is None or upload.key != call.key:
        raise S3Error(404, "NoSuchUpload", "There is no such upload")
    return upload


def _chosen(upload: Upload, body: bytes) -> list[Part]:
    """Return the parts that the client names, all of them checked."""
    parts: list[Part] = []
    previous = 0
    for number, etag in _named(body):
        if number <= previous:
            raise S3Error(400, "InvalidPartOrder", "Parts must ascend")
        previous = number
        part = upload.parts.get(number)
        if part is None or part.etag != etag:
            raise S3Error(400, "InvalidPart", f"Part {number} is not as said")
        parts.append(part)
    if not parts:
        raise S3Error(400, "MalformedXML", "No part is named")
    if any(part.size < SMALLEST_PART for part in parts[:-1]):
        raise S3Error(400, "EntityTooSmall", "A part is under 5 MiB")
    return parts


def _named(body: bytes) -> list[tuple[int, str]]:
    try:
        return [
            (int(fields["PartNumber"]), bare(fields["ETag"]))
            for _, fields in records(body, "CompleteMultipartUpload")
        ]
    except (KeyError, ValueError) as error:
        raise S3Error(400, "MalformedXML", str(error)) from error


def _open(call: Call, upload_id: str) -> str:
    upload = call.bucket.uploads[upload_id]
    return (
        f"<Upload>{element('Key', _encoded(call, upload.key))}"
        f"{element('UploadId', upload.id)}"
        f"{element('Initiated', timestamp(upload.initiated))}</Upload>"
    )


def _encoded(call: Call, text: str) -> str:
    return url_encoded(text) if "encoding-type" in call.query else text
