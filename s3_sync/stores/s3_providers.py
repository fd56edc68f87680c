# SPDX-License-Identifier: Apache-2.0
"""In what do the S3 services differ, and how is that known?

Each cell says where its value is from: a page, or a server that was asked.
A service's row holds what is known of it; all else is `CAREFUL`.
`docs/providers.md` is this table: `python -m test.providers_page` writes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from s3_sync.config import Site
from s3_sync.config.endpoint import address
from s3_sync.model.capabilities import COLUMNS, Capabilities

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

CONTROL = "".join(map(chr, range(32)))

_AWS = "https://docs.aws.amazon.com/AmazonS3/latest/"
_GCS = "https://cloud.google.com/storage/"
_R2 = "https://developers.cloudflare.com/r2/"
_B2 = "https://www.backblaze.com/"
_MINIO = "https://min.io/docs/minio/container/operations/checklists/"
_AISTOR = "https://docs.min.io/enterprise/aistor-object-store/developers/"
_CEPH = "https://docs.ceph.com/en/latest/radosgw/"
_S3PROXY = "https://github.com/gaul/s3proxy"

_AWS_PARTS = f"{_AWS}userguide/qfacts.html"
_GCS_PARTS = f"{_GCS}docs/multipart-uploads"
_GCS_COPY = f"{_GCS}docs/xml-api/put-object-copy"
_R2_LIMITS = f"{_R2}platform/limits"
_R2_API = f"{_R2}api/s3/api/"
_MINIO_LIMITS = f"{_MINIO}thresholds.html"
_MINIO_API = f"{_AISTOR}s3-api-compatibility"
_B2_FILES = f"{_B2}b2/docs/files.html"
_B2_API = f"{_B2}docs/cloud-storage-s3-compatible-api"
_B2_INFO = f"{_B2}docs/cloud-storage-add-file-information-with-the-native-api"
_CEPH_CONF = f"{_CEPH}config-ref/"
_CEPH_S3 = f"{_CEPH}s3/"
_S3PROXY_README = f"{_S3PROXY}/blob/master/README.md"
_SWIFT_CONF = (
    "https://docs.openstack.org/swift/latest/config/proxy_server_config.html"
)
_SWIFT_LIMITS = "https://docs.openstack.org/swift/latest/deployment_guide.html"

_RGW = "probed on radosgw 16.2"
_S3API = "probed on Swift 2.38's s3api"
_MINIO_SEEN = "probed on MinIO of February 2026"
_S3PROXY_SEEN = "probed on S3Proxy 4.1"
_SDK = "what botocore does for an endpoint of our own; both are documented"


@dataclass(frozen=True)
class Cell:
    """One value of the table."""

    value: object
    source: str
    """A link, or what was asked; why the value is careful, if unknown."""


CAREFUL: Mapping[str, Cell] = {
    "max_metadata": Cell(None, "not known: its refusal is the limit"),
    "max_metadata_name": Cell(None, "not known: its refusal is the limit"),
    "max_metadata_value": Cell(None, "not known: its refusal is the limit"),
    "max_key": Cell(1024, "not known: Amazon's limit"),
    "max_put": Cell(5 * GIB, "not known: Amazon's limit"),
    "min_part": Cell(5 * MIB, "not known: Amazon's limit"),
    "max_part": Cell(5 * GIB, "not known: Amazon's limit"),
    "max_parts": Cell(1000, "not known: the lowest of all, Swift's"),
    "equal_parts": Cell(True, "not known: equal parts do everywhere"),
    "multi_delete": Cell(True, "not known: a refusal leads to single deletes"),
    "max_delete_keys": Cell(1000, "not known: Amazon's limit"),
    "max_delete_bytes": Cell(512 * KIB, "not known: Ceph refuses 1 MiB"),
    "put_if_match": Cell(False, "not known: not relied upon"),
    "put_if_none_match": Cell(False, "not known: not relied upon"),
    "copy_if_match": Cell(False, "not known: not relied upon"),
    "copy_keeps_tags": Cell(False, "not known: not relied upon"),
    "content_md5": Cell(False, "not known: not relied upon"),
    "etag_is_md5": Cell(True, "not known: another ETag is taken for damage"),
    "list_encoding": Cell(True, "not known: an answer says whether it is so"),
    "addressing": Cell("path", _SDK),
    "checksum_required": Cell(False, "not known: older servers refuse it"),
    "forbidden_in_keys": Cell("", "not known: its refusal is the limit"),
    "keys_are_paths": Cell(False, "not known: most keep keys as they are"),
    "versioning": Cell(True, "not known: the bucket is asked"),
    "renames_underscore": Cell(False, "not known; compared as equal anyway"),
}


@dataclass(frozen=True)
class Provider:
    """One row of the table."""

    name: str
    """As a site's `provider` has it."""
    title: str
    known: Mapping[str, Cell]
    hosts: tuple[str, ...] = ()
    """Its own domains; endpoints in them need no `provider`."""

    def cell(self, column: str) -> Cell:
        """Return what is known, or what is careful."""
        return self.known.get(column, CAREFUL[column])

    @property
    def capabilities(self) -> Capabilities:
        """The values of the row."""
        values = {column: self.cell(column).value for column in COLUMNS}
        return Capabilities(**values)  # type: ignore[arg-type]  # a test


