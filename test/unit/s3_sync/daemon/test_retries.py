# SPDX-License-Identifier: Apache-2.0
"""Is what arrived before a failure found, rather than sent twice?"""

from s3_sync.errors import Refused
from test.unit.s3_sync.daemon.handling import DOWN, HandlingTest


class RetryTest(HandlingTest):
    """The connection was lost, or so it seemed, after all had arrived."""

    def lose_the_answer(self, operation, error=DOWN):
        """Let one request have its effect and its answer get lost."""
        remote = self.it.remote
        real = getattr(remote, operation)

        def losing(*args, **how):
            setattr(remote, operation, real)
            real(*args, **how)
            raise error

        setattr(remote, operation, losing)

    def settle_in_time(self, row):
        self.it.settle(row)
        for _ in range(10):
            self.it.wait(1)
        self.assert_done(row)

    def test_a_put_that_arrived_leaves_one_version(self):
        self.lose_the_answer("put")
        self.settle_in_time(self.it.swift.put("x", b"bytes"))
        self.assertEqual(1, self.it.remote.versions)
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)

    def test_changed_metadata_that_arrived_does_too(self):
        self.it.settle(self.it.swift.put("x", b"bytes"))
        self.lose_the_answer("post")
        self.settle_in_time(self.it.swift.post("x", metadata={"a": "b"}))
        self.assertEqual(2, self.it.remote.versions)

    def test_so_does_a_row_that_was_parked(self):
        refused = Refused("memory", "put", "x", "no")
        self.lose_the_answer("put", refused)
        self.settle_in_time(self.it.swift.put("x", b"bytes"))
        self.assertEqual(1, self.it.remote.versions)
        self.assertEqual({}, self.it.parked)

    def test_what_did_not_arrive_is_sent(self):
        self.it.fail_with(DOWN)
        row = self.it.swift.put("x", b"bytes")
        self.it.settle(row)
        self.it.heal()
        self.it.wait(1)
        self.assert_done(row)
        self.assertEqual({"x": b"bytes"}, self.it.remote.contents)

    def test_rows_that_waited_behind_it_are_not_looked_at(self):
        rows = [self.it.swift.put(name) for name in "abc"]
        self.it.fail(a=DOWN)
        self.it.settle(*rows)
        self.it.heal()
        self.it.wait(2)
        self.assert_done(*rows)
        heads = [
            names for kind, names in self.it.remote.requests if kind == "HEAD"
        ]
        self.assertEqual([("a",)], heads)

    def test_a_tombstone_is_sent_again_at_no_extra_cost(self):
        self.it.settle(self.it.swift.put("x"))
        row = self.it.swift.delete("x")
        self.lose_the_answer("delete")
        self.settle_in_time(row)
        self.assertEqual(0, self.it.remote.asked["HEAD"])
        self.assertEqual({}, self.it.remote.contents)

    def test_where_that_leaves_a_marker_it_is_looked_at(self):
        self.it.remote.versioned = True
        self.it.settle(self.it.swift.put("x"))
        row = self.it.swift.delete("x")
        self.lose_the_answer("delete")
        self.settle_in_time(row)
        self.assertEqual(1, self.it.remote.asked["HEAD"])
        self.assertEqual(1, self.it.remote.asked["DELETE"])
