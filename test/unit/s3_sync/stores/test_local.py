# SPDX-License-Identifier: Apache-2.0
"""Is every answer of the local cluster read as what it says?"""

import hashlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from urllib.parse import parse_qs

from s3_sync.concurrency import Timeout
from s3_sync.errors import NotFound, Refused, StoreError
from s3_sync.model.copies import container_id
from s3_sync.model.timestamps import Stamps, Timestamp
from s3_sync.stores.local import LocalBody, LocalCluster
from test.doubles.fake_proxy import Chunks, FakeProxy, Said

PHOTOS = ("AUTH_test", "photos")
TIME = "1700000000.00000"


def an_object(content=b"bytes", **headers):
    said = {
        "Content-Length": str(len(content)),
        "Content-Type": "text/plain",
        "Etag": hashlib.md5(content).hexdigest(),
        "X-Timestamp": TIME,
        "X-Backend-Timestamp": TIME,
        "X-Backend-Data-Timestamp": TIME,
    }
    return Said("200 OK", said | headers, [content])


class LocalClusterTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.proxy = FakeProxy()
        conf = self.proxy.conf_in(Path(folder.name))
        self.cluster = LocalCluster(conf, "swift-s3-sync")

    def _answer(self, said):
        self.proxy.answer = lambda _: said

    def _get(self, name="x", newest=False):
        return self.cluster.get(PHOTOS, name, 3, newest=newest)

    def _head(self, name="x"):
        return self.cluster.head(PHOTOS, name, 3)

    def test_an_object_comes_with_all_that_swift_says_of_it(self):
        self._answer(
            an_object(
                b"bytes",
                **{
                    "X-Backend-Timestamp": "1700000009.00000",
                    "X-Object-Meta-Colour": "blé ✓",
                    "Cache-Control": "no-cache",
                },
            )
        )
        reply = self._get()
        data = Timestamp.parse(TIME)
        newest = Timestamp.parse("1700000009.00000")
        self.assertEqual(b"bytes", reply.body.read())
        self.assertEqual(Stamps(data, data, newest), reply.info.stamps)
        self.assertEqual({"colour": "blé ✓"}, reply.info.metadata)
        self.assertEqual({"cache-control": "no-cache"}, reply.info.headers)
        self.assertEqual(hashlib.md5(b"bytes").hexdigest(), reply.info.etag)
        self.assertIsNone(reply.large_object)

    def test_names_of_any_characters_reach_the_proxy_unchanged(self):
        self._answer(an_object())
        for name in ("a b", "é✓\U0001f600", "50%25?x#y", "a//b/", "\x01"):
            with self.subTest(name):
                self._get(name).close()
                asked = self.proxy.asked[-1]
                self.assertEqual(f"/v1/AUTH_test/photos/{name}", asked.path)
                self.assertEqual("", asked.query)

    def test_the_rows_policy_is_asked_for(self):
        self._answer(an_object())
        self._get().close()
        asked = self.proxy.asked[-1].headers
        self.assertEqual("3", asked["x-backend-storage-policy-index"])

    def test_all_replicas_are_asked_only_when_the_newest_is_wanted(self):
        self._answer(an_object())
        self._get(newest=False).close()
        self._get(newest=True).close()
        self._head()
        newest = [a.headers.get("x-newest") for a in self.proxy.asked]
        self.assertEqual([None, "true", "true"], newest)

    def test_head_is_head_and_has_no_body(self):
        self._answer(Said("200 OK", an_object().headers))
        reply = self._head()
        self.assertEqual("HEAD", self.proxy.asked[-1].method)
        self.assertEqual(5, reply.info.size)
        self.assertEqual(b"", reply.body.read())

    def test_every_request_is_counted_and_made_once(self):
        self._answer(Said("503 Service Unavailable"))
        for request in (self._get, self._head):
            with self.assertRaises(Refused):
                request()
        self.assertEqual(2, self.cluster.requests)
        self.assertEqual(2, len(self.proxy.asked))

    def test_a_404_is_not_found_and_leaks_no_body(self):
        self._answer(Said("404 Not Found", {}, [b"gone"]))
        for request in (self._get, self._head):
            with self.subTest(request), self.assertRaises(NotFound):
                request()
        self.assertTrue(all(body.closed for body in self.proxy.bodies))

    def test_no_other_failure_is_not_found(self):
        for status in ("503 Down", "500 Broken", "403 No", "401 Who", "507 F"):
            self._answer(Said(status, {}, [b"why"]))
            for request in (self._get, self._head):
                with (
                    self.subTest(status),
                    self.assertRaisesRegex(Refused, status),
                ):
                    request()

    def test_what_the_proxy_raises_is_refused_not_the_sites_fault(self):
        for error in (ValueError("broken"), OSError(5, "I/O"), Timeout()):

            def answer(_, error=error):
                raise error

            self.proxy.answer = answer
            with self.subTest(repr(error)):
                with self.assertRaises(Refused) as caught:
                    self._get()
                self.assertFalse(caught.exception.of_site)

    def test_containers_and_accounts_are_told_from_all_others(self):
        self._answer(Said("204 No Content", {"X-Timestamp": TIME}))
        self.assertEqual(
            container_id("AUTH_test", "photos", TIME),
            self.cluster.identify("AUTH_test", "photos"),
        )
        self.assertEqual(
            container_id("AUTH_test", "", TIME),
            self.cluster.identify("AUTH_test"),
        )
        self.assertEqual(
            ["/v1/AUTH_test/photos", "/v1/AUTH_test"],
            [asked.path for asked in self.proxy.asked],
        )

    def test_what_is_not_there_is_nothing_to_be_told(self):
        for said in (Said("404 Not Found"), Said("204 No Content")):
            self._answer(said)
            self.assertIsNone(self.cluster.identify("AUTH_test", "photos"))
        self._answer(Said("503 Down"))
        with self.assertRaises(Refused):
            self.cluster.identify("AUTH_test", "photos")

    def test_manifests_are_told_apart(self):
        for header, kind in (
            ("X-Object-Manifest", "dynamic large object"),
            ("X-Static-Large-Object", "static large object"),
        ):
            with self.subTest(kind):
                self._answer(an_object(**{header: "True"}))
                self.assertEqual(kind, self._get().large_object)
                self.assertEqual(kind, self._head().large_object)

    def test_closing_a_reply_early_closes_what_swift_has_open(self):
        self._answer(an_object(b"x" * 100))
        reply = self._get()
        reply.body.read(10)
        self.assertFalse(self.proxy.bodies[-1].closed)
        reply.close()
        self.assertTrue(self.proxy.bodies[-1].closed)


class ContainersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.proxy = FakeProxy()
        self.names = []
        self.limit = 10_000
        self.proxy.answer = self._page
        conf = self.proxy.conf_in(Path(folder.name))
        self.cluster = LocalCluster(conf, "swift-s3-sync")

    def _page(self, asked):
        query = parse_qs(asked.query)
        marker = query.get("marker", [""])[0]
        rest = sorted(name for name in self.names if name > marker)
        page = rest[: self.limit]
        listing = json.dumps([{"name": name} for name in page])
        return Said("200 OK", {}, [listing.encode()])

    def test_all_containers_of_the_account_are_listed(self):
        self.names = ["été", "photos", "with space"]
        self.assertEqual(
            ["photos", "with space", "été"],
            self.cluster.containers("AUTH_test"),
        )
        self.assertEqual("/v1/AUTH_test", self.proxy.asked[0].path)

    def test_a_long_listing_is_read_page_by_page(self):
        self.names = [f"{number:05}" for number in range(20_500)]
        self.assertEqual(self.names, self.cluster.containers("AUTH_test"))
        self.assertEqual(4, len(self.proxy.asked))

    def test_a_cluster_with_shorter_pages_is_listed_whole(self):
        self.limit = 7
        self.names = [f"{number:02}" for number in range(20)]
        self.assertEqual(self.names, self.cluster.containers("AUTH_test"))

    def test_an_account_without_containers_has_none(self):
        self.proxy.answer = lambda _: Said("204 No Content")
        self.assertEqual([], self.cluster.containers("AUTH_test"))

    def test_a_missing_account_is_never_an_empty_one(self):
        made_up = {"X-Backend-Fake-Account-Listing": "yes"}
        for said in (Said("404 Not Found"), Said("204 No Content", made_up)):
            with self.subTest(said), self.assertRaises(NotFound):
                self.proxy.answer = lambda _, said=said: said
                self.cluster.containers("AUTH_test")

    def test_a_failing_account_is_never_an_empty_one(self):
        for said in (
            Said("503 Down"),
            Said("404 Not Found"),
            Said("200 OK", {}, [b"not JSON"]),
        ):
            with self.subTest(said), self.assertRaises(StoreError):
                self.proxy.answer = lambda _, said=said: said
                self.cluster.containers("AUTH_test")

    def test_a_failing_second_page_fails_the_whole_listing(self):
        self.names = [f"{number:05}" for number in range(10_001)]

        def answer(asked):
            if "09999" in asked.query:
                return Said("503 Down")
            return self._page(asked)

        self.proxy.answer = answer
        with self.assertRaises(Refused):
            self.cluster.containers("AUTH_test")


class LocalBodyTest(unittest.TestCase):
    def test_bytes_come_in_the_sizes_that_are_asked_for(self):
        body = LocalBody([b"abc", b"de", b"f"], "x", 6)
        self.assertEqual(b"ab", body.read(2))
        self.assertEqual(b"c", body.read(2))
        self.assertEqual(b"def", body.read())
        self.assertEqual(b"", body.read())
        self.assertEqual(b"", body.read(5))

    def test_it_is_read_as_a_file_and_cannot_be_rewound(self):
        body = LocalBody([b"abc"], "x", 3)
        self.assertTrue(body.readable())
        self.assertFalse(body.seekable())
        self.assertIsInstance(body, io.IOBase)

    def test_an_object_that_ends_too_early_is_an_error(self):
        body = LocalBody([b"abc"], "the name", 5)
        self.assertEqual(b"abc", body.read(10))
        with self.assertRaisesRegex(Refused, "'the name'.* 2 bytes too early"):
            body.read(10)
        self.assertIsInstance(body.error, Refused)

    def test_reading_all_of_a_short_object_is_an_error_too(self):
        with self.assertRaises(Refused):
            LocalBody([b"abc"], "x", 5).read()

    def test_a_failing_read_says_so_and_keeps_the_reason(self):
        for error in (OSError(104, "reset"), ValueError("odd"), Timeout()):

            def chunks(error=error):
                yield b"abc"
                raise error

            with self.subTest(repr(error)):
                body = LocalBody(chunks(), "x", 6)
                self.assertEqual(b"abc", body.read(10))
                with self.assertRaises(Refused) as caught:
                    body.read(10)
                self.assertIs(caught.exception, body.error)

    def test_a_body_without_failure_has_no_reason(self):
        body = LocalBody([b"abc"], "x", 3)
        body.read()
        self.assertIsNone(body.error)

    def test_closing_closes_the_answer(self):
        chunks = Chunks([b"abc"])
        body = LocalBody(chunks, "x", 3)
        body.close()
        self.assertTrue(chunks.closed)
        self.assertTrue(body.closed)
