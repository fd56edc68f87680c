# SPDX-License-Identifier: Apache-2.0
"""How does botocore say what is said of an object?"""

import re
from collections.abc import Mapping
from typing import Any

from s3_sync.model.headers import S3Answer, S3Headers
from s3_sync.model.objects import NATIVE_HEADERS

_MD5 = re.compile(r"[0-9a-f]{32}")
_PARAMETERS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "expires": "Expires",
}


def parameters(headers: S3Headers) -> dict[str, Any]:
    """Return the parameters of a PUT or a copy for these headers."""
    native = {
        _PARAMETERS[name]: value for name, value in headers.headers.items()
    }
    return {
        "ContentType": headers.content_type,
        "Metadata": dict(headers.metadata),
        **native,
    }


def _from_wire(value: str) -> str:
    """Read as UTF-8, as botocore writes, what http.client read as Latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def read_answer(answer: Mapping[str, Any]) -> S3Answer:
    """Read botocore's answer to a HEAD."""
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return S3Answer(
        size=int(answer.get("ContentLength", 0)),
        etag=bare(answer.get("ETag")),
        content_type=_from_wire(headers.get("content-type", "")),
        headers={
            name: _from_wire(headers[name])
            for name in NATIVE_HEADERS
            if name in headers
        },
        metadata={
            name.lower(): _from_wire(value)
            for name, value in answer.get("Metadata", {}).items()
        },
    )


def bare(etag: object) -> str:
    """Return an ETag without quotes; absent is empty."""
    return str(etag or "").strip('"')


def is_md5_of_content(etag: str, answer: Mapping[str, Any]) -> bool:
    """Tell whether an ETag is evidence: not under SSE-KMS or SSE-C."""
    encryption = str(answer.get("ServerSideEncryption", ""))
    return bool(
        _MD5.fullmatch(etag)
        and not encryption.startswith("aws:kms")
        and not answer.get("SSECustomerAlgorithm")
    )
