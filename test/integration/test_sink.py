# SPDX-License-Identifier: Apache-2.0
"""Does the counting sink do what S3 does, as a real client sees it?"""

import base64
import hashlib
import time
import unittest
from datetime import datetime, timezone
from itertools import count

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

from bench.sink_process import Sink

ODD_KEYS = sorted(
    [
        "a b",
        "a+b",
        "a%2Fb",
        "a%b",
        "a//b",
        "a?b#c&d=e",
        "/lead",
        "trail/",
        "new\nline",
        "carriage\rreturn",
        "tab\tand\x01",
        "<&>\"'",
        "ünïcödé",
        "日本/語",
        "\U0001f600",
        "\ufffd",
        "k" * 1024,
        "é" * 512,
        "~-._*",
    ]
)


class SinkTestCase(unittest.TestCase):
    """A sink and a boto3 client for all tests, a new bucket for each."""

    numbers = count(1)

    @classmethod
    def setUpClass(cls):
        cls.sink = Sink()
        cls.addClassCleanup(cls.sink.stop)
        cls.s3 = boto3.client(
            "s3",
            endpoint_url=cls.sink.endpoint,
            aws_access_key_id="id",
            aws_secret_access_key="secret",
            region_name="us-east-1",
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
            ),
        )
        cls.addClassCleanup(cls.s3.close)

    def setUp(self):
        self.bucket = f"bucket-{next(self.numbers)}"
        self.sink.create_bucket(self.bucket)
        self.sink.reset()

    def put(self, key, body=b"", **headers):
        return self.s3.put_object(
            Bucket=self.bucket, Key=key, Body=body, **headers
        )

    def head(self, key):
        return self.s3.head_object(Bucket=self.bucket, Key=key)

    def copy(self, source, key, **arguments):
        return self.s3.copy_object(
            Bucket=self.bucket,
            Key=key,
            CopySource={"Bucket": self.bucket, "Key": source},
            **arguments,
        )

    def keys(self):
        return sorted(self.sink.objects(self.bucket))

    def refused(self, status, code, operation, **arguments):
        with self.assertRaises(ClientError) as caught:
            getattr(self.s3, operation)(**arguments)
        answer = caught.exception.response
        self.assertEqual(status, answer["ResponseMetadata"]["HTTPStatusCode"])
        self.assertEqual(code, answer["Error"]["Code"])

    def counted(self):
        return {k: n for k, n in self.sink.counts().items() if n}


class TestBuckets(SinkTestCase):
    def test_a_bucket_is_created_once(self):
        name = f"{self.bucket}-new"
        missing = {"Bucket": name}
        self.refused(404, "404", "head_bucket", **missing)
        self.s3.create_bucket(Bucket=name)
        self.s3.head_bucket(Bucket=name)
        self.refused(
            409, "BucketAlreadyOwnedByYou", "create_bucket", **missing
        )
        self.assertEqual({"BUCKET": 4}, self.counted())

    def test_a_bucket_says_where_it_is_and_that_it_has_no_versions(self):
        location = self.s3.get_bucket_location(Bucket=self.bucket)
        versioning = self.s3.get_bucket_versioning(Bucket=self.bucket)
        self.assertIsNone(location["LocationConstraint"])
        self.assertNotIn("Status", versioning)
        self.assertEqual({"BUCKET": 1, "VERSIONING": 1}, self.counted())

    def test_a_missing_bucket_is_not_a_missing_key(self):
        where = {"Bucket": "no-such-bucket"}
        self.refused(404, "NoSuchBucket", "list_objects_v2", **where)
        self.refused(404, "NoSuchBucket", "put_object", Key="k", **where)
        self.refused(
            404, "NoSuchKey", "get_object", Bucket=self.bucket, Key="k"
        )

    def test_what_the_sink_does_not_do_is_501(self):
        where = {"Bucket": self.bucket, "Key": "k"}
        self.put("k")
        self.refused(501, "NotImplemented", "get_object", **where)
        self.refused(501, "NotImplemented", "get_object_tagging", **where)
        self.refused(
            501, "NotImplemented", "delete_bucket", Bucket=self.bucket
        )
        self.refused(501, "NotImplemented", "list_buckets")
        self.refused(
            501, "NotImplemented", "delete_object", VersionId="1", **where
        )
        self.refused(
            501, "NotImplemented", "delete_object", IfMatch="x", **where
        )
        self.assertEqual(["k"], self.keys())
        self.assertEqual(
            {"PUT": 1, "GET": 1, "DELETE": 1, "OTHER": 4}, self.counted()
        )


