# SPDX-License-Identifier: Apache-2.0
"""Is a row blamed for its own faults, and for no others?"""

import logging
import unittest
from itertools import pairwise

from s3_sync.errors import (
    AccessDenied,
    Refused,
    SendAgain,
    SiteRefused,
    SiteUnavailable,
    StoreError,
    Throttled,
)
from test.unit.s3_sync.daemon.handling import HandlingTest


def an_error(kind, code="", **fields) -> StoreError:
    error = kind("memory", "put", "x", f"{code}: why")
    error.code = code
    for name, value in fields.items():
        setattr(error, name, value)
    return error


SLOW = an_error(Throttled, "SlowDown")
FORBIDDEN = an_error(AccessDenied, "AccessDenied")
WRONG_KEY = an_error(SiteRefused, "InvalidAccessKeyId")


class ThrottledTest(HandlingTest):
    def setUp(self):
        super().setUp()
        self.rows = [self.it.swift.put(name) for name in "abc"]

    def _fail_often(self, times, error=SLOW):
        """Fail the next requests about objects."""
        left = [times]

        def before(operation, _):
            if left[0] and operation != "LIST":
                left[0] -= 1
                raise error

        self.it.remote.before = before

    def test_a_row_is_sent_again_however_often_and_nothing_pauses(self):
        self._fail_often(100)
        self.it.settle(*self.rows)
        self.assert_done(*self.rows)
        self.assertEqual({}, self.it.parked)
        self.assertFalse(self.it.handler.pause.active)
        self.assertEqual(set("abc"), set(self.it.remote.objects))

    def test_so_is_one_whose_cause_of_refusal_is_gone(self):
        self._fail_often(2, an_error(SendAgain, "ExpiredToken"))
        self.it.settle(*self.rows)
        self.assert_done(*self.rows)
        self.assertFalse(self.it.handler.pause.active)

    def test_deletes_are_sent_again_too(self):
        self.it.settle(*self.rows)
        deletes = [self.it.swift.delete(name) for name in "abc"]
        self._fail_often(3)
        self.it.settle(*deletes)
        for _ in range(5):
            self.it.wait(1)
        self.assert_done(*deletes)
        self.assertEqual({}, self.it.remote.objects)
        self.assertEqual({}, self.it.parked)

    def test_a_delete_that_came_too_fast_alone_is_sent_again_alone(self):
        self.it.settle(*self.rows)
        deletes = [self.it.swift.delete(name) for name in "abc"]
        delete, told = self.it.remote.delete, []

        def one_too_fast(names):
            outcomes = dict(delete(n for n in names if n != "b" or told))
            if "b" in names and not told:
                told.append("b")
                outcomes["b"] = SLOW
            return outcomes

        self.it.remote.delete = one_too_fast
        self.it.settle(*deletes)
        for _ in range(5):
            self.it.wait(1)
        self.assert_done(*deletes)
        self.assertEqual({}, self.it.remote.objects)
        self.assertEqual({}, self.it.parked)

    def test_it_is_read_again_before_it_is_sent_again(self):
        newer = []

        def before(*_):
            self.it.remote.before = lambda *_: None
            newer.append(self.it.swift.put("a", b"new"))
            raise SLOW

        self.it.remote.before = before
        self.it.settle(self.rows[0])
        self.it.settle(*newer)
        self.assert_done(self.rows[0], *newer)
        self.assertEqual(1, self.it.remote.asked["PUT"] - 1)
        self.assertEqual(b"new", self.it.remote.contents["a"])

    def test_a_site_that_takes_nothing_for_long_pauses_the_rule(self):
        self.it.fail_with(an_error(Throttled, "SlowDown", lasting=True))
        self.it.settle(*self.rows)
        self.assertTrue(self.it.handler.pause.active)
        for _ in range(20):
            self.it.wait(60)
        self.assertEqual({}, self.it.parked)
        self.it.heal()
        self.it.wait(60)
        self.it.wait(60)
        self.assert_done(*self.rows)

    def test_one_that_waits_when_the_daemon_ends_is_let_go(self):
        def before(*_):
            self.it.handler.close()
            raise SLOW

        self.it.remote.before = before
        self.it.settle(self.rows[0])
        self.assertEqual([False], self.it.done[self.rows[0].rowid])
        self.assertEqual(0, self.it.handler.under_way)


