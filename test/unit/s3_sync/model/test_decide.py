# SPDX-License-Identifier: Apache-2.0
"""Is the step the right one, and does an older event never win?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from s3_sync.model.decide import (
    Action,
    Freshness,
    Op,
    Seen,
    decide,
    decide_by_row,
    decide_unmarked,
    freshness,
    may_delete_blindly,
)
from s3_sync.model.timestamps import Stamps, Timestamp
from test.unit.s3_sync.model.events import info, row, tombstone

ABSENT = Seen(None)

times = st.integers(0, 5).map(Timestamp)
stamps = st.builds(Stamps, times, times, times)


def held(mark, **fields):
    return Seen(info(mark, **fields))


class ByRowTest(unittest.TestCase):
    def test_a_row_in_the_container_s_policy_needs_a_closer_look(self):
        self.assertIsNone(decide_by_row(row(storage_policy_index=1), 1))

    def test_a_live_row_in_another_policy_decides_nothing(self):
        self.assertEqual(
            Action(Op.NOTHING, "the row is of another storage policy"),
            decide_by_row(row(), 1),
        )

    def test_a_tombstone_in_another_policy_needs_a_closer_look(self):
        self.assertIsNone(decide_by_row(tombstone("100.0"), 1))

    def test_what_cannot_be_copied_whole_is_skipped_with_the_reason(self):
        linked = row(etag="d41d; symlink_target=c/o")
        self.assertEqual(
            Action(Op.SKIP, "symlinks are not supported yet"),
            decide_by_row(linked, 0),
        )


class DecideTest(unittest.TestCase):
    def assert_steps(self, *cases):
        for case, event, remote, op, reason in cases:
            with self.subTest(case):
                self.assertEqual(Action(op, reason), decide(event, remote))

    def test_without_a_look_the_row_tells_what_happened(self):
        self.assert_steps(
            ("put", row("100.0"), None, Op.PUT, "new"),
            ("put again", row("100.0_1"), None, Op.PUT, "new"),
            ("post", row("100.0+0+1"), None, Op.POST, "metadata changed"),
            ("type", row("100.0+1+0"), None, Op.POST, "metadata changed"),
            ("delete", tombstone("100.0"), None, Op.DELETE, "deleted"),
        )

    def test_what_is_not_there_is_put_and_never_deleted(self):
        absent = "not at the remote"
        self.assert_steps(
            ("put", row("100.0"), ABSENT, Op.PUT, absent),
            ("post", row("100.0+0+1"), ABSENT, Op.PUT, absent),
            ("delete", tombstone("100.0"), ABSENT, Op.NOTHING, absent),
        )

    def test_an_older_row_never_overwrites_a_newer_copy(self):
        newer = "the remote copy is newer"
        self.assert_steps(
            ("put", row("100.0"), held("100.1"), Op.NOTHING, newer),
            ("offset", row("100.0"), held("100.0_1"), Op.NOTHING, newer),
            ("post", row("100.0+0+ff"), held("100.00001"), Op.NOTHING, newer),
        )

    def test_an_older_row_never_deletes_a_newer_copy(self):
        newer = "the remote copy is newer"
        self.assert_steps(
            ("older", tombstone("99.0"), held("100.0"), Op.NOTHING, newer),
            ("equal", tombstone("100.0"), held("100.0"), Op.NOTHING, newer),
            (
                "restored",
                tombstone("100.0"),
                held("100.0_1"),
                Op.NOTHING,
                newer,
            ),
        )

    def test_a_newer_row_wins(self):
        older = "the remote copy is older"
        metadata = "the remote copy's metadata is older"
        deleted = "deleted; the remote copy is older"
        self.assert_steps(
            ("put", row("100.0"), held("99.0"), Op.PUT, older),
            ("offset", row("100.0_1"), held("100.0"), Op.PUT, older),
            (
                "put, later post",
                row("100.0"),
                held("99.0+0+fffff"),
                Op.PUT,
                older,
            ),
            ("post", row("100.0+0+2"), held("100.0+0+1"), Op.POST, metadata),
            ("first post", row("100.0+0+2"), held("100.0"), Op.POST, metadata),
            ("type", row("100.0+1+0"), held("100.0+0+1"), Op.POST, metadata),
            ("delete", tombstone("100.1"), held("100.0"), Op.DELETE, deleted),
            (
                "a post does not save a copy",
                tombstone("100.1"),
                held("100.0+0+fffff"),
                Op.DELETE,
                deleted,
            ),
        )

    def test_the_same_version_needs_nothing(self):
        same = "the remote has this version"
        self.assert_steps(
            ("put", row("100.0"), held("100.0"), Op.NOTHING, same),
            ("post", row("100.0+0+1"), held("100.0+0+1"), Op.NOTHING, same),
            (
                "older post",
                row("100.0+0+1"),
                held("100.0+0+2"),
                Op.NOTHING,
                same,
            ),
            (
                "put before post",
                row("100.0"),
                held("100.0+1+1"),
                Op.NOTHING,
                same,
            ),
        )

    def test_a_copy_without_our_mark_is_not_the_row_s_version(self):
        self.assert_steps(
            (
                "put",
                row("100.0"),
                held(None),
                Op.PUT,
                "the remote copy carries no mark of ours",
            ),
            (
                "delete",
                tombstone("100.0"),
                held(None),
                Op.DELETE,
                "deleted; the remote copy is older",
            ),
        )

    def test_the_same_bytes_at_another_time_are_another_version(self):
        """Times decide, not ETags: all copies here have the row's ETag."""
        self.assertEqual(Op.PUT, decide(row("100.0"), held("99.0")).op)

    @given(stamps, stamps, st.booleans())
    def test_no_event_undoes_a_newer_one(self, event, mark, deleted):
        seen = tombstone(str(event)) if deleted else row(str(event))
        op = decide(seen, held(str(mark))).op
        if mark.data > seen.stamps.data:
            self.assertIs(Op.NOTHING, op)
        elif mark.data < seen.stamps.data:
            self.assertIs(Op.DELETE if deleted else Op.PUT, op)
        else:
            self.assertIn(op, (Op.NOTHING, Op.POST))