AMAZON = Provider(
    "amazon",
    "Amazon S3",
    {
        "max_metadata": Cell(2 * KIB, f"{_AWS}userguide/UsingMetadata.html"),
        "max_key": Cell(1024, f"{_AWS}userguide/object-keys.html"),
        "max_put": Cell(5 * GIB, f"{_AWS}userguide/upload-objects.html"),
        "min_part": Cell(5 * MIB, _AWS_PARTS),
        "max_part": Cell(5 * GIB, _AWS_PARTS),
        "max_parts": Cell(10_000, _AWS_PARTS),
        "equal_parts": Cell(False, _AWS_PARTS),
        "multi_delete": Cell(True, f"{_AWS}API/API_DeleteObjects.html"),
        "max_delete_keys": Cell(1000, f"{_AWS}API/API_DeleteObjects.html"),
        "put_if_match": Cell(True, f"{_AWS}userguide/conditional-writes.html"),
        "put_if_none_match": Cell(
            True, f"{_AWS}userguide/conditional-writes.html"
        ),
        "copy_if_match": Cell(True, f"{_AWS}API/API_CopyObject.html"),
        "copy_keeps_tags": Cell(True, f"{_AWS}API/API_CopyObject.html"),
        "content_md5": Cell(True, f"{_AWS}API/API_PutObject.html"),
        "etag_is_md5": Cell(True, f"{_AWS}API/API_Object.html"),
        "list_encoding": Cell(True, f"{_AWS}API/API_ListObjectsV2.html"),
        "addressing": Cell(
            "virtual",
            "the SDK takes the path for an endpoint that is given:"
            f" {_AWS}userguide/VirtualHosting.html",
        ),
        "checksum_required": Cell(False, f"{_AWS}API/API_PutObject.html"),
        "forbidden_in_keys": Cell("", f"{_AWS}userguide/object-keys.html"),
        "keys_are_paths": Cell(False, f"{_AWS}userguide/object-keys.html"),
        "versioning": Cell(True, f"{_AWS}userguide/Versioning.html"),
    },
)

GOOGLE = Provider(
    "google",
    "Google Cloud Storage",
    {
        "max_metadata": Cell(8 * KIB, f"{_GCS}quotas#objects"),
        "max_key": Cell(1024, f"{_GCS}docs/objects#naming"),
        "max_put": Cell(5 * TIB, f"{_GCS}quotas#objects"),
        "min_part": Cell(5 * MIB, _GCS_PARTS),
        "max_part": Cell(5 * GIB, _GCS_PARTS),
        "max_parts": Cell(10_000, _GCS_PARTS),
        "equal_parts": Cell(False, _GCS_PARTS),
        "multi_delete": Cell(True, f"{_GCS}docs/xml-api/post-bucket"),
        "max_delete_keys": Cell(1000, f"{_GCS}docs/xml-api/post-bucket"),
        "put_if_match": Cell(
            False,
            "only `x-goog-if-generation-match` is there:"
            f" {_GCS}docs/xml-api/put-object",
        ),
        "put_if_none_match": Cell(
            False,
            "only `x-goog-if-generation-match` is there:"
            f" {_GCS}docs/xml-api/put-object",
        ),
        "copy_if_match": Cell(
            False,
            f"documented as `x-goog-copy-source-if-match` only: {_GCS_COPY}",
        ),
        "copy_keeps_tags": Cell(False, f"no tags there: {_GCS_COPY}"),
        "content_md5": Cell(True, f"{_GCS}docs/xml-api/put-object-upload"),
        "etag_is_md5": Cell(True, f"{_GCS}docs/hashes-etags"),
        "list_encoding": Cell(True, f"{_GCS}docs/xml-api/get-bucket-list"),
        "addressing": Cell("path", f"{_GCS}docs/request-endpoints"),
        "forbidden_in_keys": Cell("\r\n", f"{_GCS}docs/objects#naming"),
        "versioning": Cell(True, f"{_GCS}docs/object-versioning"),
    },
    hosts=("storage.googleapis.com",),
)

