# SPDX-License-Identifier: Apache-2.0
"""When is a copy looked at first, and what if it changes meanwhile?"""

import hashlib
from dataclasses import replace
from itertools import count

from s3_sync.errors import Conflict
from s3_sync.model.decide import Op
from s3_sync.replication.replicator import MOST_LOOKS
from test.doubles.memory_store import Held
from test.unit.s3_sync.replication.replicating import (
    BIG,
    ReplicatorTest,
)


class AgainTest(ReplicatorTest):
    """An attempt that failed may have arrived all the same."""

    def again(self, row, **how):
        self.swift.requests.clear()
        self.remote.requests.clear()
        return self.replicator.replicate(
            row, self.swift.container, 0, compare=False, again=True, **how
        ).op

    def test_a_put_that_arrived_is_not_sent_again(self):
        row = self.swift.put("x", b"bytes")
        self.replicate(row)
        self.assertIs(Op.NOTHING, self.again(row))
        self.assert_cost({"HEAD": 1}, {})

    def test_a_put_that_did_not_is(self):
        row = self.swift.put("x", b"bytes")
        self.assertIs(Op.PUT, self.again(row))
        self.assert_cost({"HEAD": 1, "PUT": 1}, {"GET": 1})

    def test_metadata_that_arrived_is_not_sent_again(self):
        self.replicate(self.swift.put("x", b"bytes"))
        row = self.swift.post("x", metadata={"colour": "red"})
        self.replicate(row)
        self.assertIs(Op.NOTHING, self.again(row))
        self.assert_cost({"HEAD": 1}, {})

    def test_a_delete_may_be_sent_twice(self):
        row = self.swift.delete("x")
        self.assertIs(Op.DELETE, self.again(row))
        self.assert_cost({}, {})

    def test_but_not_where_it_would_leave_another_marker(self):
        self.remote.versioned = True
        row = self.swift.delete("x")
        self.assertIs(Op.NOTHING, self.again(row))
        self.assert_cost({"HEAD": 1}, {"HEAD": 1})


class VersionedTest(ReplicatorTest):
    """In a bucket that keeps versions, a replay costs one."""

    def setUp(self):
        super().setUp()
        self.remote.versioned = True

    def crash(self):
        self.now += 60
        self.make(head_first_size=len(BIG))

    def test_rows_that_a_crash_brings_back_leave_no_version(self):
        rows = [
            self.swift.put("x", b"bytes"),
            self.swift.put("y", b"bytes"),
            self.swift.post("y", metadata={"colour": "red"}),
        ]
        for row in rows:
            self.replicate(row)
        versions = self.remote.versions
        self.crash()
        for row in rows:
            self.assertIs(Op.NOTHING, self.replicate(row))
            self.assert_cost({"HEAD": 1}, {})
        self.assertEqual(versions, self.remote.versions)

    def test_a_delete_that_a_crash_brings_back_leaves_no_marker(self):
        row = self.swift.delete("x")
        self.crash()
        self.assertIs(Op.NOTHING, self.replicate(row))

    def test_what_did_not_arrive_before_the_crash_is_sent(self):
        row = self.swift.put("x", b"bytes")
        self.crash()
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_equal()

    def test_new_rows_are_sent_without_a_look(self):
        self.crash()
        self.assertIs(Op.PUT, self.replicate(self.swift.put("x", b"bytes")))
        self.assert_cost({"PUT": 1}, {"GET": 1})

    def test_elsewhere_a_crash_costs_no_look(self):
        self.remote.versioned = False
        row = self.swift.put("x", b"bytes")
        self.replicate(row)
        self.crash()
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost({"PUT": 1}, {"GET": 1})


class MeanwhileTest(ReplicatorTest):
    """Between a look and a write another node may write."""

    def meanwhile(self, operation, action, times=1):
        """Let something happen when a request of this kind has arrived."""
        left = [times]

        def before(arrived, _):
            if arrived == operation and left[0]:
                left[0] -= 1
                action()

        self.remote.before = before

    def write(self, row, content):
        """Let the remote hold this content as the version of a row."""
        self.remote.objects["x"] = Held(
            content,
            replace(
                self.swift.objects["x"].info,
                stamps=row.stamps,
                size=len(content),
                etag=hashlib.md5(content).hexdigest(),
            ),
        )

    def test_a_newer_copy_that_came_meanwhile_is_not_overwritten(self):
        old = self.swift.put("x", b"old")
        new = self.swift.put("x", b"new")
        self.meanwhile("PUT", lambda: self.write(new, b"new"))
        self.assertIs(Op.NOTHING, self.replicate(old, compare=True))
        self.assertEqual({"x": b"new"}, self.remote.contents)

    def test_an_older_copy_that_came_meanwhile_is(self):
        old = self.swift.put("x", b"bytes")
        row = self.swift.put("x", b"bytes")
        self.meanwhile("PUT", lambda: self.write(old, b"bytes"))
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_equal()

    def test_a_copy_that_is_gone_meanwhile_is_sent(self):
        self.replicate(self.swift.put("x", b"old"))
        row = self.swift.put("x", b"new")
        self.meanwhile("PUT", self.remote.objects.clear)
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assertEqual({"x": b"new"}, self.remote.contents)

    def test_one_that_changes_all_the_time_is_given_up(self):
        old = self.swift.put("x", b"old")
        row = self.swift.put("x", b"bytes")
        contents = (b"x" * size for size in count())
        self.meanwhile("PUT", lambda: self.write(old, next(contents)), 100)
        with self.assertRaises(Conflict):
            self.replicate(row, compare=True)
        self.assertEqual(MOST_LOOKS + 1, self.remote.asked["HEAD"])

    def test_metadata_finds_other_bytes_only_after_a_look(self):
        old = self.swift.put("x", b"old")
        self.replicate(old)
        self.swift.put("x", b"new")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.assertIs(Op.PUT, self.replicate(row))
        self.assert_cost(
            {"POST": 1, "HEAD": 1, "PUT": 1}, {"HEAD": 1, "GET": 1}
        )
        self.assert_equal()

    def test_metadata_does_not_overwrite_a_newer_copy(self):
        self.swift.put("x", b"old")
        row = self.swift.post("x", metadata={"colour": "red"})
        later = str(row.stamps.data.plus(1_000_000))
        self.write(replace(row, created_at=later), b"new")
        self.assertIs(Op.NOTHING, self.replicate(row))
        self.assertEqual({"x": b"new"}, self.remote.contents)

    def test_our_own_mark_on_other_bytes_is_no_reason_to_leave_them(self):
        # A server that ignores the condition of a copy, and then a crash.
        self.swift.put("x", b"bytes")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.write(row, b"other")
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_equal()

    def test_bytes_that_nothing_tells_of_are_sent_after_half_an_attempt(self):
        self.swift.put("x", b"bytes")
        row = self.swift.post("x", metadata={"colour": "red"})
        self.write(row, b"other")
        held = self.remote.objects["x"]
        info = replace(held.info, etag="opaque", etag_is_md5=False)
        self.remote.objects["x"] = replace(held, info=info)
        self.assertIs(Op.PUT, self.replicate(row, again=True))
        self.assert_equal()

    def test_a_mark_on_other_bytes_is_no_reason_to_leave_them(self):
        self.swift.put("x", b"bytes")
        row = self.swift.post("x", metadata={"colour": "red"})
        older = replace(row, created_at=str(row.stamps.data))
        self.write(older, b"other")
        self.assertIs(Op.PUT, self.replicate(row, compare=True))
        self.assert_equal()