class TestObjects(SinkTestCase):
    def test_a_head_returns_what_was_put(self):
        answer = self.put(
            "k",
            b"hello",
            Metadata={"swift-timestamp": "1.5", "x_y": "z"},
            ContentType="text/plain",
            CacheControl="no-store",
            ContentDisposition="inline",
            ContentEncoding="gzip",
            ContentLanguage="de",
            Expires=datetime(2030, 1, 1, tzinfo=timezone.utc),
        )
        head = self.head("k")
        etag = hashlib.md5(b"hello").hexdigest()
        self.assertEqual(f'"{etag}"', answer["ETag"])
        self.assertEqual(f'"{etag}"', head["ETag"])
        self.assertEqual(5, head["ContentLength"])
        self.assertEqual(
            {"swift-timestamp": "1.5", "x_y": "z"}, head["Metadata"]
        )
        self.assertEqual("text/plain", head["ContentType"])
        self.assertEqual("no-store", head["CacheControl"])
        self.assertEqual("inline", head["ContentDisposition"])
        self.assertEqual("gzip", head["ContentEncoding"])
        self.assertEqual("de", head["ContentLanguage"])
        self.assertEqual(
            "Tue, 01 Jan 2030 00:00:00 GMT", head["ExpiresString"]
        )
        self.assertEqual({"PUT": 1, "HEAD": 1, "bytes": 5}, self.counted())

    def test_the_control_interface_shows_an_object_and_when_it_came(self):
        before = time.time()
        self.put("ü", b"12", Metadata={"a": "b"}, ContentType="text/plain")
        stored = self.sink.objects(self.bucket)["ü"]
        self.assertEqual(hashlib.md5(b"12").hexdigest(), stored["etag"])
        self.assertEqual(2, stored["size"])
        self.assertEqual({"a": "b"}, stored["metadata"])
        self.assertEqual({"content-type": "text/plain"}, stored["headers"])
        self.assertLessEqual(before, stored["received"])
        self.assertLessEqual(stored["received"], time.time())
        moment = datetime.fromtimestamp(stored["received"], timezone.utc)
        self.assertEqual(
            moment.isoformat(timespec="milliseconds")[:-6] + "Z",
            stored["last_modified"],
        )

    def test_a_body_unlike_its_content_md5_is_not_stored(self):
        where = {"Bucket": self.bucket, "Key": "k", "Body": b"right"}
        wrong = base64.b64encode(hashlib.md5(b"wrong").digest()).decode()
        right = base64.b64encode(hashlib.md5(b"right").digest()).decode()
        self.refused(400, "BadDigest", "put_object", ContentMD5=wrong, **where)
        self.refused(
            400, "InvalidDigest", "put_object", ContentMD5="junk", **where
        )
        self.assertEqual([], self.keys())
        self.s3.put_object(ContentMD5=right, **where)
        self.assertEqual(["k"], self.keys())

    def test_a_put_honours_its_conditions(self):
        where = {"Bucket": self.bucket, "Key": "k", "Body": b"2"}
        failed = 412, "PreconditionFailed", "put_object"
        self.refused(404, "NoSuchKey", "put_object", IfMatch="e", **where)
        etag = self.put("k", b"1", IfNoneMatch="*")["ETag"]
        self.refused(*failed, IfNoneMatch="*", **where)
        self.refused(*failed, IfMatch='"e"', **where)
        self.assertEqual(etag, self.head("k")["ETag"])
        self.put("k", b"2", IfMatch=etag)
        self.assertNotEqual(etag, self.head("k")["ETag"])
        self.put("k", b"3", IfMatch=self.head("k")["ETag"].strip('"'))

    def test_a_key_over_1024_bytes_is_refused(self):
        self.refused(
            400,
            "KeyTooLongError",
            "put_object",
            Bucket=self.bucket,
            Key="é" * 512 + "k",
        )

    def test_deleting_a_missing_key_is_no_error(self):
        self.put("k")
        for _ in range(2):
            answer = self.s3.delete_object(Bucket=self.bucket, Key="k")
            status = answer["ResponseMetadata"]["HTTPStatusCode"]
            self.assertEqual(204, status)
        self.assertEqual([], self.keys())
        self.assertEqual({"PUT": 1, "DELETE": 2}, self.counted())

    def test_a_missing_key_is_a_404_without_a_body(self):
        self.refused(404, "404", "head_object", Bucket=self.bucket, Key="k")


