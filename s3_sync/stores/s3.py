# SPDX-License-Identifier: Apache-2.0
"""How are a container's objects kept in a bucket of S3 or of a clone?"""

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from s3_sync.config import Rule
from s3_sync.errors import (
    AccessDenied,
    Conflict,
    IntegrityError,
    LimitExceeded,
    NotFound,
    Refused,
    SiteUnavailable,
    StoreError,
)
from s3_sync.log import event
from s3_sync.model.decide import Seen
from s3_sync.model.headers import S3Headers, from_s3, to_s3
from s3_sync.model.keys import Keys, keys_for
from s3_sync.model.objects import ObjectInfo
from s3_sync.stores import s3_delete
from s3_sync.stores.base import Body
from s3_sync.stores.s3_client import LEAST_BYTES_PER_SECOND, S3Clients
from s3_sync.stores.s3_headers import (
    bare,
    is_md5_of_content,
    parameters,
    read_answer,
)
from s3_sync.stores.s3_patience import SILENCE_SECONDS
from s3_sync.stores.s3_providers import capabilities_of
from s3_sync.stores.s3_site import Request, S3Sites

LOGGER = logging.getLogger(__name__)

IN_MEMORY = 256 * 1024
"""Bodies up to this size are read before they are sent: one packet less."""

_REFUSED_OR_MISSING = "without s3:ListBucket a missing key is refused, too"
_GRANT = "allow s3:ListBucket: then a key that is missing is no refused one"
_SAY = "allow s3:GetBucketVersioning, or say it with the rule's versioned"
_NO_SUCH_QUESTION = (405, 501)
"""What servers without versions answer to the question for them."""

_NO_MD5 = "if its ETags are no MD5, say so with capabilities etag_is_md5"
_SURE_SECONDS = 60.0


class S3Bucket:
    """A rule's bucket, shared by all the containers of the rule."""

    def __init__(
        self,
        rule: Rule,
        clients: S3Clients,
        clock: Callable[[], float] = time.time,
        sites: S3Sites | None = None,
    ) -> None:
        self.rule = rule
        self.clock = clock
        self.can = capabilities_of(rule.site)
        self.label = f"{rule.site.label}/{rule.bucket}"
        self.site = (sites or S3Sites(clients)).of(rule.site)
        self._existed_at = 0.0
        self._asking = threading.Lock()
        self._versioned = rule.versioned
        self._lists = True

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
        request = Request(
            self.label,
            operation,
            name,
            SILENCE_SECONDS + size / LEAST_BYTES_PER_SECOND,
            {"Bucket": self.rule.bucket, **parameters},
        )
        try:
            answer = self.site.call(request)
        except (AccessDenied, Refused) as error:
            if operation != "head_object" or not self._mended(error, request):
                raise
            answer = self.site.call(request)
        self._existed_at = self.clock()
        return answer

    def _mended(self, error: StoreError, request: Request) -> bool:
        """Find out what the refusal of a HEAD, which has no body, is about.

        An expired token looks like an object that we may not see. Raises
        SiteUnavailable if a LIST fails too; True: its cause is removed.
        """
        if error.code not in ("400", "403"):
            return False
        remedies = self.site.remedies
        self.list(request.parameters["Key"], 1)
        return self.site.remedies > remedies

    def make_sure_it_exists(self, prefix: str) -> None:
        """Raise SiteUnavailable if the bucket is gone.

        A 404 of a missing bucket looks like one of a missing object. Asks
        at most once a minute, and not after an answer from the bucket.
        """
        if self.clock() - self._existed_at > _SURE_SECONDS:
            self.list(prefix, 1)

    def list(self, prefix: str, limit: int) -> tuple[list[str], bool]:
        """Return the first keys under `prefix`; True: there may be more.

        Who may not list gets no keys, for whatever may be there. That is no
        fault of the site: a bucket that says no is there.
        """
        try:
            answer = self.call(
                "list_objects_v2",
                "",
                Prefix=prefix,
                MaxKeys=limit,
            )
        except AccessDenied as error:
            self._existed_at = self.clock()
            if self._lists:
                LOGGER.warning(
                    event("bucket cannot be listed", reason=error, do=_GRANT)
                )
            self._lists = False
            return [], True
        keys = [entry["Key"] for entry in answer.get("Contents", [])]
        return keys, bool(answer.get("IsTruncated"))

    def keeps_versions(self) -> bool:
        """Tell whether the bucket keeps versions; it is asked once.

        A lock on objects needs no question of its own: S3 has it in
        versioned buckets only.
        """
        if self._versioned is None:
            with self._asking:
                if self._versioned is None:
                    self._versioned = self._has_versions()
        return self._versioned

    def _has_versions(self) -> bool:
        if not self.can.versioning:
            return False
        try:
            answer = self.call("get_bucket_versioning", "")
        except SiteUnavailable:
            raise
        except StoreError as error:
            if error.status in _NO_SUCH_QUESTION:
                return False
            LOGGER.warning(
                event("bucket taken for versioned", reason=error, do=_SAY)
            )
            return True
        return bool(answer.get("Status") == "Enabled")


