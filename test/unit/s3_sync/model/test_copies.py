# SPDX-License-Identifier: Apache-2.0
"""Does a copy in another Swift tell what it is a copy of, and from where?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.model.copies import (
    container_id,
    from_remote_swift,
    moment,
    read_marks,
    to_swift,
)
from s3_sync.model.objects import ObjectInfo, same_metadata
from s3_sync.model.timestamps import Stamps, Timestamp
from test.doubles.rules import NOW, an_info

A, B = container_id("AUTH_a", "c", "1.0"), container_id("AUTH_a", "c", "2.0")
PUT = Timestamp.at(NOW - 100)
STAMPS = Stamps(PUT, PUT.plus(3), PUT.plus(9))
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
VALUES = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Cs", "Z", "C"])
)


def there(info, prefix="swift-", written="1700000000.00000") -> ObjectInfo:
    """Return what the other side answers about the copy of `info`."""
    headers = {
        "content-length": str(info.size),
        "etag": info.etag,
        "x-timestamp": written,
        **to_swift(info, prefix),
    }
    return from_remote_swift(headers, NOW)


class MarksTest(unittest.TestCase):
    def test_the_copy_tells_times_and_path_of_its_original(self):
        copy = there(an_info(stamps=STAMPS, path=(A, B)))
        self.assertEqual((STAMPS, (A, B)), (copy.stamps, copy.path))

    def test_the_marks_are_metadata_under_the_prefix(self):
        headers = to_swift(an_info(stamps=STAMPS, path=(A,)), "mine-")
        marks = {k: v for k, v in headers.items() if "mine-" in k}
        self.assertEqual(
            {
                "x-object-meta-mine-timestamp": str(STAMPS),
                "x-object-meta-mine-replication-status": "REPLICA",
                "x-object-meta-mine-path": A,
            },
            marks,
        )

    @given(st.dictionaries(NAMES, VALUES, max_size=5))
    def test_metadata_come_back_as_they_were(self, metadata):
        info = an_info(metadata=metadata, stamps=STAMPS)
        self.assertTrue(same_metadata(info, there(info)))

    def test_a_users_name_with_our_prefix_comes_back(self):
        metadata = {
            "swift-timestamp": "mine",
            "swift-path": "mine",
            "swift-user-x": "mine",
        }
        self.assertEqual(metadata, there(an_info(metadata=metadata)).metadata)

    def test_another_rules_prefix_is_found(self):
        copy = there(an_info(stamps=STAMPS, path=(A,)), prefix="b-c-")
        self.assertEqual((STAMPS, (A,)), (copy.stamps, copy.path))
        self.assertEqual({}, copy.metadata)

    def test_what_no_copy_is_keeps_its_metadata(self):
        for metadata in (
            {"colour": "red"},
            {"swift-timestamp": "1700000000.00000"},
            {"swift-replication-status": "REPLICA"},
            {
                "swift-replication-status": "mine",
                "swift-timestamp": "1700000000.00000",
            },
            {"replication-status": "REPLICA", "timestamp": "1"},
        ):
            info = an_info(metadata=metadata, stamps=STAMPS)
            with self.subTest(metadata):
                self.assertEqual(info, read_marks(info, NOW))

    def test_an_unmarked_object_tells_when_it_was_written(self):
        headers = {"x-timestamp": "1700000000.12345", "etag": "e"}
        info = from_remote_swift(headers, NOW)
        self.assertIsNone(info.stamps)
        self.assertEqual(Timestamp.parse("1700000000.12345"), info.written)

    def test_a_mark_that_cannot_be_true_counts_as_absent(self):
        for mark in ("nonsense", f"{NOW + 90_000:.5f}"):
            headers = {
                "x-timestamp": "1700000000.12345",
                "x-object-meta-swift-timestamp": mark,
                "x-object-meta-swift-replication-status": "REPLICA",
            }
            with self.subTest(mark):
                info = from_remote_swift(headers, NOW)
                self.assertIsNone(info.stamps)
                self.assertEqual({}, info.metadata)

    def test_only_ids_are_in_a_path(self):
        headers = {
            "x-object-meta-swift-timestamp": "1700000000.00000",
            "x-object-meta-swift-replication-status": "REPLICA",
            "x-object-meta-swift-path": f"x {A} ../{B}  {B}",
        }
        self.assertEqual((A, B), from_remote_swift(headers, NOW).path)

    def test_headers_and_type_go_as_they_are(self):
        info = an_info(
            content_type="a/b", headers={"cache-control": "no-cache"}
        )
        headers = to_swift(info, "swift-")
        self.assertEqual("a/b", headers["Content-Type"])
        self.assertEqual("no-cache", headers["cache-control"])

    def test_a_name_that_is_no_header_name_is_told(self):
        with self.assertRaisesRegex(ValueError, "no header name"):
            to_swift(an_info(metadata={"é": "x"}), "swift-")


class IdTest(unittest.TestCase):
    def test_account_container_and_birth_make_the_id(self):
        ids = {
            A,
            B,
            container_id("AUTH_b", "c", "1.0"),
            container_id("AUTH_a", "d", "1.0"),
            container_id("AUTH_a", "", "1.0"),
        }
        self.assertEqual(5, len(ids))
        self.assertEqual(A, container_id("AUTH_a", "c", "1.0"))

    def test_moment_is_the_last_thing_that_happened_at_the_origin(self):
        offset = STAMPS._replace(data=PUT._replace(offset=7))
        self.assertEqual(PUT.plus(9), moment(an_info(stamps=offset)))
        info = an_info(stamps=None, written=PUT)
        self.assertEqual(PUT, moment(info))
        self.assertEqual(Timestamp(0), moment(an_info(stamps=None)))