class OtherBytesTest(unittest.TestCase):
    """The mark is the row's, but the bytes may not be."""

    ROW = row(etag="a" * 32)

    def decided(self, event=ROW, **fields):
        return decide(event, held("100.0", **fields)).op

    def test_other_bytes_under_the_right_mark_are_replaced(self):
        self.assertIs(Op.PUT, self.decided(etag="b" * 32))
        self.assertIs(Op.NOTHING, self.decided(etag="a" * 32))

    def test_an_etag_that_is_no_md5_tells_nothing(self):
        self.assertIs(
            Op.NOTHING, self.decided(etag="b" * 32, etag_is_md5=False)
        )
        for theirs in ("a" * 32 + "; swift_meta=x", "opaque"):
            with self.subTest(theirs):
                encrypted = row(etag=theirs)
                self.assertIs(
                    Op.NOTHING, self.decided(encrypted, etag="b" * 32)
                )


class BlindDeleteTest(unittest.TestCase):
    def test_only_a_young_tombstone_needs_no_look(self):
        for case, now, blindly in (
            ("just now", 1000.0, True),
            ("almost five minutes", 1299.9, True),
            ("five minutes", 1300.0, False),
            ("a week", 605_800.0, False),
        ):
            with self.subTest(case):
                self.assertEqual(
                    blindly, may_delete_blindly(tombstone("1000.0"), now)
                )


class UnmarkedTest(unittest.TestCase):
    def test_a_copy_without_mark_is_compared_by_what_it_holds(self):
        local = info(metadata={"colour": "blue"})
        for case, copy, op, reason in (
            (
                "equal",
                info(None, metadata={"colour": "blue"}),
                Op.NOTHING,
                "the unmarked remote copy is equal",
            ),
            (
                "other metadata",
                info(None, metadata={"colour": "red"}),
                Op.POST,
                "the unmarked remote copy's metadata differs",
            ),
            (
                "other type",
                info(None, metadata={"colour": "blue"}, content_type="a/b"),
                Op.POST,
                "the unmarked remote copy's metadata differs",
            ),
            (
                "other bytes",
                info(None, metadata={"colour": "blue"}, etag="other"),
                Op.PUT,
                "the unmarked remote copy differs",
            ),
        ):
            with self.subTest(case):
                self.assertEqual(
                    Action(op, reason), decide_unmarked(local, copy)
                )


class FreshnessTest(unittest.TestCase):
    def test_what_swift_serves_is_compared_with_the_row_by_times(self):
        for case, announced, served, expected in (
            ("same put", "100.0", "100.0", Freshness.SAME),
            ("older put", "100.0", "99.0", Freshness.OLDER),
            ("older by offset", "100.0_1", "100.0", Freshness.OLDER),
            (
                "older put, later post",
                "100.0",
                "99.0+0+ffffff",
                Freshness.OLDER,
            ),
            ("newer put", "100.0", "100.1", Freshness.NEWER),
            (
                "newer put, older post",
                "100.0+0+ffffff",
                "100.1",
                Freshness.NEWER,
            ),
            ("same post", "100.0+0+2", "100.0+0+2", Freshness.SAME),
            ("post missing", "100.0+0+2", "100.0", Freshness.OLDER),
            ("older post", "100.0+0+2", "100.0+0+1", Freshness.OLDER),
            ("newer post", "100.0+0+2", "100.0+0+3", Freshness.NEWER),
            ("type and metadata", "100.0+1+1", "100.0+0+2", Freshness.SAME),
            (
                "type newer than data",
                "100.0+2+0",
                "100.0+0+1",
                Freshness.OLDER,
            ),
            ("no times", "100.0", None, Freshness.OLDER),
        ):
            with self.subTest(case):
                self.assertEqual(
                    expected, freshness(row(announced), info(served))
                )