class S3Store:
    """The copies of one container's objects; an ObjectStore."""

    def __init__(self, bucket: S3Bucket, keys: Keys) -> None:
        self._bucket = bucket
        self._can = bucket.can
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
        except AccessDenied as error:
            told = f"{error.detail}; {_REFUSED_OR_MISSING}"
            refusal = AccessDenied(
                self._bucket.label, "head_object", name, told
            )
            refusal.code, refusal.status = error.code, error.status
            raise refusal from error
        described = from_s3(
            read_answer(answer), self._prefix, self._bucket.clock()
        )
        return replace(
            described,
            etag_is_md5=self._is_md5(described.etag, answer),
            storage_class=answer.get("StorageClass"),
        )

    def put(
        self,
        name: str,
        body: Body,
        info: ObjectInfo,
        *,
        seen: Seen | None = None,
    ) -> None:
        """Write the copy; the site checks the bytes by Swift's MD5."""
        headers = self._headers(name, info)
        small = info.size <= IN_MEMORY
        condition = self._condition(seen)
        try:
            answer = self._bucket.call(
                "put_object",
                name,
                size=info.size,
                Key=self.key(name),
                Body=body.read() if small else body,
                ContentLength=info.size,
                ContentMD5=base64.b64encode(bytes.fromhex(info.etag)).decode(),
                **condition,
                **parameters(headers),
            )
        except NotFound as error:
            if not condition:
                raise
            raise Conflict(
                self._bucket.label, "put_object", name, error.detail
            ) from error
        etag = bare(answer.get("ETag"))
        if self._is_md5(etag, answer) and etag != info.etag:
            raise IntegrityError(
                self._bucket.label,
                "put_object",
                name,
                f"sent {info.etag}, the site holds {etag}; {_NO_MD5}",
            )

    def post(
        self, name: str, info: ObjectInfo, *, seen: Seen | None = None
    ) -> None:
        """Replace the copy's metadata: a copy onto itself.

        Some servers ignore the condition on the source's ETag, so that of
        the answer is compared as well. Until the PUT that follows, other
        bytes then carry the new mark; `decide` goes by the ETag, too. Tags
        stay by the directive's default, where the site keeps to it. The
        storage class of a copy that was not looked at becomes the default.
        """
        key = self.key(name)
        said = parameters(self._headers(name, info))
        held = self._to_be_changed(name, info, seen)
        if held and held.storage_class not in (None, "STANDARD"):
            said["StorageClass"] = held.storage_class
        answer = self._bucket.call(
            "copy_object",
            name,
            Key=key,
            CopySource={"Bucket": self._bucket.rule.bucket, "Key": key},
            CopySourceIfMatch=held.etag if held else info.etag,
            MetadataDirective="REPLACE",
            **said,
        )
        etag = bare(answer.get("CopyObjectResult", {}).get("ETag"))
        only_proof = held is None and not self._can.copy_if_match
        if (only_proof or self._is_md5(etag, answer)) and etag != info.etag:
            raise self._other_bytes(name, info, etag)

    def _to_be_changed(
        self, name: str, info: ObjectInfo, seen: Seen | None
    ) -> ObjectInfo | None:
        """Return the copy, if it must be or was looked at.

        Raises NotFound, and Conflict if it has other bytes than `info`.
        """
        if seen is None:
            if self._can.etag_is_md5:
                return None
            seen = Seen(self.head(name))
        held = seen.info
        if held is None:
            raise NotFound(
                self._bucket.label, "copy_object", name, "no such copy"
            )
        if held.etag != info.etag and not _same_version(held, info):
            raise self._other_bytes(name, info, held.etag)
        return held

    def _other_bytes(self, name: str, info: ObjectInfo, etag: str) -> Conflict:
        return Conflict(
            self._bucket.label,
            "copy_object",
            name,
            f"expected {info.etag}, the site holds {etag}",
        )

    def _condition(self, seen: Seen | None) -> dict[str, str]:
        """Return what makes a PUT replace only what was seen.

        The ETag goes without quotes: radosgw 16.2 compares them, too.
        """
        if seen and seen.info is None and self._can.put_if_none_match:
            return {"IfNoneMatch": "*"}
        if seen and seen.info and seen.info.etag and self._can.put_if_match:
            return {"IfMatch": seen.info.etag}
        return {}

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
        """Tell whether certainly no key lies under the prefix."""
        keys, more = self._bucket.list(self._keys.prefix, 1)
        return not keys and not more

    def keeps_versions(self) -> bool:
        """Tell whether the bucket keeps old versions."""
        return self._bucket.keeps_versions()

    def key(self, name: str) -> str:
        """Return the key of the copy of `name`; raises LimitExceeded."""
        key = self._keys.key(name)
        if self._keys.reserved(name):
            raise self._limit(name, "its key would lie among the manifests")
        size, limit = len(key.encode()), self._can.max_key
        if size > limit:
            raise self._limit(name, f"its key has {size} bytes, not {limit}")
        odd = set(key).intersection(self._can.forbidden_in_keys)
        if odd:
            what = ", ".join(sorted(map(ascii, odd)))
            raise self._limit(name, f"its key has {what}, which no key may")
        if self._can.keys_are_paths and _is_odd_path(key):
            raise self._limit(name, "its key, taken for a path, is another's")
        return key

    def _headers(self, name: str, info: ObjectInfo) -> S3Headers:
        can = self._can
        try:
            headers = to_s3(info, self._prefix)
        except ValueError as error:
            raise self._limit(name, str(error)) from error
        name_size = max(map(len, headers.metadata), default=0)
        value_size = max(map(len, headers.metadata.values()), default=0)
        for what, size, limit in (
            ("its metadata has", headers.metadata_size, can.max_metadata),
            ("a name of its metadata has", name_size, can.max_metadata_name),
            (
                "a value of its metadata has",
                value_size,
                can.max_metadata_value,
            ),
            ("it has", info.size, can.max_put),
        ):
            if limit is not None and size > limit:
                raise self._limit(name, f"{what} {size} bytes, not {limit}")
        return headers

    def _is_md5(self, etag: str, answer: Mapping[str, Any]) -> bool:
        return self._can.etag_is_md5 and is_md5_of_content(etag, answer)

    def _limit(self, name: str, detail: str) -> LimitExceeded:
        return LimitExceeded(self._bucket.label, "check", name, detail)


def _is_odd_path(key: str) -> bool:
    *folders, last = key.split("/")
    return last in (".", "..") or not {"", ".", ".."}.isdisjoint(folders)


def _same_version(held: ObjectInfo, info: ObjectInfo) -> bool:
    """Tell by the marks, where the ETag says nothing of the bytes."""
    if held.etag_is_md5 or not held.stamps or not info.stamps:
        return False
    return held.stamps.data == info.stamps.data
