# SPDX-License-Identifier: Apache-2.0
"""Is every row compared that the remote may hold already, and no other?"""

import shutil

from container_crawler.database import Database
from container_crawler.points import REBOOT_ROWS, VERIFY
from container_crawler.slices import Slice
from container_crawler.visit import Visit
from test.unit.container_crawler.fixtures import LOGGER, merge, put
from test.unit.container_crawler.visiting import (
    ALONE,
    HERE,
    NAMES,
    SLACK,
    START,
    THEIRS,
    CaseWithDatabase,
    stay,
)

YOUNG = START - SLACK / 2
OLD = START - SLACK - 1


class CompareCase(CaseWithDatabase):
    def setUp(self):
        super().setUp()
        self.boot = "monday"

    def visit(self, share=ALONE, now=START):
        database = Database(self.cluster.path(), LOGGER)
        self.addCleanup(database.close)
        visit = Visit(database, share, self.handler, SLACK, self.boot)
        visit.look(now)
        return visit

    def compared(self):
        """Return which rows are compared, and forget them."""
        found, self.handler.found = self.handler.found, []
        return {each.record["name"]: each.compare for each in found}

    def meet(self, *names, at=YOUNG):
        """Handle the first rows, so that the next ones are new."""
        put(self.broker, *names, at=at)
        self.drain()
        self.handler.found.clear()


class LateTest(CompareCase):
    def test_a_new_row_of_an_old_object_is_compared(self):
        self.meet("first")
        put(self.broker, "young", at=YOUNG)
        put(self.broker, "old", at=OLD)
        self.drain()
        self.assertEqual({"young": False, "old": True}, self.compared())

    def test_an_old_row_that_existed_before_us_is_not_late(self):
        put(self.broker, "old", at=OLD)
        self.drain()
        (found,) = self.handler.found
        self.assertEqual((True, False), (found.existed, found.compare))

    def test_a_post_to_an_old_object_is_late_too(self):
        self.meet("first")
        self.broker.put_object(
            "old",
            f"{OLD:016.5f}",
            5,
            "text/plain",
            "etag",
            meta_timestamp=f"{YOUNG:016.5f}",
        )
        self.drain()
        self.assertEqual({"old": True}, self.compared())

    def test_a_time_that_makes_no_sense_is_not_late(self):
        self.meet("first")
        put(self.broker, "odd", at=YOUNG)
        merge(self.broker)
        with self.broker.get() as connection:
            connection.execute("DROP TRIGGER object_update")
            connection.execute(
                "UPDATE object SET created_at = 'odd' WHERE name = 'odd'"
            )
            connection.commit()
        self.drain()
        self.assertEqual({"odd": False}, self.compared())

    def test_others_rows_are_always_compared(self):
        put(self.broker, *NAMES, at=YOUNG)
        self.drain(HERE)
        self.compared()
        self.drain(HERE, START + SLACK)
        self.assertEqual(dict.fromkeys(THEIRS, True), self.compared())


class HandedOutTest(CompareCase):
    def test_rows_that_were_handed_out_before_a_crash_are_compared(self):
        self.meet("first")
        put(self.broker, "a", "b", "c", at=YOUNG)
        self.handler.answer = stay
        visit = self.visit()
        self.go_on(visit)
        self.handler.end("a")
        visit.settle()
        self.compared()
        self.handler = self.successor()
        put(self.broker, "d", at=YOUNG)
        self.drain()
        self.assertEqual({"b": True, "c": True, "d": False}, self.compared())

    def test_rows_of_another_slicing_are_compared(self):
        put(self.broker, *NAMES, at=YOUNG)
        self.drain(HERE)
        self.compared()
        put(self.broker, "new in 3", at=YOUNG)
        share = Slice(0, 3)
        self.drain(share)
        owned = [name for name in NAMES if share.owns(name)]
        expected = dict.fromkeys(owned, True)
        if share.owns("new in 3"):
            expected["new in 3"] = False
        self.assertEqual(expected, self.compared())

    def successor(self):
        following = type(self.handler)()
        following.points = self.handler.points
        return following


class FileTest(CompareCase):
    def setUp(self):
        super().setUp()
        self.copy = self.cluster.folder / "copy"

    def keep(self):
        merge(self.broker)
        shutil.copy(self.cluster.path(), self.copy)

    def put_back(self):
        """Put the copy in the database's place, as an operator does."""
        self.broker.conn.close()
        self.broker.conn = None
        self.cluster.path().unlink()
        shutil.copy(self.copy, self.cluster.path())

    def test_a_database_put_back_from_a_copy_is_compared_anew(self):
        put(self.broker, "a", "b", at=YOUNG)
        self.keep()
        self.meet("c", "d")
        self.put_back()
        put(self.broker, "e", "f", "g", at=YOUNG)
        self.drain()
        self.assertEqual(dict.fromkeys("abefg", True), self.compared())
        self.assertFalse(any(f.existed for f in self.handler.found))
        put(self.broker, "h", at=YOUNG)
        self.drain()
        self.assertEqual({"h": False}, self.compared())

    def test_one_that_is_overwritten_in_place_is_compared_anew(self):
        put(self.broker, "a", at=YOUNG)
        self.keep()
        self.meet("b", "c")
        self.broker.conn.close()
        self.broker.conn = None
        inode = self.cluster.path().stat().st_ino
        self.cluster.path().write_bytes(self.copy.read_bytes())
        self.assertEqual(inode, self.cluster.path().stat().st_ino)
        put(self.broker, "d", at=YOUNG)
        self.drain()
        self.assertEqual({"a": True, "d": True}, self.compared())

    def test_one_that_is_replaced_during_a_visit_ends_the_visit(self):
        put(self.broker, "a", at=YOUNG)
        self.keep()
        self.meet("b")
        visit = self.visit()
        self.put_back()
        visit.look(START)
        self.assertTrue(visit.failed)
        self.drain()
        self.assertEqual({"a": True}, self.compared())

    def test_one_that_was_vacuumed_is_what_it_was(self):
        self.meet(*NAMES)
        with self.broker.get() as connection:
            connection.isolation_level = None
            connection.execute("VACUUM")
        put(self.broker, "new", at=YOUNG)
        self.drain()
        self.assertEqual({"new": False}, self.compared())

    def test_after_another_start_the_last_rows_are_compared_once(self):
        self.meet(*NAMES)
        self.boot = "tuesday"
        put(self.broker, "new", at=YOUNG)
        self.drain()
        expected = dict.fromkeys(NAMES, True) | {"new": False}
        self.assertEqual(expected, self.compared())
        self.drain()
        self.assertEqual({}, self.compared())

    def test_no_more_than_the_last_rows_are_looked_at_again(self):
        put(self.broker, "early", at=YOUNG)
        merge(self.broker)
        with self.broker.get() as connection:
            connection.execute(
                "UPDATE sqlite_sequence SET seq = ? WHERE name = 'object'",
                (REBOOT_ROWS,),
            )
            connection.commit()
        self.meet("a", "b")
        self.boot = "tuesday"
        self.drain()
        self.assertEqual({"a": True, "b": True}, self.compared())

    def test_the_verify_pass_steps_back_too(self):
        put(self.broker, *NAMES, at=YOUNG)
        self.drain(HERE)
        self.drain(HERE, START + SLACK)
        self.compared()
        self.boot = "tuesday"
        now = START + SLACK + 1
        self.drain(HERE, now)
        self.assertEqual(0, self.saved(VERIFY)[-1])
        self.compared()
        self.drain(HERE, now + SLACK)
        self.assertEqual(dict.fromkeys(THEIRS, True), self.compared())
