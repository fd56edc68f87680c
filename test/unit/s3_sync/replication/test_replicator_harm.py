# SPDX-License-Identifier: Apache-2.0
"""Is a newer copy, or one that cannot be made whole, left in peace?"""

from dataclasses import replace

from s3_sync.errors import Refused, SiteUnavailable, StoreError
from s3_sync.model.decide import Op
from test.doubles.fake_swift import BROKEN
from test.unit.s3_sync.replication.replicating import (
    DOWN,
    HOURS,
    ReplicatorTest,
    raising,
)


class PostTest(ReplicatorTest):
    def test_metadata_of_a_copy_that_is_not_there_becomes_a_put(self):
        self.swift.put("x", b"bytes")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost({"POST": 1, "PUT": 1}, {"HEAD": 1, "GET": 1})
        self.assert_equal()

    def test_metadata_of_a_copy_of_other_bytes_becomes_a_put(self):
        self.replicate(self.swift.put("x", b"old"))
        self.swift.put("x", b"new")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_equal()

    def test_a_failing_site_is_no_reason_to_put(self):
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.post("x", metadata={"colour": "red"})
        self.remote.before = raising(DOWN)
        with self.assertRaises(SiteUnavailable):
            self.replicate(row)
        self.assertEqual({"POST": 1}, dict(self.remote.asked))


class PromiseTest(ReplicatorTest):
    """An older event never overwrites or deletes a newer copy."""

    def test_a_late_put_never_overwrites_a_newer_copy(self):
        old = self.swift.put("x", b"old")
        self.replicate(self.swift.put("x", b"new"))
        self.assertIs(Op.NOTHING, self.replicate(old, compare=True))
        self.assertEqual(b"new", self.remote.contents["x"])

    def test_a_stale_tombstone_of_a_name_written_again_deletes_nothing(self):
        self.swift.put("x", b"old")
        tombstone = self.swift.delete("x")
        self.replicate(self.swift.put("x", b"new"))
        for age in (0, HOURS):
            self.now += age
            with self.subTest(age):
                op = self.replicate(tombstone, compare=True)
                self.assertIs(Op.NOTHING, op)
        self.assertEqual({"x": b"new"}, self.remote.contents)

    def test_a_stale_tombstone_deletes_no_newer_copy(self):
        tombstone = self.swift.delete("x")
        self.replicate(self.swift.put("x", b"new"))
        self.swift.delete("x")
        self.now += HOURS
        self.assertIs(Op.NOTHING, self.replicate(tombstone))
        self.assert_cost({"HEAD": 1}, {"HEAD": 1})

    def test_a_copy_of_the_tombstones_own_moment_is_newer(self):
        row = self.swift.put("x", b"bytes")
        self.replicate(row)
        tombstone = replace(row, deleted=True)
        del self.swift.objects["x"]
        self.assertIs(Op.NOTHING, self.replicate(tombstone, compare=True))

    def test_a_later_post_does_not_save_a_copy_from_its_delete(self):
        self.replicate(self.swift.put("x", b"bytes"))
        self.replicate(self.swift.post("x", metadata={"a": "b"}))
        row = self.swift.delete("x")
        self.now += HOURS
        self.assertIs(Op.DELETE, self.replicate(row))

    def test_a_local_swift_that_fails_deletes_nothing(self):
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.delete("x")
        self.now += HOURS
        self.swift.before = raising(Refused("swift", "HEAD", "x", "503"))
        with self.assertRaises(Refused):
            self.replicate(row)
        self.assertEqual({}, dict(self.remote.asked))

    def test_deletes_stay_here_unless_they_are_propagated(self):
        self.make(propagate_delete=False)
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.delete("x")
        for compare in (False, True):
            op = self.replicate(row, compare=compare)
            self.assertIs(Op.NOTHING, op)
            self.assert_cost({}, {})

    def test_any_row_may_come_twice(self):
        rows = [
            self.swift.put("x", b"bytes"),
            self.swift.post("x", metadata={"a": "b"}),
        ]
        for row in [*rows, *rows]:
            for compare in (False, True):
                self.replicate(row, compare=compare)
                self.assert_equal()


class UnmarkedTest(ReplicatorTest):
    """Copies that the predecessor made carry no times."""

    def test_an_equal_copy_stays_as_it_is(self):
        row = self.swift.put("x", b"bytes", metadata={"a": "b"})
        self.put_elsewhere("x", b"bytes", metadata={"a": "b"})
        self.assertIs(Op.NOTHING, self.replicate(row, compare=True))
        self.assert_cost({"HEAD": 1}, {"HEAD": 1})

    def test_other_metadata_is_posted(self):
        row = self.swift.put("x", b"bytes", metadata={"a": "b"})
        self.put_elsewhere("x", b"bytes", metadata={"a": "c"})
        self.assertIs(Op.POST, self.replicate(row, compare=True))
        self.assert_equal()

    def test_other_bytes_are_put(self):
        row = self.swift.put("x", b"bytes")
        self.put_elsewhere("x", b"other")
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_equal()

    def test_a_deleted_object_takes_its_copy_along(self):
        self.put_elsewhere("x", b"bytes")
        row = self.swift.delete("x")
        self.assertIs(Op.DELETE, self.replicate(row, compare=True))


