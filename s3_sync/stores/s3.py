# SPDX-License-Identifier: Apache-2.0
"""How are a container's objects kept in a bucket of S3 or of a clone?"""

import base64
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from s3_sync.concurrency import deadline
from s3_sync.config import Rule
from s3_sync.errors import (
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    StoreError,
)
from s3_sync.model.headers import S3Answer, S3Headers, from_s3, to_s3
from s3_sync.model.keys import Keys, keys_for
from s3_sync.model.objects import NATIVE_HEADERS, ObjectInfo
from s3_sync.stores import s3_delete
from s3_sync.stores.base import Body
from s3_sync.stores.s3_client import (
    LEAST_BYTES_PER_SECOND,
    SILENCE_SECONDS,
    S3Clients,
)
from s3_sync.stores.s3_errors import translated
from s3_sync.stores.s3_providers import provider_of

IN_MEMORY = 256 * 1024
"""Bodies up to this size are read before they are sent: one packet less."""

_MD5 = re.compile(r"[0-9a-f]{32}")
_SURE_SECONDS = 60.0
_PARAMETERS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "expires": "Expires",
}


class S3Bucket:
    """A rule's bucket, shared by all the containers of the rule."""

    def __init__(
        self,
        rule: Rule,
        clients: S3Clients,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rule = rule
        self.clock = clock
        self.provider = provider_of(rule.site)
        self.label = f"{rule.site.label}/{rule.bucket}"
        self._client = clients.of(rule.site)
        self._existed_at = 0.0

    def container(self, account: str, container: str) -> "S3Store":
        """Return the store of one container's copies."""
        rule = self.rule
        keys = keys_for(account, container, rule.container, rule.custom_prefix)
        return S3Store(self, keys)

    def call(
        self, operation: str, name: str, *, size: int = 0, **parameters: Any
    ) -> Any:
        """Send one request about the object `name`; raises StoreError.

        `operation` is botocore's method; `size` are the bytes to send.
        """
        limit = SILENCE_SECONDS + size / LEAST_BYTES_PER_SECOND
        method = getattr(self._client, operation)
        with translated(self.label, operation, name), deadline(limit):
            answer = method(Bucket=self.rule.bucket, **parameters)
        self._existed_at = self.clock()
        return answer

    def make_sure_it_exists(self, prefix: str) -> None:
        """Raise SiteUnavailable if the bucket is gone.

        A 404 of a missing bucket looks like one of a missing object. Asks
        at most once a minute, and not after an answer from the bucket.
        """
        if self.clock() - self._existed_at > _SURE_SECONDS:
            self.list(prefix, 1)

    def list(self, prefix: str, limit: int) -> tuple[list[str], bool]:
        """Return the first keys under `prefix`; True: there are more."""
        answer = self.call(
            "list_objects_v2",
            "",
            Prefix=prefix,
            MaxKeys=limit,
        )
        keys = [entry["Key"] for entry in answer.get("Contents", [])]
        return keys, bool(answer.get("IsTruncated"))


class S3Store:
    """The copies of one container's objects; an ObjectStore."""

    def __init__(self, bucket: S3Bucket, keys: Keys) -> None:
        self._bucket = bucket
        self._keys = keys
        self._prefix = bucket.rule.metadata_prefix
        self._manifests = s3_delete.Manifests(bucket, keys)

    def head(self, name: str) -> ObjectInfo | None:
        """Describe the copy of `name`; None: there is none."""
        try:
            answer = self._bucket.call("head_object", name, Key=self.key(name))
        except NotFound:
            self._bucket.make_sure_it_exists(self._keys.prefix)
            return None
        return from_s3(
            _read_answer(answer), self._prefix, self._bucket.clock()
        )

    def put(self, name: str, body: Body, info: ObjectInfo) -> None:
        """Write the copy; the site checks the bytes by Swift's MD5."""
        headers = self._headers(name, info)
        small = info.size <= IN_MEMORY
        answer = self._bucket.call(
            "put_object",
            name,
            size=info.size,
            Key=self.key(name),
            Body=body.read() if small else body,
            ContentLength=info.size,
            ContentMD5=base64.b64encode(bytes.fromhex(info.etag)).decode(),
            **_parameters(headers),
        )
        etag = str(answer.get("ETag", "")).strip('"')
        if _is_md5_of_content(etag, answer) and etag != info.etag:
            raise IntegrityError(
                self._bucket.label,
                "put_object",
                name,
                f"sent {info.etag}, the site holds {etag}",
            )

    def post(self, name: str, info: ObjectInfo) -> None:
        """Replace the copy's metadata: a copy onto itself.

        Some servers ignore the condition on the source's ETag, so the
        answer's is compared as well.
        """
        key = self.key(name)
        answer = self._bucket.call(
            "copy_object",
            name,
            Key=key,
            CopySource={"Bucket": self._bucket.rule.bucket, "Key": key},
            CopySourceIfMatch=info.etag,
            MetadataDirective="REPLACE",
            **_parameters(self._headers(name, info)),
        )
        etag = str(answer.get("CopyObjectResult", {}).get("ETag", ""))
        if etag.strip('"') != info.etag:
            raise Conflict(
                self._bucket.label,
                "copy_object",
                name,
                f"expected {info.etag}, the site holds {etag}",
            )

    def delete(self, names: Iterable[str]) -> Mapping[str, StoreError | None]:
        """Delete copies, and the manifests that were kept with them."""
        outcomes: dict[str, StoreError | None] = dict.fromkeys(names)
        keys = {}
        for name in outcomes:
            with suppress(LimitExceeded):  # such a name was never copied
                keys[self.key(name)] = name
            manifest = self._keys.manifest_key(name)
            if self._manifests.may_have(manifest):
                keys[manifest] = name
        for key, error in s3_delete.delete_keys(self._bucket, list(keys)):
            outcomes[keys[key]] = outcomes[keys[key]] or error
        return outcomes

    def is_empty(self) -> bool:
        """Tell whether no key lies under the container's prefix."""
        keys, _ = self._bucket.list(self._keys.prefix, 1)
        return not keys

    def key(self, name: str) -> str:
        """Return the key of the copy of `name`; raises LimitExceeded."""
        key = self._keys.key(name)
        if self._keys.reserved(name):
            raise self._limit(name, "its key would lie among the manifests")
        size, limit = len(key.encode()), self._bucket.provider.max_key
        if size > limit:
            raise self._limit(name, f"its key has {size} bytes, not {limit}")
        return key

    def _headers(self, name: str, info: ObjectInfo) -> S3Headers:
        provider = self._bucket.provider
        try:
            headers = to_s3(info, self._prefix)
        except ValueError as error:
            raise self._limit(name, str(error)) from error
        limit = provider.max_metadata
        if limit is not None and headers.metadata_size > limit:
            size = headers.metadata_size
            raise self._limit(name, f"its metadata has {size} bytes")
        if info.size > provider.max_put:
            raise self._limit(name, f"it has {info.size} bytes")
        return headers

    def _limit(self, name: str, detail: str) -> LimitExceeded:
        return LimitExceeded(self._bucket.label, "check", name, detail)


def _parameters(headers: S3Headers) -> dict[str, Any]:
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


def _read_answer(answer: Mapping[str, Any]) -> S3Answer:
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return S3Answer(
        size=int(answer.get("ContentLength", 0)),
        etag=str(answer.get("ETag", "")).strip('"'),
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


def _is_md5_of_content(etag: str, answer: Mapping[str, Any]) -> bool:
    """Tell whether an ETag is evidence: not under SSE-KMS or SSE-C."""
    encryption = str(answer.get("ServerSideEncryption", ""))
    customer_key = answer.get("SSECustomerAlgorithm")
    return bool(
        _MD5.fullmatch(etag)
        and not encryption.startswith("aws:kms")
        and not customer_key
    )
