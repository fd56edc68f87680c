# SPDX-License-Identifier: Apache-2.0
"""Does the counting sink take multipart uploads as S3 does?"""

import base64
import hashlib
import os

from botocore.exceptions import ClientError

from test.integration.test_sink import SinkTestCase

PART = 5 * 1024 * 1024


class TestMultipart(SinkTestCase):
    def begin(self, key="k", **arguments):
        return self.s3.create_multipart_upload(
            Bucket=self.bucket, Key=key, **arguments
        )["UploadId"]

    def part(self, upload, number, body, **arguments):
        return self.s3.upload_part(
            Bucket=self.bucket,
            Key="k",
            UploadId=upload,
            PartNumber=number,
            Body=body,
            **arguments,
        )["ETag"]

    def arguments(self, upload, *parts):
        named = [{"PartNumber": n, "ETag": etag} for n, etag in parts]
        return {
            "Bucket": self.bucket,
            "Key": "k",
            "UploadId": upload,
            "MultipartUpload": {"Parts": named},
        }

    def test_an_upload_becomes_an_object_with_the_etag_of_its_parts(self):
        bodies = [os.urandom(PART), os.urandom(1000)]
        upload = self.begin(Metadata={"a": "b"}, ContentType="text/plain")
        etags = [self.part(upload, n + 1, b) for n, b in enumerate(bodies)]
        self.assertEqual([], self.keys())
        answer = self.s3.complete_multipart_upload(
            **self.arguments(upload, *enumerate(etags, 1))
        )
        digests = b"".join(hashlib.md5(body).digest() for body in bodies)
        etag = f'"{hashlib.md5(digests).hexdigest()}-2"'
        head = self.head("k")
        self.assertEqual([etag, etag], [answer["ETag"], head["ETag"]])
        self.assertEqual(PART + 1000, head["ContentLength"])
        self.assertEqual({"a": "b"}, head["Metadata"])
        self.assertEqual("text/plain", head["ContentType"])
        self.assertEqual(
            {
                "CREATE_UPLOAD": 1,
                "UPLOAD_PART": 2,
                "COMPLETE": 1,
                "HEAD": 1,
                "bytes": PART + 1000,
            },
            self.counted(),
        )

    def test_parts_are_listed_page_by_page(self):
        upload = self.begin()
        etags = {n: self.part(upload, n, b"%d" % n) for n in (7, 2, 3)}
        pages = self.s3.get_paginator("list_parts").paginate(
            Bucket=self.bucket,
            Key="k",
            UploadId=upload,
            PaginationConfig={"PageSize": 2},
        )
        parts = [part for page in pages for part in page["Parts"]]
        self.assertEqual([2, 3, 7], [part["PartNumber"] for part in parts])
        self.assertEqual(etags[3], parts[1]["ETag"])
        self.assertEqual([1, 1, 1], [part["Size"] for part in parts])
        self.assertEqual(2, self.counted()["LIST_PARTS"])

    def test_an_aborted_upload_is_gone(self):
        upload = self.begin()
        where = {"Bucket": self.bucket, "Key": "k", "UploadId": upload}
        self.s3.abort_multipart_upload(**where)
        gone = 404, "NoSuchUpload"
        self.refused(*gone, "abort_multipart_upload", **where)
        self.refused(*gone, "list_parts", **where)
        self.refused(*gone, "upload_part", PartNumber=1, **where)
        self.assertEqual(2, self.counted()["ABORT"])

    def test_open_uploads_are_listed_page_by_page(self):
        keys = ["p/a b", "p/ü", "q"]
        uploads = [(key, self.begin(key)) for key in keys for _ in range(2)]
        pages = self.s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.bucket, Prefix="p/", PaginationConfig={"PageSize": 3}
        )
        listed = [
            (each["Key"], each["UploadId"])
            for page in pages
            for each in page["Uploads"]
        ]
        self.assertEqual(sorted(uploads[:4]), listed)
        self.assertEqual(2, self.counted()["LIST"])

    def test_a_wrong_completion_leaves_the_upload_open(self):
        upload = self.begin()
        small = self.part(upload, 1, b"small")
        last = self.part(upload, 2, b"last")
        cases = {
            "InvalidPart": [(1, last)],
            "InvalidPartOrder": [(2, last), (1, small)],
            "EntityTooSmall": [(1, small), (2, last)],
        }
        for code, parts in cases.items():
            with self.subTest(code):
                self.refused(
                    400,
                    code,
                    "complete_multipart_upload",
                    **self.arguments(upload, *parts),
                )
        right = self.arguments(upload, (1, small))
        self.s3.complete_multipart_upload(**right)
        self.assertEqual(["k"], self.keys())
        self.refused(404, "NoSuchUpload", "complete_multipart_upload", **right)

    def test_a_completion_honours_its_condition(self):
        upload = self.begin()
        etag = self.part(upload, 1, b"part")
        self.put("k")
        self.refused(
            412,
            "PreconditionFailed",
            "complete_multipart_upload",
            IfNoneMatch="*",
            **self.arguments(upload, (1, etag)),
        )

    def test_a_part_unlike_its_content_md5_is_refused(self):
        wrong = base64.b64encode(hashlib.md5(b"wrong").digest()).decode()
        with self.assertRaisesRegex(ClientError, "BadDigest"):
            self.part(self.begin(), 1, b"right", ContentMD5=wrong)

    def test_copying_a_part_is_not_pretended(self):
        self.refused(
            501,
            "NotImplemented",
            "upload_part_copy",
            Bucket=self.bucket,
            Key="k",
            UploadId=self.begin(),
            PartNumber=1,
            CopySource=f"{self.bucket}/k",
        )
