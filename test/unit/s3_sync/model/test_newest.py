# SPDX-License-Identifier: Apache-2.0
"""Do two clusters that cannot talk to each other come to the same winner?"""

import unittest
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.model.decide import Op
from s3_sync.model.newest import decide_gone, decide_newest
from s3_sync.model.row import Row
from s3_sync.model.timestamps import Stamps, Timestamp
from test.doubles.rules import NOW, an_info

PATH = ("0123456789abcdef",)


def at(seconds, ticks=0):
    return Timestamp.at(NOW + seconds).plus(ticks)


def stamps(data, posted=None):
    newest = at(data if posted is None else posted)
    return Stamps(at(data), at(data), newest)


def ours(content=b"1", data=0, posted=None, **said):
    """Return a version that was written here."""
    return an_info(content, stamps=stamps(data, posted), **said)


def copy(content=b"1", data=0, posted=None, **said):
    """Return a copy of ours at the other side."""
    return replace(
        ours(content, data, posted, **said), path=PATH, written=at(99)
    )


def theirs(content=b"1", written=0, **said):
    """Return what somebody else wrote at the other side."""
    return an_info(content, stamps=None, written=at(written), **said)


def gone(seconds, now=None):
    return (
        Row(1, "o", str(at(seconds)), 0, "", "", True, 0),
        NOW + (seconds if now is None else now),
    )


class LiveTest(unittest.TestCase):
    def test_what_is_done(self):
        red = {"metadata": {"colour": "red"}}
        for what, local, remote, expected in (
            ("absent", ours(), None, Op.PUT),
            ("our copy", ours(), copy(), Op.NOTHING),
            ("an older copy", ours(b"2", 5), copy(b"1", 0), Op.PUT),
            ("a newer copy", ours(b"1", 0), copy(b"2", 5), Op.NOTHING),
            ("older metadata", ours(posted=5), copy(), Op.POST),
            ("newer metadata", ours(posted=5), copy(posted=9), Op.NOTHING),
            ("same bytes, older", ours(data=5), copy(), Op.POST),
            ("theirs, older", ours(b"2", 5), theirs(b"1", 0), Op.PUT),
            ("theirs, newer", ours(b"1", 0), theirs(b"2", 5), Op.NOTHING),
            ("theirs, the original", ours(), theirs(), Op.NOTHING),
            ("theirs, equal", ours(data=5), theirs(), Op.NOTHING),
            ("theirs, other metadata", ours(data=5, **red), theirs(), Op.POST),
            (
                "theirs, newer metadata",
                ours(data=0, **red),
                theirs(written=5),
                Op.NOTHING,
            ),
        ):
            with self.subTest(what):
                action = decide_newest(local, remote)
                self.assertEqual(expected, action.op, action.reason)

    def test_offsets_which_clients_cannot_see_decide_nothing(self):
        moment = at(0)._replace(offset=3)
        local = an_info(b"1", stamps=Stamps(moment, moment, moment))
        self.assertEqual(Op.NOTHING, decide_newest(local, theirs()).op)

    @given(st.integers(0, 3), st.integers(0, 3), st.binary(), st.binary())
    def test_both_sides_let_the_same_version_win(self, here, there, a, b):
        """What A decides about B's version and B about A's agree."""
        at_a = decide_newest(ours(a, here), theirs(b, there)).op
        at_b = decide_newest(ours(b, there), theirs(a, here)).op
        if a == b:
            self.assertEqual({Op.NOTHING}, {at_a, at_b})
        else:
            self.assertEqual({Op.NOTHING, Op.PUT}, {at_a, at_b})


class GoneTest(unittest.TestCase):
    def test_what_is_done(self):
        for what, delete, remote, expected in (
            ("absent", gone(9), None, Op.NOTHING),
            ("our copy", gone(9), copy(), Op.DELETE),
            ("our copy, just made", gone(9), copy(data=8), Op.DELETE),
            ("a newer copy", gone(9), copy(data=10), Op.NOTHING),
            ("newer metadata", gone(9), copy(posted=10), Op.NOTHING),
            ("theirs, long ago", gone(200), theirs(written=0), Op.DELETE),
            ("theirs, newer", gone(9), theirs(written=10), Op.NOTHING),
            ("theirs, at once", gone(9), theirs(written=9), Op.NOTHING),
            (
                "theirs, just before, and nothing came",
                gone(9, now=70),
                theirs(written=8),
                Op.DELETE,
            ),
        ):
            row, now = delete
            with self.subTest(what):
                action = decide_gone(row, remote, now)
                self.assertEqual(expected, action.op, action.reason)

    def test_what_was_written_there_just_before_is_waited_for(self):
        row, _ = gone(9)
        self.assertIsNone(decide_gone(row, theirs(written=8), NOW + 10))
        self.assertIsNone(decide_gone(row, theirs(written=8), NOW + 68))
