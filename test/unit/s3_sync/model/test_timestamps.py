# SPDX-License-Identifier: Apache-2.0
"""Are Swift's times read and written as Swift itself does it?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st
from swift.common.utils.timestamp import (
    Timestamp as SwiftTimestamp,
)
from swift.common.utils.timestamp import decode_timestamps, encode_timestamps

from s3_sync.model.timestamps import Stamps, Timestamp

DAY = 86_400 * 100_000
NOW = 1_795_174_740 * 100_000

ticks = st.integers(0, 9_999_999_999 * 100_000)
near = st.integers(NOW - DAY, NOW + DAY)
offsets = st.one_of(st.just(0), st.integers(0, 16**16 - 1))


def swift(at, offset=0):
    text = f"{at // 100_000:010d}.{at % 100_000:05d}"
    return SwiftTimestamp(text, offset=offset)


def ours(time):
    return Timestamp(time.raw, time.offset)


class TimestampTest(unittest.TestCase):
    @given(ticks, offsets)
    def test_any_time_of_swift_is_read_in_every_form(self, at, offset):
        time = swift(at, offset)
        self.assertEqual(ours(time), Timestamp.parse(time.internal))
        self.assertEqual(ours(time), Timestamp.parse(time.short))
        self.assertEqual(Timestamp(time.raw), Timestamp.parse(time.normal))

    @given(ticks, offsets)
    def test_swift_reads_what_is_written(self, at, offset):
        written = str(Timestamp(at, offset))
        self.assertEqual(swift(at, offset), SwiftTimestamp(written))

    @given(near, near, offsets, offsets)
    def test_times_are_ordered_as_swift_orders_them(self, a, b, c, d):
        self.assertEqual(
            swift(a, c) < swift(b, d), Timestamp(a, c) < Timestamp(b, d)
        )

    def test_what_is_no_time_is_refused(self):
        for text in (
            "",
            "x",
            "1.5.5",
            "-1",
            "+1",
            "1e9",
            "nan",
            " 1",
            "1 ",
            "1\n",
            "12345678901.00000",
            "1795174740.91482_",
            "1795174740.91482_-1",
            "1795174740.91482_10000000000000000",
            "1795174740.91482_1_1",
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                Timestamp.parse(text)

    def test_whole_seconds_and_short_fractions_are_times_too(self):
        for text, at in (("7", 700_000), ("7.5", 750_000), ("7.", None)):
            with self.subTest(text):
                if at is None:
                    self.assertRaises(ValueError, Timestamp.parse, text)
                else:
                    self.assertEqual(Timestamp(at), Timestamp.parse(text))

    def test_a_clock_s_seconds_become_the_nearest_tick(self):
        self.assertEqual(
            Timestamp(179517474091482), Timestamp.at(1795174740.9148249)
        )

    def test_seconds_are_those_of_the_epoch(self):
        self.assertEqual(
            1795174740.91482, Timestamp.parse("1795174740.91482_1").seconds
        )


class StampsTest(unittest.TestCase):
    @given(near, offsets, st.integers(-DAY, DAY), st.integers(-DAY, DAY))
    def test_created_at_is_read_as_swift_reads_it(self, at, offset, d, e):
        data = swift(at, offset)
        content_type = SwiftTimestamp(data.normal, delta=d) if d else data
        metadata = (
            SwiftTimestamp(content_type.normal, delta=e) if e else content_type
        )
        encoded = encode_timestamps(data, content_type, metadata)
        self.assertEqual(
            [ours(time) for time in decode_timestamps(encoded)],
            list(Stamps.parse(encoded)),
        )

    @given(near, offsets, st.integers(-DAY, DAY), st.integers(-DAY, DAY))
    def test_created_at_is_written_as_swift_writes_it(self, at, offset, d, e):
        data = swift(at, offset)
        times = data, swift(at + d), swift(at + d + e)
        encoded = encode_timestamps(*times)
        self.assertEqual(encoded, str(Stamps.parse(encoded)))

    @given(near, offsets, st.integers(-DAY, DAY), st.integers(-DAY, DAY))
    def test_what_is_written_is_read_back(self, at, offset, d, e):
        data = Timestamp(at, offset)
        content_type = data.plus(d)
        stamps = Stamps(data, content_type, content_type.plus(e))
        self.assertEqual(stamps, Stamps.parse(str(stamps)))

    def test_the_rows_that_swift_writes(self):
        put = Timestamp(179517474091482)
        typed = put.plus(0x372F)
        for text, expected in (
            ("1795174740.91482", (put, put, put)),
            ("1795174740.91482+0+1ba0", (put, put, put.plus(0x1BA0))),
            ("1795174740.91482+372f+0", (put, typed, typed)),
            ("1795174740.91482+372f", (put, typed, typed)),
            (
                "1795174740.91482+372f+1db3",
                (put, typed, typed.plus(0x1DB3)),
            ),
            ("1795174740.91482-1+1", (put, put.plus(-1), put)),
        ):
            with self.subTest(text):
                self.assertEqual(expected, Stamps.parse(text))

    def test_an_offset_stays_with_the_times_that_are_the_data_s(self):
        stamps = Stamps.parse("1795174677.73067_1+0+5")
        self.assertEqual(1, stamps.data.offset)
        self.assertEqual(stamps.data, stamps.content_type)
        self.assertEqual(0, stamps.metadata.offset)

    def test_what_swift_never_writes_is_refused(self):
        for text in (
            "",
            "soon",
            "+1+1",
            "1795174740.91482+",
            "1795174740.91482+x",
            "1795174740.91482+1+1+1",
            "1795174740.91482 +1",
            "1795174740.91482+1 ",
            "1795174740.91482+" + "f" * 400,
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                Stamps.parse(text)

    def test_a_put_alone_is_no_change_after_it(self):
        for text, changed in (
            ("1795174740.91482", False),
            ("1795174740.91482_1", False),
            ("1795174740.91482+0+0", False),
            ("1795174740.91482+0+1", True),
            ("1795174740.91482+1+0", True),
            ("1795174740.91482+1-1", True),
        ):
            with self.subTest(text):
                self.assertEqual(changed, Stamps.parse(text).changed_after_put)