class TestCopies(SinkTestCase):
    def test_a_copy_keeps_or_replaces_what_describes_the_object(self):
        etag = self.put(
            "ü +%", b"1", Metadata={"a": "1"}, CacheControl="no-store"
        )["ETag"]
        kept = self.copy("ü +%", "kept")["CopyObjectResult"]
        self.copy(
            "ü +%", "new", MetadataDirective="REPLACE", Metadata={"b": "2"}
        )
        self.assertEqual(etag, kept["ETag"])
        self.assertEqual({"a": "1"}, self.head("kept")["Metadata"])
        self.assertEqual("no-store", self.head("kept")["CacheControl"])
        new = self.head("new")
        self.assertEqual(etag, new["ETag"])
        self.assertEqual({"b": "2"}, new["Metadata"])
        self.assertEqual("binary/octet-stream", new["ContentType"])
        self.assertNotIn("CacheControl", new)
        self.assertEqual(2, self.counted()["COPY"])
        self.assertEqual(1, self.counted()["PUT"])

    def test_a_copy_of_another_version_is_refused(self):
        etag = self.put("k", b"1")["ETag"]
        where = {
            "Bucket": self.bucket,
            "Key": "k",
            "CopySource": f"{self.bucket}/k",
            "MetadataDirective": "REPLACE",
            "Metadata": {"a": "new"},
        }
        self.refused(
            412,
            "PreconditionFailed",
            "copy_object",
            CopySourceIfMatch="other",
            **where,
        )
        self.assertEqual({}, self.head("k")["Metadata"])
        for matching in etag, etag.strip('"'):
            self.s3.copy_object(CopySourceIfMatch=matching, **where)
        self.assertEqual({"a": "new"}, self.head("k")["Metadata"])

    def test_what_is_not_there_cannot_be_copied(self):
        where = {"Bucket": self.bucket, "Key": "k"}
        self.refused(
            404,
            "NoSuchKey",
            "copy_object",
            CopySource=f"{self.bucket}/missing",
            **where,
        )
        self.refused(
            404, "NoSuchBucket", "copy_object", CopySource="b/k", **where
        )

    def test_a_copy_onto_itself_must_change_something(self):
        self.put("k")
        self.refused(
            400,
            "InvalidRequest",
            "copy_object",
            Bucket=self.bucket,
            Key="k",
            CopySource=f"{self.bucket}/k",
        )


class TestMultiDelete(SinkTestCase):
    def delete(self, keys, **options):
        objects = [{"Key": key} for key in keys]
        return self.s3.delete_objects(
            Bucket=self.bucket, Delete={"Objects": objects, **options}
        )

    def test_a_batch_deletes_its_keys_and_no_others(self):
        names = [k for k in ODD_KEYS if "\x01" not in k]
        for name in (*names, "stays"):
            self.put(name)
        answer = self.delete([*names, "missing"])
        deleted = sorted(each["Key"] for each in answer["Deleted"])
        self.assertEqual(sorted([*names, "missing"]), deleted)
        self.assertEqual(["stays"], self.keys())
        self.assertEqual(1, self.counted()["MULTI_DELETE"])

    def test_a_quiet_batch_lists_nothing(self):
        self.put("k")
        self.assertNotIn("Deleted", self.delete(["k"], Quiet=True))
        self.assertEqual([], self.keys())

    def test_a_batch_holds_at_most_1000_keys(self):
        self.put("k0")
        keys = [f"k{n}" for n in range(1001)]
        with self.assertRaisesRegex(ClientError, "MalformedXML"):
            self.delete(keys)
        self.assertEqual(["k0"], self.keys())
        self.assertEqual(1000, len(self.delete(keys[:1000])["Deleted"]))

    def test_a_control_character_fails_the_whole_batch(self):
        self.put("k")
        with self.assertRaisesRegex(ClientError, "MalformedXML"):
            self.delete(["k", "\x01"])
        self.assertEqual(["k"], self.keys())

    def test_a_condition_in_a_batch_is_not_ignored(self):
        self.put("k")
        objects = [{"Key": "k", "ETag": "wrong"}]
        self.refused(
            501,
            "NotImplemented",
            "delete_objects",
            Bucket=self.bucket,
            Delete={"Objects": objects},
        )
        self.assertEqual(["k"], self.keys())