class RefusedSiteTest(HandlingTest):
    def test_no_row_is_ever_parked_for_wrong_credentials(self):
        rows = [self.it.swift.put(name) for name in "abc"]

        def before(operation, _):
            if operation != "LIST":
                raise WRONG_KEY

        self.it.remote.before = before
        self.it.settle(*rows)
        for _ in range(50):
            self.it.wait(60)
        self.assertEqual({}, self.it.parked)
        self.assert_waiting(*rows)
        self.it.heal()
        self.it.wait(60)
        self.assert_done(*rows)

    def test_a_row_whose_signature_alone_is_refused_is_at_fault_itself(self):
        odd = an_error(SiteRefused, "SignatureDoesNotMatch")

        def before(_, name):
            if name == "odd":
                raise odd

        self.it.remote.before = before
        rows = [self.it.swift.put(name) for name in ("a", "odd", "b")]
        self.it.settle(*rows)
        for _ in range(10):
            self.it.wait(60)
        self.assertEqual({"odd"}, set(self.it.parked))
        self.assertEqual({"a", "b"}, set(self.it.remote.objects))
        self.assert_done(*rows)

    def test_wrong_credentials_are_one_error_not_one_for_each_row(self):
        logging.getLogger("s3_sync").setLevel(logging.WARNING)
        self.it.fail_with(WRONG_KEY)
        rows = [self.it.swift.put(f"o{n}") for n in range(50)]
        with self.assertLogs("s3_sync", "WARNING") as logs:
            self.it.settle(*rows)
        self.assertEqual(1, len(logs.output))
        self.assertIn("InvalidAccessKeyId", logs.output[0])

    def test_a_run_that_is_to_end_ends(self):
        self.it.start(give_up=True)

        def before(operation, _):
            if operation != "LIST":
                raise WRONG_KEY

        self.it.remote.before = before
        row = self.it.swift.put("x")
        self.it.settle(row)
        for _ in range(20):
            self.it.wait(60)
        self.assertTrue(self.it.handler.closed)
        self.assertEqual([False], self.it.done[row.rowid])

    def test_a_probe_that_may_not_list_is_an_answer(self):
        self.it.fail_with(an_error(SiteUnavailable, "InternalError"))
        row = self.it.swift.put("x")
        self.it.settle(row)

        def before(operation, _):
            if operation == "LIST":
                raise FORBIDDEN

        self.it.remote.before = before
        self.it.wait(1)
        self.assertFalse(self.it.handler.pause.active)
        self.assert_done(row)


class AlikeTest(HandlingTest):
    def _refuse(self, names, error=FORBIDDEN):
        def before(_, name):
            if name in names:
                raise error

        self.it.remote.before = before

    def _put(self, *names):
        rows = [self.it.swift.put(name) for name in names]
        self.it.settle(*rows)
        return rows

    def test_ten_names_refused_alike_pause_the_rule(self):
        names = [f"o{n}" for n in range(30)]
        self._refuse(names)
        self._put(*names[:9])
        self.assertFalse(self.it.handler.pause.active)
        self.assertEqual(9, len(self.it.parked))
        self._put(*names[9:])
        self.assertTrue(self.it.handler.pause.active)
        self.assertEqual(9, len(self.it.parked))
        self.assertIn("10 objects in a row", self.it.handler.pause.reason)
        self.assertIn("AccessDenied", self.it.handler.pause.reason)

    def test_when_it_is_allowed_again_everything_arrives(self):
        names = [f"o{n}" for n in range(30)]
        self._refuse(names)
        rows = self._put(*names)
        self.it.heal()
        for _ in range(10):
            self.it.wait(60)
        self.assert_done(*rows)
        self.assertEqual(set(names), set(self.it.remote.objects))
        self.assertEqual({}, self.it.parked)

    def test_each_pause_that_changes_nothing_is_longer(self):
        names = [f"o{n}" for n in range(200)]
        self._refuse(names)
        self._put(*names)
        began = []
        for _ in range(600):
            since = self.it.handler.pause.since
            if not began or began[-1] != since:
                began.append(since)
            self.it.wait(0.25)
        waits = [b - a for a, b in pairwise(began)]
        self.assertEqual(sorted(waits), waits)
        self.assertGreater(waits[-1], 30)
        self.assertLess(len(self.it.parked), 100)

    def test_others_behind_them_are_reached(self):
        bad = [f"bad{n}" for n in range(25)]
        self._refuse(bad)
        rows = self._put(*bad, "good")
        for _ in range(40):
            self.it.wait(30)
        self.assert_done(*rows)
        self.assertEqual({"good"}, set(self.it.remote.objects))
        self.assertEqual(set(bad), set(self.it.parked))

    def test_a_success_between_shows_that_it_is_the_objects(self):
        names = [f"{kind}{n}" for n in range(30) for kind in ("bad", "good")]
        self._refuse([name for name in names if name.startswith("bad")])
        self._put(*names)
        self.assertFalse(self.it.handler.pause.active)
        self.assertEqual(30, len(self.it.parked))

    def test_different_reasons_do_not_add_up(self):
        errors = [an_error(Refused, f"Code{n % 2}") for n in range(30)]

        def before(_, name):
            raise errors[int(name)]

        self.it.remote.before = before
        self._put(*map(str, range(30)))
        self.assertFalse(self.it.handler.pause.active)

    def test_what_has_no_code_is_no_reason_of_the_sites(self):
        names = [f"o{n}" for n in range(30)]
        self._refuse(names, an_error(Refused))
        self._put(*names)
        self.assertFalse(self.it.handler.pause.active)
        self.assertEqual(30, len(self.it.parked))

    def test_rows_that_were_refused_before_pause_nobody(self):
        names = [f"o{n}" for n in range(30)]
        self._refuse(names)
        for name in names:
            self._put(name, f"good-{name}")
        paused = []
        for _ in range(20):
            self.it.wait(600)
            paused.append(self.it.handler.pause.active)
        self.assertFalse(any(paused))
        self.assertEqual(30, len(self.it.parked))

    def test_deletes_that_are_refused_alike_pause_it_too(self):
        names = [f"o{n}" for n in range(50)]
        self._put(*names)
        self._refuse(names)
        rows = [self.it.swift.delete(name) for name in names]
        self.it.settle(*rows)
        self.it.wait(1)
        self.assertTrue(self.it.handler.pause.active)
        self.assertEqual(9, len(self.it.parked))
        self.it.heal()
        for _ in range(10):
            self.it.wait(60)
        self.assert_done(*rows)
        self.assertEqual({}, self.it.remote.objects)


if __name__ == "__main__":
    unittest.main()
