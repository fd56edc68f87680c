# SPDX-License-Identifier: Apache-2.0
"""How does one see whether a server deviates from Amazon S3?"""

import base64
from collections.abc import Callable
from itertools import count
from urllib.parse import unquote_plus

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from test.integration.servers import S3Server

NUMBERS = count(1)
WRONG_ETAG = "0" * 32
UTF8_ORDER = ("a.b", "a/b", "ab", "\ufffd", "\U0001f600")


class Probe:
    """One server, with a bucket of its own for this probe."""

    def __init__(self, server: S3Server) -> None:
        self.server = server
        self.client = server.client()
        self.where = {"Bucket": f"probe-{next(NUMBERS)}"}
        self.client.create_bucket(**self.where)
        self.at = {**self.where, "Key": "k"}

    def refuses(self, operation: str, **parameters) -> bool:
        """Tell whether the server refuses a request about the key `k`."""
        try:
            getattr(self.client, operation)(**(self.at | parameters))
        except ClientError:
            return True
        return False

    def refuses_put(self, **parameters) -> bool:
        """Tell whether the server refuses an object."""
        return self.refuses("put_object", **({"Body": b"x"} | parameters))

    def put(self, **parameters) -> str:
        """Write an object, and return its ETag without quotes."""
        answer = self.client.put_object(
            **(self.at | {"Body": b"x"} | parameters)
        )
        return str(answer["ETag"]).strip('"')

    def metadata(self) -> dict[str, str]:
        """Return what the server has kept."""
        return dict(self.client.head_object(**self.at)["Metadata"])

    def keys(self) -> list[str]:
        """Return the keys as they are listed."""
        answer = self.client.list_objects_v2(**self.where)
        return [entry["Key"] for entry in answer.get("Contents", [])]

    def is_there(self) -> bool:
        """Tell whether `k` is there."""
        return not self.refuses("head_object")

    # Keys.

    def folds_paths(self) -> bool:
        refused = self.refuses_put(Key="a//b")
        return not refused and self.keys() != ["a//b"]

    def refuses_odd_paths(self) -> bool:
        odd = ("a//b", "a/./b", "a/../b", "../a")
        return all(self.refuses_put(Key=key) for key in odd)

    def refuses_beginnings(self) -> bool:
        self.put(Key="a/b")
        return self.refuses_put(Key="a")

    def drops_bytes(self) -> bool:
        self.put(Key="a/", Body=b"bytes")
        answer = self.client.head_object(**self.where, Key="a/")
        return bool(answer["ContentLength"] != len(b"bytes"))

    # Metadata.

    def loses_odd_names(self) -> bool:
        self.put(Metadata={"a!b~c": "v"})
        return "a!b~c" not in self.metadata()

    def renames_underscore(self) -> bool:
        self.put(Metadata={"a_b": "v"})
        return "a_b" not in self.metadata()

    def loses_expires(self) -> bool:
        self.put()
        self.copy_onto_itself(Expires="Thu, 01 Dec 2033 16:00:00 GMT")
        return "Expires" not in self.client.head_object(**self.at)

    # Proofs.

    def takes_any_secret(self) -> bool:
        client = boto3.client(
            "s3",
            endpoint_url=self.server.endpoint,
            aws_access_key_id=self.server.identity,
            aws_secret_access_key="wrong",
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            client.list_objects_v2(**self.where)
        except ClientError:
            return False
        finally:
            client.close()
        return True

    def takes_wrong_md5(self) -> bool:
        wrong = base64.b64encode(b"0" * 16).decode()
        return not self.refuses_put(ContentMD5=wrong)

    # Conditions.

    def copy_onto_itself(self, **parameters) -> bool:
        """Tell whether a copy is refused."""
        return self.refuses(
            "copy_object",
            CopySource=self.at,
            MetadataDirective="REPLACE",
            **parameters,
        )

    def ignores_copy_condition(self) -> bool:
        self.put()
        return not self.copy_onto_itself(CopySourceIfMatch=WRONG_ETAG)

    def ignores_if_match(self) -> bool:
        self.put()
        return not self.refuses_put(IfMatch=WRONG_ETAG)

    def refuses_quoted_if_match(self) -> bool:
        return self.refuses_put(IfMatch=f'"{self.put()}"')

    def refuses_bare_if_match(self) -> bool:
        return self.refuses_put(IfMatch=self.put())

    def ignores_if_none_match(self) -> bool:
        self.put()
        return not self.refuses_put(IfNoneMatch="*")

    def ignores_if_match_of_delete(self) -> bool:
        self.put()
        self.refuses("delete_object", IfMatch=WRONG_ETAG)
        return not self.is_there()

    def complete(self, **parameters) -> dict:
        """Upload one part and complete it."""
        upload = self.client.create_multipart_upload(**self.at)["UploadId"]
        part = self.client.upload_part(
            **self.at, UploadId=upload, PartNumber=1, Body=b"x"
        )
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        return dict(
            self.client.complete_multipart_upload(
                **self.at,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                **parameters,
            )
        )

    def ignores_condition_of_complete(self) -> bool:
        self.put()
        try:
            self.complete(IfNoneMatch="*")
        except ClientError:
            return False
        return True

    # Multi-delete, multipart, listings.

    def delete(self, keys) -> None:
        self.client.delete_objects(
            **self.where, Delete={"Objects": [{"Key": key} for key in keys]}
        )

    def refuses_large_delete(self) -> bool:
        try:
            self.delete([f"{n:04}".ljust(1024, "k") for n in range(1000)])
        except ClientError:
            return True
        return False

    def misses_cr(self) -> bool:
        self.put(Key="a\rb")
        self.delete(["a\rb", "other"])
        return bool(self.keys())

    def completes_without_etag(self) -> bool:
        return not str(self.complete().get("ETag", "")).strip('"')

    def has_own_order(self) -> bool:
        for key in UTF8_ORDER:
            self.put(Key=key)
        return self.keys() != list(UTF8_ORDER)

    def lists_unencoded(self) -> bool:
        key = "a b+c%é\r"
        self.put(Key=key)
        answer = self.client.list_objects_v2(**self.where, EncodingType="url")
        listed = answer["Contents"][0]["Key"]
        return not (
            answer.get("EncodingType") == "url"
            and listed.isascii()
            and unquote_plus(listed) == key
        )

    # Versions, tags, encryption.

    def keeps_no_versions(self) -> bool:
        try:
            self.client.put_bucket_versioning(
                **self.where, VersioningConfiguration={"Status": "Enabled"}
            )
            self.put()
            self.client.delete_object(**self.at)
            listed = self.client.list_object_versions(**self.where)
        except ClientError:
            return True
        return not (listed.get("Versions") and listed.get("DeleteMarkers"))

    def hides_delete_markers(self) -> bool:
        self.keeps_no_versions()
        try:
            self.client.head_object(**self.at)
        except ClientError as error:
            headers = error.response["ResponseMetadata"]["HTTPHeaders"]
            return headers.get("x-amz-delete-marker") != "true"
        return True

    def tags(self) -> list:
        try:
            return list(self.client.get_object_tagging(**self.at)["TagSet"])
        except ClientError:
            return []

    def keeps_no_tags(self) -> bool:
        return self.refuses_put(Tagging="a=b") or not self.tags()

    def loses_tags(self) -> bool:
        self.refuses_put(Tagging="a=b")
        self.copy_onto_itself()
        return not self.tags()

    def hides_encryption(self) -> bool:
        try:
            answer = self.client.put_object(
                **self.at, Body=b"x", ServerSideEncryption="AES256"
            )
        except ClientError:
            return True
        return answer.get("ServerSideEncryption") != "AES256"


def _refused_put(**parameters) -> Callable[[Probe], bool]:
    return lambda probe: probe.refuses_put(**parameters)


PROBES: dict[str, Callable[[Probe], bool]] = {
    "refuses a newline in a key": _refused_put(Key="a\nb"),
    "refuses control characters in a key": _refused_put(Key="a\x01\x1f\tb"),
    "takes keys for paths of files": Probe.folds_paths,
    "refuses keys that are odd as paths": Probe.refuses_odd_paths,
    "refuses a key that others begin with": Probe.refuses_beginnings,
    "drops the bytes of a key that ends with a slash": Probe.drops_bytes,
    "refuses metadata values of more than 256 bytes": _refused_put(
        Metadata={"a": "v" * 257}
    ),
    "refuses more than 90 metadata items": _refused_put(
        Metadata={f"i{n}": "v" for n in range(92)}
    ),
    "refuses more than 4,096 bytes of metadata": _refused_put(
        Metadata={f"i{n:02}": "v" * 210 for n in range(20)}
    ),
    "refuses metadata names of more than 80 bytes": _refused_put(
        Metadata={"n" * 81: "v"}
    ),
    "refuses two spaces between quotes": _refused_put(
        Metadata={"a": '"a  b"'}
    ),
    "refuses headers that are not ASCII": _refused_put(CacheControl="é"),
    "loses metadata whose name has ! or ~": Probe.loses_odd_names,
    "loses Expires in a copy": Probe.loses_expires,
    "turns _ in a metadata name to -": Probe.renames_underscore,
    "takes any secret": Probe.takes_any_secret,
    "takes a wrong Content-MD5": Probe.takes_wrong_md5,
    "ignores the condition of a copy": Probe.ignores_copy_condition,
    "ignores If-Match of a PUT": Probe.ignores_if_match,
    "refuses a right If-Match in quotes": Probe.refuses_quoted_if_match,
    "refuses a right If-Match without quotes": Probe.refuses_bare_if_match,
    "ignores If-None-Match of a PUT": Probe.ignores_if_none_match,
    "ignores If-Match of a DELETE": Probe.ignores_if_match_of_delete,
    "ignores If-None-Match of a Complete": (
        Probe.ignores_condition_of_complete
    ),
    "refuses a multi-delete of 1 MB": Probe.refuses_large_delete,
    "misses CR in a key of a multi-delete": Probe.misses_cr,
    "completes an upload without an ETag": Probe.completes_without_etag,
    "lists keys in another order than UTF-8's": Probe.has_own_order,
    "lists keys without their encoding": Probe.lists_unencoded,
    "keeps no versions": Probe.keeps_no_versions,
    "does not tell of a delete marker": Probe.hides_delete_markers,
    "keeps no tags": Probe.keeps_no_tags,
    "loses tags in a copy onto itself": Probe.loses_tags,
    "does not tell of encryption": Probe.hides_encryption,
}
"""How each of `DEVIATIONS` shows."""