CEPH = Provider(
    "ceph",
    "Ceph",
    {
        "max_metadata": Cell(None, f"8,000 bytes are taken: {_RGW}"),
        "max_metadata_name": Cell(80, f"500 to 81 bytes: {_RGW}"),
        "max_metadata_value": Cell(None, f"8,000 bytes are taken: {_RGW}"),
        "max_key": Cell(1024, _RGW),
        "max_put": Cell(5 * GIB, f"`rgw_max_put_size`: {_CEPH_CONF}"),
        "min_part": Cell(5 * MIB, _RGW),
        "max_parts": Cell(
            10_000, f"`rgw_multipart_part_upload_limit`: {_CEPH_CONF}"
        ),
        "equal_parts": Cell(False, _RGW),
        "multi_delete": Cell(True, _RGW),
        "max_delete_keys": Cell(1000, f"1,001 are refused: {_RGW}"),
        "max_delete_bytes": Cell(512 * KIB, f"1 MB is refused: {_RGW}"),
        "put_if_match": Cell(True, f"an ETag without quotes: {_RGW}"),
        "put_if_none_match": Cell(True, _RGW),
        "copy_if_match": Cell(
            False,
            f"{_RGW}; newer ones may: https://github.com/ceph/ceph/pull/44678",
        ),
        "copy_keeps_tags": Cell(False, _RGW),
        "content_md5": Cell(True, _RGW),
        "etag_is_md5": Cell(True, f"{_RGW}, also with SSE-KMS"),
        "list_encoding": Cell(True, _RGW),
        "addressing": Cell("path", f"{_CEPH_S3}commons/"),
        "checksum_required": Cell(False, f"411 to its trailer: {_RGW}"),
        "forbidden_in_keys": Cell("", _RGW),
        "keys_are_paths": Cell(False, _RGW),
        "versioning": Cell(True, _CEPH_S3),
        "renames_underscore": Cell(True, _RGW),
    },
)

MINIO = Provider(
    "minio",
    "MinIO",
    {
        "max_metadata": Cell(
            2 * KIB, "https://github.com/minio/minio/pull/4680"
        ),
        "max_key": Cell(1024, _MINIO_LIMITS),
        "max_put": Cell(5 * TIB, _MINIO_LIMITS),
        "min_part": Cell(5 * MIB, _MINIO_LIMITS),
        "max_part": Cell(5 * GIB, _MINIO_LIMITS),
        "max_parts": Cell(10_000, _MINIO_LIMITS),
        "equal_parts": Cell(False, _MINIO_LIMITS),
        "put_if_match": Cell(True, _MINIO_API),
        "put_if_none_match": Cell(True, _MINIO_API),
        "copy_if_match": Cell(True, _MINIO_API),
        "multi_delete": Cell(True, _MINIO_SEEN),
        "max_delete_bytes": Cell(512 * KIB, f"1 MB is taken: {_MINIO_SEEN}"),
        "copy_keeps_tags": Cell(True, _MINIO_SEEN),
        "content_md5": Cell(True, _MINIO_SEEN),
        "list_encoding": Cell(True, _MINIO_SEEN),
        "forbidden_in_keys": Cell("", _MINIO_SEEN),
        "keys_are_paths": Cell(True, f"refused: {_MINIO_SEEN}"),
        "versioning": Cell(True, _MINIO_API),
    },
)

S3PROXY = Provider(
    "s3proxy",
    "S3Proxy",
    {
        "put_if_match": Cell(
            True, f"for most backends not atomic: {_S3PROXY_README}"
        ),
        "put_if_none_match": Cell(
            True, f"for most backends not atomic: {_S3PROXY_README}"
        ),
        "multi_delete": Cell(True, _S3PROXY_SEEN),
        "max_delete_bytes": Cell(512 * KIB, f"1 MB is taken: {_S3PROXY_SEEN}"),
        "copy_if_match": Cell(True, _S3PROXY_SEEN),
        "content_md5": Cell(True, _S3PROXY_SEEN),
        "list_encoding": Cell(True, _S3PROXY_SEEN),
        "forbidden_in_keys": Cell("", _S3PROXY_SEEN),
        "keys_are_paths": Cell(True, f"`a//b` is `a/b`: {_S3PROXY_SEEN}"),
        "copy_keeps_tags": Cell(False, f"no tags there: {_S3PROXY_README}"),
        "versioning": Cell(
            True,
            "since 4.1 with some backends:"
            f" {_S3PROXY}/releases/tag/s3proxy-4.1.0",
        ),
    },
)

