# SPDX-License-Identifier: Apache-2.0
"""Does the store ever ask for what the printed policy denies?"""

import unittest

from s3_sync.errors import NotFound
from s3_sync.model.policy import need_of, policy
from test.doubles.canned_s3 import XMLNS, Answer, CannedS3
from test.doubles.iam import allows, wishes
from test.doubles.memory_body import MemoryBody
from test.doubles.rules import a_rule, an_info

PLACES = (
    {"container": "photos", "custom_prefix": None},
    {"container": "photos", "custom_prefix": "p"},
    {"container": "photos", "custom_prefix": ""},
    {"container": "/*", "custom_prefix": None},
    {"container": "/*", "custom_prefix": "p"},
    {"container": "/*", "custom_prefix": ""},
    {"container": "é*? $", "custom_prefix": None},
)


class PolicyTest(unittest.TestCase):
    def wishes_of(self, rule):
        """Let a store do all that it can, and return what it asked for."""
        s3 = CannedS3(self._respond)
        container = "photos" if rule.all_containers else rule.container
        store = s3.bucket(rule).container(rule.account, container)
        self.manifest = store._keys.manifest_key("b")
        info = an_info(b"x")
        store.is_empty()
        store.keeps_versions()
        store.head("a")
        s3.now += 3600  # so that a 404 makes sure of the bucket
        store.head("absent")
        store.put("a", MemoryBody(b"x"), info)
        store.post("a", info)
        with self.assertRaises(NotFound):
            store.post("absent", info)
        if rule.propagate_delete:
            store.delete(["a"])
            store.delete(["a", "b", "a b+c"])
        return [wish for sent in s3.sent for wish in wishes(sent)]

    def _respond(self, sent):
        if sent.is_list:
            found = f"<Contents><Key>{self.manifest}</Key></Contents>"
            body = found if ".manifests" in sent.query["prefix"][0] else ""
            return Answer(
                200, f"<ListBucketResult {XMLNS}>{body}</ListBucketResult>"
            )
        if "absent" in sent.path:
            return Answer(404, "")
        if "x-amz-copy-source" in sent.headers:
            etag = an_info(b"x").etag
            return Answer(
                200,
                f"<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>",
            )
        if sent.method == "POST":
            return Answer(200, f"<DeleteResult {XMLNS}></DeleteResult>")
        return Answer(200, headers={"ETag": f'"{an_info(b"x").etag}"'})

    def test_all_that_it_asks_for_is_allowed(self):
        for place in PLACES:
            for deletes in (True, False):
                rule = a_rule(**place, propagate_delete=deletes)
                need = need_of(
                    rule.account,
                    rule.container,
                    rule.custom_prefix,
                    deletes=deletes,
                )
                document = policy(rule.bucket, [need], "aws")
                for wish in self.wishes_of(rule):
                    with self.subTest(f"{place} {wish}"):
                        self.assertTrue(allows(document, wish))

    def test_all_kinds_of_requests_were_looked_at(self):
        rule = a_rule(custom_prefix=None)
        found = self.wishes_of(rule)
        self.assertEqual(
            {
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:GetBucketVersioning",
                "s3:ListBucket",
            },
            {wish.action for wish in found},
        )
        self.assertIn(self.manifest, [wish.key for wish in found])
