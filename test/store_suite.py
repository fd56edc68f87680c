# SPDX-License-Identifier: Apache-2.0
"""Does a store keep what every caller of an ObjectStore relies on?

A test case inherits from `StoreSuite` and `unittest.TestCase` and says in
`make_store` how to open an empty store. The values here are among those that
any S3 server keeps; of the names it leaves out of `names` what it cannot have.
"""

import hashlib
import time

from s3_sync.errors import Conflict, IntegrityError, NotFound
from s3_sync.model.decide import Seen
from s3_sync.model.objects import ObjectInfo, same_metadata
from s3_sync.model.timestamps import Stamps, Timestamp
from test.doubles.memory_body import MemoryBody

NAMES = (
    "plain",
    "with space",
    "per%25cent?and#more",
    "a+b&c=d;e",
    "a/b//c/",
    "./../x",
    "été ✓ \U0001f600",
    "<&>\"'",
    " outer ",
)


def describe(content: bytes, **changes) -> ObjectInfo:
    """Return the description of an object with this content."""
    moment = Timestamp.at(time.time() - 60)
    usual = {
        "size": len(content),
        "etag": hashlib.md5(content).hexdigest(),
        "content_type": "text/plain",
        "stamps": Stamps(moment, moment, moment.plus(7)),
    }
    return ObjectInfo(**usual | changes)