SWIFT = Provider(
    "swift",
    "OpenStack Swift (s3api)",
    {
        "max_metadata": Cell(
            4096, f"`max_meta_overall_size`: {_SWIFT_LIMITS}; {_S3API}"
        ),
        "max_metadata_name": Cell(
            128, f"`max_meta_name_length`: {_SWIFT_LIMITS}"
        ),
        "max_metadata_value": Cell(
            256, f"`max_meta_value_length`: {_SWIFT_LIMITS}; {_S3API}"
        ),
        "max_key": Cell(
            1024, f"`max_object_name_length`: {_SWIFT_LIMITS}; {_S3API}"
        ),
        "max_put": Cell(5 * GIB, f"`max_file_size`: {_SWIFT_LIMITS}"),
        "min_part": Cell(5 * MIB, f"`min_segment_size`: {_SWIFT_CONF}"),
        "max_part": Cell(5 * GIB, f"`max_file_size`: {_SWIFT_LIMITS}"),
        "max_parts": Cell(1000, f"`max_upload_part_num`: {_SWIFT_CONF}"),
        "equal_parts": Cell(False, f"parts are segments: {_SWIFT_CONF}"),
        "multi_delete": Cell(True, _S3API),
        "max_delete_keys": Cell(
            1000, f"`max_multi_delete_objects`: {_SWIFT_CONF}; {_S3API}"
        ),
        "max_delete_bytes": Cell(512 * KIB, f"1 MB is taken: {_S3API}"),
        "put_if_match": Cell(False, f"501: {_S3API}"),
        "put_if_none_match": Cell(True, _S3API),
        "copy_if_match": Cell(True, _S3API),
        "copy_keeps_tags": Cell(False, f"no tags there: {_S3API}"),
        "content_md5": Cell(True, _S3API),
        "etag_is_md5": Cell(True, _S3API),
        "list_encoding": Cell(True, _S3API),
        "forbidden_in_keys": Cell("", _S3API),
        "keys_are_paths": Cell(False, _S3API),
        "versioning": Cell(True, _S3API),
    },
)

R2 = Provider(
    "r2",
    "Cloudflare R2",
    {
        "max_metadata": Cell(8 * KIB, _R2_LIMITS),
        "max_key": Cell(1024, _R2_LIMITS),
        "max_put": Cell(5 * GIB - 5 * MIB, _R2_LIMITS),
        "min_part": Cell(5 * MIB, f"{_R2}objects/multipart-objects/"),
        "max_part": Cell(5 * GIB - 5 * MIB, _R2_LIMITS),
        "max_parts": Cell(10_000, _R2_LIMITS),
        "equal_parts": Cell(True, f"{_R2}objects/multipart-objects/"),
        "multi_delete": Cell(True, _R2_API),
        "put_if_match": Cell(True, f"{_R2}api/s3/conditional-operations/"),
        "put_if_none_match": Cell(
            True, f"{_R2}api/s3/conditional-operations/"
        ),
        "copy_if_match": Cell(True, _R2_API),
        "copy_keeps_tags": Cell(False, f"no tags there: {_R2_API}"),
        "addressing": Cell("path", _R2_API),
        "versioning": Cell(False, _R2_API),
    },
    hosts=("r2.cloudflarestorage.com",),
)

B2 = Provider(
    "b2",
    "Backblaze B2",
    {
        "max_metadata": Cell(
            2 * KIB,
            f"7,000, and with server-side encryption 2,048: {_B2_INFO}",
        ),
        "max_key": Cell(1024, _B2_FILES),
        "max_put": Cell(5_000_000_000, f"5 GB, elsewhere 5 GiB: {_B2_FILES}"),
        "max_parts": Cell(10_000, f"{_B2}apidocs/s3-upload-part-copy"),
        "multi_delete": Cell(True, _B2_API),
        "copy_if_match": Cell(True, f"{_B2}apidocs/s3-copy-object"),
        "copy_keeps_tags": Cell(False, f"no tags there: {_B2_API}"),
        "list_encoding": Cell(True, f"{_B2}apidocs/s3-list-objects-v2"),
        "addressing": Cell(
            "path", f"{_B2}docs/cloud-storage-call-the-s3-compatible-api"
        ),
        "forbidden_in_keys": Cell(CONTROL + "\x7f", _B2_FILES),
        "versioning": Cell(True, _B2_FILES),
    },
    hosts=("backblazeb2.com",),
)

GENERIC = Provider("generic", "any other", {})

TABLE: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        AMAZON,
        GOOGLE,
        CEPH,
        MINIO,
        S3PROXY,
        SWIFT,
        R2,
        B2,
        GENERIC,
    )
}


def provider_of(site: Site) -> Provider:
    """Return a site's row: by its `provider`, else by its endpoint."""
    if site.provider:
        return TABLE[site.provider]
    if site.endpoint is None or site.is_amazon:
        return AMAZON
    host, _ = address(site.endpoint)
    for provider in TABLE.values():
        if any(f".{host}".endswith(f".{own}") for own in provider.hosts):
            return provider
    return GENERIC


def capabilities_of(site: Site) -> Capabilities:
    """Return what a site can do; what it says of itself counts."""
    changes = dict(site.capabilities)
    return replace(provider_of(site).capabilities, **changes)  # type: ignore[arg-type]
