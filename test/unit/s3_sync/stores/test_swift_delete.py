# SPDX-License-Identifier: Apache-2.0
"""Is each name of a bulk delete told how it went?"""

import unittest
from urllib.parse import unquote

from s3_sync.errors import AccessDenied, Conflict, SiteUnavailable
from test.doubles.canned_swift import CannedSwift, a_swift_rule, answer

NAMES = ["a", "b", "c d/é%25\n"]


def told(deleted, missing=0, errors=()):
    return answer(
        200,
        {
            "Number Deleted": deleted,
            "Number Not Found": missing,
            "Response Status": "200 OK",
            "Response Body": "",
            "Errors": list(errors),
        },
    )


class DeleteTest(unittest.TestCase):
    def setUp(self):
        self.bulk = told(3)
        self.single = {}
        self.swift = CannedSwift(self._respond)
        self.store = self.swift.store(a_swift_rule(container="/*", bucket=""))

    def _respond(self, sent):
        if sent.target.endswith("?bulk-delete"):
            return self.bulk
        return self.single.get(sent.path, answer(204))

    @property
    def asked(self):
        return [sent.method for sent in self.swift.sent]

    def delete(self, names=NAMES):
        return dict(self.store.delete(names))

    def test_many_names_are_one_request(self):
        self.assertEqual(dict.fromkeys(NAMES), self.delete())
        [sent] = self.swift.sent
        self.assertEqual("POST", sent.method)
        self.assertEqual("/v1/AUTH_copies?bulk-delete", sent.target)
        lines = sent.body.decode().split("\n")
        self.assertEqual(
            [f"/photos/{name}" for name in NAMES], list(map(unquote, lines))
        )
        self.assertEqual("text/plain", sent.headers["content-type"])

    def test_absent_names_are_no_error(self):
        self.bulk = told(1, missing=2)
        self.assertEqual(dict.fromkeys(NAMES), self.delete())

    def test_each_refusal_is_its_names_own(self):
        self.bulk = told(
            1,
            errors=[
                ["/photos/c%20d/%C3%A9%2525%0A", "409 Conflict"],
                ["/photos/a", "403 Forbidden"],
            ],
        )
        outcomes = self.delete()
        self.assertIsInstance(outcomes[NAMES[2]], Conflict)
        self.assertIsInstance(outcomes["a"], AccessDenied)
        self.assertIsNone(outcomes["b"])

    def test_a_failure_of_the_site_within_is_the_sites(self):
        for status in ("503 Service Unavailable", "401 Unauthorized"):
            self.bulk = told(2, errors=[["/photos/a", status]])
            with self.subTest(status), self.assertRaises(SiteUnavailable):
                self.delete()

    def test_names_that_the_answer_leaves_out_are_deleted_one_by_one(self):
        self.bulk = told(1, errors=[["/photos/b", "409 Conflict"]])
        outcomes = self.delete()
        self.assertIsInstance(outcomes["b"], Conflict)
        self.assertEqual(["POST", "DELETE", "DELETE"], self.asked)

    def test_an_answer_cut_short_is_the_sites_fault(self):
        for body in (b"", b'{"Number', b"[]", b"{}"):
            self.bulk = answer(200, body)
            with self.subTest(body), self.assertRaises(SiteUnavailable):
                self.delete()

    def test_a_site_without_bulk_deletes_gets_single_ones(self):
        self.swift.info = answer(404)
        self.single["/photos/a"] = answer(404)
        self.single["/photos/b"] = answer(409)
        outcomes = self.delete()
        self.assertEqual(["DELETE"] * 3, self.asked)
        self.assertIsNone(outcomes["a"])
        self.assertIsInstance(outcomes["b"], Conflict)

    def test_a_refused_batch_is_sent_one_by_one(self):
        self.bulk = answer(405)
        self.assertEqual(dict.fromkeys(NAMES), self.delete())
        self.assertEqual(["POST"] + ["DELETE"] * 3, self.asked)

    def test_a_site_that_is_down_ends_it(self):
        self.swift.info = answer(404)
        self.single["/photos/a"] = answer(503)
        with self.assertRaises(SiteUnavailable):
            self.delete()
        self.swift.info = answer(200, {})
        self.bulk = answer(503)
        with self.assertRaises(SiteUnavailable):
            self.delete()

    def test_a_single_name_is_a_single_delete(self):
        self.assertEqual({"a": None}, self.delete(["a", "a"]))
        self.assertEqual(["DELETE"], self.asked)

    def test_batches_are_as_large_as_the_site_allows(self):
        info = {"bulk_delete": {"max_deletes_per_request": 2}}
        self.swift.info = answer(200, info)
        self.bulk = told(2)
        self.delete()
        self.assertEqual(["POST", "DELETE"], self.asked)

    def test_no_names_are_no_request(self):
        self.assertEqual({}, self.delete([]))
        self.assertEqual([], self.asked)