class StoreSuite:
    """Tests of one ObjectStore, `self.store`."""

    names = NAMES

    def make_store(self):
        """Return an empty store; cleaning up is the test case's part."""
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        self.store = self.make_store()

    def put(self, name, content=b"some bytes", **changes):
        """Write an object and return how it was described."""
        info = describe(content, **changes)
        self.store.put(name, MemoryBody(content), info)
        return info

    def assert_holds(self, name, expected):
        found = self.store.head(name)
        self.assertIsNotNone(found, f"{name!r} is not there")
        self.assertEqual(
            (expected.size, expected.etag, expected.stamps),
            (found.size, found.etag, found.stamps),
        )
        self.assertTrue(same_metadata(expected, found), (expected, found))

    def test_absent_is_a_value(self):
        self.assertIsNone(self.store.head("never written"))

    def test_an_object_is_there_as_it_was_described(self):
        self.assert_holds("plain", self.put("plain"))

    def test_an_empty_object_is_an_object(self):
        self.assert_holds("empty", self.put("empty", b""))

    def test_a_large_body_arrives_whole(self):
        content = b"0123456789abcdef" * (200 * 1024)
        self.assert_holds("large", self.put("large", content))

    def test_odd_names_are_names_like_others(self):
        infos = {name: self.put(name, name.encode()) for name in self.names}
        for name, info in infos.items():
            with self.subTest(name):
                self.assert_holds(name, info)

    def test_odd_names_can_be_deleted(self):
        for name in self.names:
            self.put(name)
        outcomes = self.store.delete(self.names)
        self.assertEqual(dict.fromkeys(self.names), dict(outcomes))
        for name in self.names:
            with self.subTest(name):
                self.assertIsNone(self.store.head(name))

    def test_metadata_of_any_characters_round_trips(self):
        metadata = {
            "plain": "blue",
            "empty-looking": " ",
            "utf8": "été ✓ \U0001f600",
            "encoded-looking": "=?UTF-8?B?eA==?=",
            "long": "é" * 80,
        }
        expected = self.put("x", metadata=metadata)
        self.assert_holds("x", expected)
        found = self.store.head("x").metadata
        self.assertEqual(metadata["utf8"], found["utf8"])
        self.assertEqual(metadata["long"], found["long"])

    def test_our_own_prefix_in_a_users_name_round_trips(self):
        expected = self.put("x", metadata={"swift-timestamp": "the user's"})
        self.assert_holds("x", expected)

    def test_stored_headers_round_trip(self):
        headers = {
            "cache-control": "max-age=60",
            "content-disposition": "attachment",
            "content-encoding": "gzip",
            "content-language": "de",
            "expires": "Wed, 21 Oct 2099 07:28:00 GMT",
            "x-robots-tag": "noindex",
        }
        self.assert_holds("x", self.put("x", headers=headers))

    def test_all_three_times_round_trip(self):
        data = Timestamp.at(time.time() - 3600)._replace(offset=3)
        stamps = Stamps(data, data.plus(500), data.plus(90_000))
        self.assert_holds("x", self.put("x", stamps=stamps))

    def test_a_second_put_replaces_all(self):
        self.put("x", metadata={"colour": "blue"})
        self.assert_holds("x", self.put("x", b"other", content_type="a/b"))

    def test_other_bytes_than_announced_are_refused(self):
        info = describe(b"announced!")
        with self.assertRaises(IntegrityError):
            self.store.put("x", MemoryBody(b"delivered!"), info)

        self.assertIsNone(self.store.head("x"))

    def test_post_replaces_all_that_is_said_but_no_byte(self):
        self.put(
            "x",
            metadata={"colour": "blue", "size": "xl"},
            headers={"cache-control": "no-cache"},
        )
        moment = Timestamp.at(time.time())
        expected = describe(
            b"some bytes",
            content_type="image/png",
            metadata={"colour": "red"},
            headers={"content-language": "fr"},
            stamps=Stamps(moment, moment, moment.plus(3)),
        )
        self.store.post("x", expected)
        self.assert_holds("x", expected)

    def test_post_to_odd_names_finds_them(self):
        for name in self.names:
            with self.subTest(name):
                self.put(name)
                expected = describe(b"some bytes", metadata={"a": "b"})
                self.store.post(name, expected)
                self.assert_holds(name, expected)

    def test_post_to_an_absent_object_is_not_found(self):
        with self.assertRaises(NotFound):
            self.store.post("x", describe(b"some bytes"))

    def test_post_meant_for_other_bytes_is_a_conflict(self):
        held = self.put("x", b"old")
        with self.assertRaises(Conflict):
            self.store.post("x", describe(b"new"))
        self.assertEqual(held.etag, self.store.head("x").etag)

    def test_what_was_seen_is_replaced_and_described_anew(self):
        content = b"first"
        for change in ({}, {"content_type": "a/b"}):
            info = describe(content, **change)
            seen = Seen(self.store.head("x"))
            self.store.put("x", MemoryBody(content), info, seen=seen)
            self.assert_holds("x", info)
        changed = describe(content, metadata={"colour": "red"})
        seen = Seen(self.store.head("x"))
        self.store.post("x", changed, seen=seen)
        self.assert_holds("x", changed)

    def test_a_store_says_whether_it_keeps_versions(self):
        self.assertFalse(self.store.keeps_versions())

    def test_delete_takes_what_it_was_told_and_nothing_else(self):
        self.put("gone 1")
        self.put("gone 2")
        kept = self.put("kept")
        outcomes = self.store.delete(["gone 1", "gone 2"])
        self.assertEqual({"gone 1": None, "gone 2": None}, dict(outcomes))
        self.assertIsNone(self.store.head("gone 1"))
        self.assertIsNone(self.store.head("gone 2"))
        self.assert_holds("kept", kept)

    def test_a_single_name_is_deleted_too(self):
        self.put("x")
        self.assertEqual({"x": None}, dict(self.store.delete(["x"])))
        self.assertIsNone(self.store.head("x"))

    def test_deleting_what_is_absent_is_no_error(self):
        self.put("there")
        names = ["there", "never written"]
        self.assertEqual(dict.fromkeys(names), dict(self.store.delete(names)))
        self.assertEqual({"gone": None}, dict(self.store.delete(["gone"])))

    def test_deleting_nothing_is_no_error(self):
        self.assertEqual({}, dict(self.store.delete([])))

    def test_many_names_are_deleted_at_once(self):
        names = [f"many/{number}" for number in range(40)]
        for name in names:
            self.put(name, b"")
        self.assertEqual(dict.fromkeys(names), dict(self.store.delete(names)))
        self.assertTrue(self.store.is_empty())

    def test_a_store_is_empty_until_something_is_put_and_after(self):
        self.assertTrue(self.store.is_empty())
        self.put("x")
        self.assertFalse(self.store.is_empty())
        self.store.delete(["x"])
        self.assertTrue(self.store.is_empty())