class QuirkTest(ReplicatorTest):
    """A site that loses our marks, and some metadata with them."""

    def setUp(self):
        super().setUp()
        post = self.remote.post

        def losing(name, info, *, seen=None):
            post(name, replace(info, stamps=None, metadata={}), seen=seen)

        self.remote.post = losing
        self.row = self.swift.put("x", b"bytes", metadata={"a": "b"})
        self.put_elsewhere("x", b"bytes")

    def test_what_the_site_cannot_keep_is_sent_once(self):
        self.assertIs(Op.POST, self.replicate(self.row, compare=True))
        for _ in range(2):
            self.assertIs(Op.NOTHING, self.replicate(self.row, compare=True))
            self.assert_cost({"HEAD": 1}, {"HEAD": 1})

    def test_a_restart_forgets_nothing_of_it(self):
        self.replicate(self.row, compare=True)
        self.make()
        self.assertIs(Op.NOTHING, self.replicate(self.row, compare=True))

    def test_a_changed_row_is_sent(self):
        self.replicate(self.row, compare=True)
        row = self.swift.post("x", metadata={"a": "c"})
        self.assertIs(Op.POST, self.replicate(row, compare=True))
        self.assertIs(Op.NOTHING, self.replicate(row, compare=True))

    def test_a_further_difference_is_sent(self):
        self.replicate(self.row, compare=True)
        self.put_elsewhere("x", b"bytes", content_type="image/png")
        self.assertIs(Op.POST, self.replicate(self.row, compare=True))

    def test_other_bytes_are_sent(self):
        self.replicate(self.row, compare=True)
        self.put_elsewhere("x", b"other")
        self.assertIs(Op.PUT, self.replicate(self.row, compare=True))

    def test_the_reason_names_what_differs(self):
        self.replicate(self.row, compare=True)
        action = self.replicator.replicate(
            self.row, self.swift.container, 0, compare=True
        )
        self.assertIn("meta a", action.reason)


class SkipTest(ReplicatorTest):
    """What cannot be copied whole is not copied at all."""

    def _assert_skipped(self, row, reason):
        for compare in (False, True):
            action = self.replicator.replicate(
                row, self.swift.container, 0, compare=compare
            )
            self.assertIs(Op.SKIP, action.op)
            self.assertIn(reason, action.reason)
        self.assertEqual({}, self.remote.objects)

    def test_a_static_large_object_is_known_by_its_row(self):
        row = self.swift.put("x", content_type="a/b;swift_bytes=12")
        self._assert_skipped(row, "static large objects")
        self.assert_cost({}, {})

    def test_a_symlink_is_known_by_its_row(self):
        row = self.swift.put("x")
        row = replace(row, etag=f"{row.etag}; symlink_target=c/o")
        self._assert_skipped(row, "symlinks")
        self.assert_cost({}, {})

    def test_a_versioned_container_is_known_by_its_rows(self):
        row = self.swift.put("x")
        link = "symlink_target=%00versions%00c/%00x%00123"
        self._assert_skipped(
            replace(row, etag=f"{row.etag}; {link}"), "versioned"
        )
        kind = "application/x-deleted;swift_versions_deleted=1"
        self._assert_skipped(replace(row, content_type=kind), "versioned")
        self.assert_cost({}, {})

    def test_a_dynamic_large_object_is_known_by_its_get(self):
        row = self.swift.put("x", large_object="dynamic large object")
        self._assert_skipped(row, "dynamic large objects are not supported")

    def test_a_large_object_is_not_half_changed_by_a_post(self):
        self.swift.put("x", large_object="dynamic large object")
        row = self.swift.post("x", metadata={"a": "b"})
        self._assert_skipped(row, "dynamic large objects")

    def test_what_became_a_large_object_meanwhile_is_skipped_too(self):
        row = self.swift.put("x", b"bytes")
        self.swift.put("x", b"", large_object="static large object")
        self._assert_skipped(row, "static large objects")


class SourceFaultTest(ReplicatorTest):
    def test_a_source_that_breaks_off_is_not_the_sites_fault(self):
        row = self.swift.put("x", b"bytes")
        self.swift.broken.add("x")
        with self.assertRaises(Refused) as caught:
            self.replicate(row)
        self.assertIs(BROKEN, caught.exception)
        self.assertEqual({}, self.remote.objects)

    def test_nor_is_it_when_the_store_says_so(self):
        def put(name, body, info, **_):
            """Do as botocore does: say that the connection was lost."""
            try:
                body.read()
            except StoreError as error:
                raise DOWN from error

        self.remote.put = put
        row = self.swift.put("x", b"bytes")
        self.swift.broken.add("x")
        with self.assertRaises(Refused) as caught:
            self.replicate(row)
        self.assertFalse(caught.exception.of_site)

    def test_a_failing_site_is_named_when_the_source_is_well(self):
        row = self.swift.put("x", b"bytes")
        self.remote.before = raising(DOWN)
        with self.assertRaises(SiteUnavailable):
            self.replicate(row)

    def test_a_source_that_refuses_says_so(self):
        row = self.swift.put("x", b"bytes")
        self.swift.before = raising(Refused("swift", "GET", "x", "503"))
        with self.assertRaises(Refused):
            self.replicate(row)
        self.assert_cost({}, {"GET": 1})
