# SPDX-License-Identifier: Apache-2.0
"""Does the counting sink list as S3 lists?"""

from test.integration.test_sink import ODD_KEYS, SinkTestCase

ENTRIES = "Contents", "Key"
GROUPS = "CommonPrefixes", "Prefix"


class TestListing(SinkTestCase):
    def fill(self, *keys):
        for key in keys:
            self.put(key)
        self.sink.reset()

    def pages(self, operation, size, **arguments):
        paginator = self.s3.get_paginator(operation)
        return list(
            paginator.paginate(
                Bucket=self.bucket,
                PaginationConfig={"PageSize": size},
                **arguments,
            )
        )

    def named(self, pages, where):
        root, name = where
        return [each[name] for page in pages for each in page.get(root, [])]

    def test_odd_keys_come_back_in_the_order_of_their_bytes(self):
        self.fill(*reversed(ODD_KEYS))
        for operation in "list_objects_v2", "list_objects":
            for size in 1, 4, 1000:
                with self.subTest(operation, size=size):
                    pages = self.pages(operation, size)
                    self.assertEqual(
                        sorted(ODD_KEYS, key=str.encode),
                        self.named(pages, ENTRIES),
                    )

    def test_groups_are_listed_once_however_small_the_page(self):
        self.fill("a", "b/1", "b/2", "b/3", "b0", "c/d/e", "é/x", "é/y")
        for operation in "list_objects_v2", "list_objects":
            for size in 1, 2, 3, 1000:
                with self.subTest(operation, size=size):
                    pages = self.pages(operation, size, Delimiter="/")
                    self.assertEqual(["a", "b0"], self.named(pages, ENTRIES))
                    self.assertEqual(
                        ["b/", "c/", "é/"], self.named(pages, GROUPS)
                    )

    def test_a_prefix_limits_keys_and_groups(self):
        self.fill("p", "p/", "p/a b", "p/q+/x", "p/q+/y", "p0", "\x7f")
        pages = self.pages("list_objects_v2", 2, Prefix="p/", Delimiter="/")
        self.assertEqual(["p/", "p/a b"], self.named(pages, ENTRIES))
        self.assertEqual(["p/q+/"], self.named(pages, GROUPS))

    def test_a_delimiter_may_be_any_text(self):
        self.fill("a--b", "a--c", "a-d")
        pages = self.pages("list_objects_v2", 1, Delimiter="--")
        self.assertEqual(["a-d"], self.named(pages, ENTRIES))
        self.assertEqual(["a--"], self.named(pages, GROUPS))

    def test_a_listing_starts_behind_its_marker(self):
        self.fill("a", "b", "b/1", "c")
        v2 = self.s3.list_objects_v2(Bucket=self.bucket, StartAfter="b")
        v1 = self.s3.list_objects(Bucket=self.bucket, Marker="b")
        self.assertEqual(["b/1", "c"], self.named([v2], ENTRIES))
        self.assertEqual(["b/1", "c"], self.named([v1], ENTRIES))
        self.assertEqual(2, v2["KeyCount"])
        self.assertEqual({"LIST": 2}, self.counted())

    def test_a_marker_that_is_a_group_leaves_the_group_out(self):
        self.fill("a/1", "a/2", "b")
        page = self.s3.list_objects(
            Bucket=self.bucket, Delimiter="/", Marker="a/"
        )
        self.assertEqual(["b"], self.named([page], ENTRIES))
        self.assertNotIn("CommonPrefixes", page)

    def test_a_page_is_never_longer_than_1000(self):
        self.fill(*(f"{n:04d}" for n in range(1001)))
        page = self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=5000)
        self.assertEqual(1000, len(page["Contents"]))
        self.assertEqual(1000, page["MaxKeys"])
        self.assertTrue(page["IsTruncated"])
        self.assertEqual(2, len(self.pages("list_objects_v2", 1000)))

    def test_no_keys_asked_for_are_no_keys_and_no_more_pages(self):
        self.fill("a")
        page = self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=0)
        self.assertEqual(0, page["KeyCount"])
        self.assertFalse(page["IsTruncated"])

    def test_a_token_of_somebody_else_is_refused(self):
        for token in "?", "~~~~":
            self.refused(
                400,
                "InvalidArgument",
                "list_objects_v2",
                Bucket=self.bucket,
                ContinuationToken=token,
            )

    def test_listings_follow_every_change_between_them(self):
        self.fill("a", "b", "c")
        steps = [
            (["b"], [], ["a", "c"]),
            ([], ["b"], ["a", "b", "c"]),
            (["b", "d"], ["b", "d"], ["a", "b", "c", "d"]),
            (["a", "d"], ["0"], ["0", "b", "c"]),
        ]
        for deleted, added, expected in steps:
            for key in deleted:
                self.put(key)
                self.s3.delete_object(Bucket=self.bucket, Key=key)
            for key in added:
                self.put(key)
            pages = self.pages("list_objects_v2", 2)
            self.assertEqual(expected, self.named(pages, ENTRIES))

    def test_an_entry_has_the_etag_size_and_time_of_its_object(self):
        etag = self.put("k", b"12345")["ETag"]
        page = self.s3.list_objects_v2(Bucket=self.bucket)
        (entry,) = page["Contents"]
        stored = self.sink.objects(self.bucket)["k"]
        self.assertEqual(etag, entry["ETag"])
        self.assertEqual(5, entry["Size"])
        self.assertAlmostEqual(
            stored["received"], entry["LastModified"].timestamp(), delta=0.002
        )
