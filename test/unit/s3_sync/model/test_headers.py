# SPDX-License-Identifier: Apache-2.0
"""Does what Swift says of an object reach S3, and come back, unchanged?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.model.headers import (
    S3Answer,
    from_s3,
    from_swift,
    large_object_kind,
    to_s3,
)
from s3_sync.model.objects import ObjectInfo
from s3_sync.model.timestamps import Stamps, Timestamp
from test.unit.s3_sync.model.events import ETAG, info

PREFIX = "swift-"
NOW = 1_795_174_740.0
DAY = 86_400
PUT = "1795174740.00000"
OURS = {"swift-timestamp": PUT, "swift-replication-status": "REPLICA"}


def stored(sent, size=5, etag=ETAG):
    """Return what an S3 that keeps everything answers about a copy."""
    return S3Answer(size, etag, sent.content_type, sent.headers, sent.metadata)


def answer(metadata, headers=()):
    return S3Answer(5, ETAG, "text/plain", dict(headers), metadata)


def read(metadata, headers=(), now=NOW):
    return from_s3(answer(metadata, headers), PREFIX, now)


class FromSwiftTest(unittest.TestCase):
    def test_an_answer_is_read_whatever_the_case_of_its_names(self):
        self.assertEqual(
            ObjectInfo(
                size=5,
                etag=ETAG,
                content_type="text/plain; charset=utf-8",
                stamps=Stamps.parse("1795174740.91482+0+1ba0"),
                headers={
                    "content-encoding": "gzip",
                    "cache-control": "no-cache",
                    "x-robots-tag": "none",
                },
                metadata={"colour": "blué", "empty": ""},
            ),
            from_swift(
                {
                    "Content-Length": "5",
                    "ETag": f'"{ETAG}"',
                    "Content-Type": "text/plain; charset=utf-8",
                    "X-Backend-Data-Timestamp": "1795174740.91482",
                    "X-BACKEND-TIMESTAMP": "1795174740.98554",
                    "X-Timestamp": "1795174740.98554",
                    "Content-Encoding": "gzip",
                    "cache-control": "no-cache",
                    "X-Robots-Tag": "none",
                    "Content-Language": "",
                    "X-Object-Meta-Colour": "blué",
                    "x-object-meta-empty": "",
                    "Accept-Ranges": "bytes",
                    "X-Trans-Id": "tx1",
                }
            ),
        )

    def test_an_offset_in_the_data_s_time_is_kept(self):
        found = from_swift(
            {
                "X-Backend-Data-Timestamp": "1795174740.91482_1",
                "X-Backend-Timestamp": "1795174740.91482_1",
            }
        )
        self.assertEqual(Stamps.parse("1795174740.91482_1"), found.stamps)

    def test_a_client_s_view_has_one_time(self):
        found = from_swift({"X-Timestamp": "1795174740.91482"})
        self.assertEqual(Stamps.parse("1795174740.91482"), found.stamps)

    def test_an_answer_without_times_is_older_than_anything(self):
        found = from_swift({})
        self.assertEqual(Timestamp(0), max(found.stamps))
        self.assertEqual((0, "", ""), (found.size, found.etag, ""))


class LargeObjectTest(unittest.TestCase):
    def test_manifests_are_told_by_their_headers(self):
        for case, headers, expected in (
            ("plain", {"X-Object-Meta-X": "y"}, None),
            ("slo", {"X-Static-Large-Object": "True"}, "static large object"),
            ("dlo", {"x-object-manifest": "c/p"}, "dynamic large object"),
        ):
            with self.subTest(case):
                self.assertEqual(expected, large_object_kind(headers))


class ToS3Test(unittest.TestCase):
    def test_a_copy_carries_type_headers_metadata_and_marks(self):
        sent = to_s3(
            info(
                "1795174740.91482+0+1ba0",
                headers={"content-language": "en"},
                metadata={"colour": "blue", "name": "é"},
            ),
            PREFIX,
        )
        self.assertEqual("text/plain", sent.content_type)
        self.assertEqual({"content-language": "en"}, sent.headers)
        self.assertEqual(
            {
                "colour": "blue",
                "name": "=?UTF-8?B?w6k=?=",
                "swift-timestamp": "1795174740.91482+0+1ba0",
                "swift-replication-status": "REPLICA",
            },
            sent.metadata,
        )

    def test_the_operator_s_prefix_is_used(self):
        sent = to_s3(info(PUT, metadata={"swift-a": "b"}), "our-")
        self.assertEqual(
            {"our-timestamp", "our-replication-status", "swift-a"},
            set(sent.metadata),
        )

    def test_headers_that_s3_would_refuse_or_change_go_as_metadata(self):
        for name, value in (
            ("x-robots-tag", "none"),
            ("expires", "0"),
            ("expires", "Thu, 01 Dec 1994 16:00:00"),
            ("expires", "Thu, 01 Dec 1994 16:00:00 +0000"),
            ("expires", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"),
            ("expires", "soon GMT"),
            ("content-encoding", "aws-chunked"),
            ("content-encoding", "gzip, AWS-Chunked"),
        ):
            with self.subTest(value):
                sent = to_s3(info(PUT, headers={name: value}), PREFIX)
                self.assertEqual({}, sent.headers)
                self.assertEqual(
                    OURS | {f"swift-header-{name}": value}, sent.metadata
                )

    def test_headers_that_s3_keeps_go_as_they_are(self):
        for name, value in (
            ("expires", "Thu, 01 Dec 1994 16:00:00 GMT"),
            ("content-encoding", "gzip"),
            ("content-disposition", 'attachment; filename="é"'),
            ("cache-control", "max-age=3"),
        ):
            with self.subTest(value):
                sent = to_s3(info(PUT, headers={name: value}), PREFIX)
                self.assertEqual({name: value}, sent.headers)
                self.assertEqual(OURS, sent.metadata)

    def test_a_name_that_no_header_can_have_is_refused(self):
        for name in ("a b", "é", "", "a:b", "a\n"):
            with self.subTest(name), self.assertRaises(ValueError):
                to_s3(info(PUT, metadata={name: "x"}), PREFIX)

    def test_without_times_there_is_no_mark(self):
        sent = to_s3(info(None), PREFIX)
        self.assertEqual(
            {"swift-replication-status": "REPLICA"}, sent.metadata
        )

    def test_metadata_is_counted_as_amazon_counts_it(self):
        sent = to_s3(info(PUT, metadata={"a": "bc"}), PREFIX)
        marks = sum(len(name) + len(value) for name, value in OURS.items())
        self.assertEqual(3 + marks, sent.metadata_size)


class FromS3Test(unittest.TestCase):
    def test_marks_are_taken_off(self):
        found = read(OURS | {"swift-version-id": "v", "colour": "blue"})
        self.assertEqual({"colour": "blue"}, found.metadata)
        self.assertEqual(Stamps.parse(PUT), found.stamps)

    def test_a_copy_is_described_as_s3_does(self):
        found = read({}, {"expires": "0"})
        self.assertEqual(
            info(None, headers={"expires": "0"}, metadata={}), found
        )

    def test_a_mark_that_cannot_be_true_counts_as_absent(self):
        for case, mark in (
            ("none", None),
            ("empty", ""),
            ("text", "yesterday"),
            ("half a mark", "1795174740.91482+"),
            ("huge", "1795174740.91482+" + "f" * 400),
            ("encoded", "=?UTF-8?B?w6k=?="),
            ("data in the future", f"{NOW + DAY + 1:.5f}"),
            ("metadata in the future", f"{PUT}+0+{(DAY + 1) * 10**5:x}"),
            ("type in the future", f"{PUT}+{(DAY + 1) * 10**5:x}-1"),
        ):
            with self.subTest(case):
                marked = {} if mark is None else {"swift-timestamp": mark}
                found = read(marked)
                self.assertIsNone(found.stamps)
                self.assertEqual({}, found.metadata)

    def test_a_clock_that_is_some_hours_ahead_is_no_forgery(self):
        mark = f"{NOW + DAY:.5f}"
        found = read({"swift-timestamp": mark})
        self.assertEqual(Stamps.parse(mark), found.stamps)

    def test_other_metadata_under_our_prefix_stays(self):
        found = read({"swift-slo-etag": "x"})
        self.assertEqual({"swift-slo-etag": "x"}, found.metadata)

    def test_names_are_read_in_lower_case(self):
        found = read({"Colour": "blue", "SWIFT-HEADER-X-Robots-Tag": "none"})
        self.assertEqual({"colour": "blue"}, found.metadata)
        self.assertEqual({"x-robots-tag": "none"}, found.headers)


class BothWaysTest(unittest.TestCase):
    def test_a_user_s_metadata_is_never_a_mark(self):
        for name in (
            "swift-timestamp",
            "swift-replication-status",
            "swift-version-id",
            "swift-header-expires",
            "swift-user-timestamp",
            "swift-user-user-x",
            "swift-",
            "swift-user-",
            "timestamp",
        ):
            with self.subTest(name):
                forged = info(PUT, metadata={name: "9999999999.00000"})
                sent = to_s3(forged, PREFIX)
                self.assertEqual(PUT, sent.metadata["swift-timestamp"])
                found = from_s3(stored(sent), PREFIX, NOW)
                self.assertEqual(forged, found)

    def test_a_forged_mark_is_metadata_even_where_we_have_none(self):
        forged = info(None, metadata={"swift-timestamp": PUT})
        found = from_s3(stored(to_s3(forged, PREFIX)), PREFIX, NOW)
        self.assertIsNone(found.stamps)
        self.assertEqual({"swift-timestamp": PUT}, found.metadata)

    text = st.text(st.characters(blacklist_categories=("Cs", "Cc")))
    names = st.from_regex(
        r"(swift-|our-)?(user-|header-)?[!#$%&'*+.^_`|~0-9a-z-]+",
        fullmatch=True,
    )
    native = st.sampled_from(
        (
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "expires",
            "x-robots-tag",
        )
    )
    ticks = st.integers(0, int(NOW * 100_000))

    @given(
        st.sampled_from((PREFIX, "our-")),
        st.dictionaries(names, text, max_size=5),
        st.dictionaries(native, text.filter(bool), max_size=6),
        text,
        ticks,
        st.integers(0, DAY * 100_000),
    )
    def test_what_is_sent_is_read_back(
        self, prefix, metadata, headers, content_type, at, later
    ):
        data = Timestamp(at)
        sent = info(
            str(Stamps(data, data, data.plus(later))),
            content_type=content_type,
            headers=headers,
            metadata=metadata,
        )
        found = from_s3(stored(to_s3(sent, prefix)), prefix, NOW)
        self.assertEqual(sent, found)

    @given(st.dictionaries(names, text, max_size=3))
    def test_metadata_travels_as_printable_ascii(self, metadata):
        sent = to_s3(info(PUT, metadata=metadata), PREFIX)
        for name, value in sent.metadata.items():
            self.assertRegex(name + value, r"\A[\x20-\x7e]*\Z")
