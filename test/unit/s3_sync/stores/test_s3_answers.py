# SPDX-License-Identifier: Apache-2.0
"""Is a 200 that is none an error?"""

import unittest

from s3_sync.errors import SiteRefused, SiteUnavailable
from s3_sync.model.decide import Seen
from test.doubles.canned_s3 import XMLNS, Answer, CannedS3
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import an_info

PAGE = "<html><body>Please log in.</body></html>"
FALSE = {
    "nothing": "",
    "a page": PAGE,
    "a page that is no XML": "<!doctype html><p>Please<br>log in.",
    "an error": "<Error><Code>InternalError</Code></Error>",
    "another result": f"<OtherResult {XMLNS}></OtherResult>",
    "text": "OK",
    "half a result": "<DeleteRes",
}


def a_copy(etag):
    return (
        f'<CopyObjectResult {XMLNS}><ETag>"{etag}"</ETag></CopyObjectResult>'
    )


class SuccessTest(unittest.TestCase):
    def setUp(self):
        self.body = ""
        self.s3 = CannedS3(lambda _: Answer(200, self.body))
        self.store = self.s3.store()

    def assert_failures(self, act, bodies):
        for name, self.body in bodies.items():
            with self.subTest(name), self.assertRaises(SiteUnavailable):
                act()

    def test_a_list_is_a_list(self):
        self.assert_failures(self.store.is_empty, FALSE)

    def test_a_copy_is_a_copy(self):
        info = an_info(b"x")

        def post():
            self.store.post("x", info, seen=Seen(info))

        self.assert_failures(post, FALSE)
        self.body = a_copy(info.etag)
        post()

    def test_a_multi_delete_is_one(self):
        bucket = self.s3.bucket()
        self.assert_failures(
            lambda: bucket.call(
                "delete_objects", "", Delete={"Objects": [{"Key": "a"}]}
            ),
            FALSE,
        )

    def test_a_multipart_upload_is_one(self):
        bucket = self.s3.bucket()
        self.assert_failures(
            lambda: bucket.call(
                "complete_multipart_upload", "x", Key="x", UploadId="1"
            ),
            FALSE,
        )

    def test_a_put_has_no_page(self):
        info = an_info(b"x")

        def put():
            self.store.put("x", MemoryBody(b"x"), info)

        pages = {name: body for name, body in FALSE.items() if body}
        self.assert_failures(put, pages)
        self.body = ""
        put()

    def test_an_error_in_a_200_is_read_by_its_code(self):
        self.body = "<Error><Code>NoSuchBucket</Code></Error>"
        with self.assertRaisesRegex(SiteRefused, "NoSuchBucket"):
            info = an_info(b"x")
            self.store.post("x", info, seen=Seen(info))


class RegionTest(unittest.TestCase):
    def test_the_first_clear_error_names_the_region(self):
        s3 = CannedS3(
            lambda _: Answer(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code>"
                "<Region>eu-west-1</Region></Error>",
            )
        )
        with self.assertRaisesRegex(SiteRefused, "`region` to eu-west-1"):
            s3.store().is_empty()
