# SPDX-License-Identifier: Apache-2.0
"""Do botocore's words and ours mean the same?"""

import unittest

from s3_sync.model.headers import S3Headers
from s3_sync.stores.s3_headers import (
    bare,
    is_md5_of_content,
    parameters,
    read_answer,
)

MD5 = "0" * 32


class ParametersTest(unittest.TestCase):
    def test_every_header_has_its_parameter(self):
        headers = {"cache-control": "no-cache", "expires": "later"}
        said = parameters(S3Headers("a/b", headers, {"colour": "blue"}))
        self.assertEqual(
            {
                "ContentType": "a/b",
                "Metadata": {"colour": "blue"},
                "CacheControl": "no-cache",
                "Expires": "later",
            },
            said,
        )


class AnswerTest(unittest.TestCase):
    def test_utf_8_is_read_as_such_and_latin_1_as_it_is(self):
        answer = read_answer(
            {
                "ETag": '"abc"',
                "ContentLength": 5,
                "Metadata": {"Utf8": "Ã©", "latin1": "caf\xe9"},
                "ResponseMetadata": {
                    "HTTPHeaders": {"content-type": "text/Ã©", "server": "x"}
                },
            }
        )
        self.assertEqual({"utf8": "é", "latin1": "café"}, answer.metadata)
        self.assertEqual(
            (5, "abc", "text/é", {}),
            (answer.size, answer.etag, answer.content_type, answer.headers),
        )

    def test_an_etag_comes_with_quotes_without_or_not_at_all(self):
        self.assertEqual(
            ["a", "a", "", ""], [bare(e) for e in ('"a"', "a", "", None)]
        )


class EvidenceTest(unittest.TestCase):
    def test_only_a_plain_md5_is_evidence(self):
        for etag, answer, expected in (
            (MD5, {}, True),
            (MD5, {"ServerSideEncryption": "AES256"}, True),
            (MD5, {"ServerSideEncryption": "aws:kms:dsse"}, False),
            (MD5, {"SSECustomerAlgorithm": "AES256"}, False),
            (f"{MD5}-2", {}, False),
            ("", {}, False),
        ):
            with self.subTest(etag=etag, answer=answer):
                self.assertEqual(expected, is_md5_of_content(etag, answer))
