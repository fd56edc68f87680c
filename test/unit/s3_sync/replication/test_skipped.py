# SPDX-License-Identifier: Apache-2.0
"""Is every name that was left out counted once, and found again?"""

import tempfile
import unittest
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

from container_crawler.container import Container
from s3_sync.replication import skipped as module
from s3_sync.replication.journal import Journal
from s3_sync.replication.skipped import Origin, SkippedName, digest_of

PHOTOS = Container("AUTH_test", "photos ✓")
OTHER = Container("AUTH_test", "other")


class SkippedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.journal = Journal(self.folder)
        self.addCleanup(self.journal.close)
        self.skipped = self.journal.skipped

    def note(self, name, reason="a symlink", container=PHOTOS, **how):
        rule, rowid = how.get("rule", "rule"), how.get("rowid", 7)
        noted = SkippedName(container, name, reason, how.get("at", 1.0))
        self.skipped.note(rule, noted, "db-1", rowid)
        return noted

    def names(self):
        return [each.name for each in self.skipped.names("rule")]


class CountTest(SkippedTest):
    def test_names_are_counted_by_rule_and_reason(self):
        self.note("a")
        self.note("b")
        self.note("c", "a large object")
        self.note("d", rule="another")
        self.assertEqual(
            {"a large object": 1, "a symlink": 2}, self.skipped.counts("rule")
        )
        self.assertEqual({}, self.skipped.counts("third"))

    def test_a_name_counts_once_however_often_its_row_is_read(self):
        for _ in range(3):
            self.note("a")
        self.assertEqual({"a symlink": 1}, self.skipped.counts("rule"))

    def test_a_name_that_is_left_out_for_another_reason_changes_over(self):
        self.note("a")
        self.note("a", "a large object")
        self.assertEqual({"a large object": 1}, self.skipped.counts("rule"))

    def test_the_same_name_in_two_containers_counts_twice(self):
        self.note("a")
        self.note("a", container=OTHER)
        self.assertEqual({"a symlink": 2}, self.skipped.counts("rule"))

    def test_a_name_that_was_copied_or_deleted_leaves_the_count(self):
        self.note("a")
        self.note("b")
        self.skipped.drop("rule", PHOTOS, "a")
        self.skipped.drop("rule", PHOTOS, "never skipped")
        self.assertEqual({"a symlink": 1}, self.skipped.counts("rule"))
        self.assertEqual(["b"], self.names())

    def test_numbers_make_no_reason_of_their_own(self):
        self.note("a", "its key has 1030 bytes, not 1024")
        self.note("b", "its key has 2000 bytes, not 1024")
        self.assertEqual(
            {"its key has … bytes, not …": 2}, self.skipped.counts("rule")
        )
        reasons = {each.reason for each in self.skipped.names("rule")}
        self.assertIn("its key has 1030 bytes, not 1024", reasons)

    def test_reasons_beyond_the_fiftieth_count_together(self):
        for number in range(module.REASONS_KEPT + 10):
            self.note(f"{number}", f"the site dislikes {chr(0x4E00 + number)}")
        counts = self.skipped.counts("rule")
        self.assertEqual(module.REASONS_KEPT + 1, len(counts))
        self.assertEqual(10, counts[module.OTHER_REASONS])
        self.note("again", f"the site dislikes {chr(0x4E00)}")
        self.assertEqual(10, self.skipped.counts("rule")["other reasons"])


class NamesTest(SkippedTest):
    def test_a_name_comes_back_as_it_was_noted(self):
        noted = self.note("été \x01", at=12.5)
        self.assertEqual([noted], list(self.skipped.names("rule")))

    def test_only_the_newest_of_each_reason_are_kept(self):
        self.enterContext(mock.patch.object(module, "NAMES_KEPT", 3))
        for number in range(6):
            self.note(f"{number}", at=float(number))
        self.note("x", "another reason")
        self.assertEqual(["5", "4", "3", "x"], self.names())
        self.assertEqual(6, self.skipped.counts("rule")["a symlink"])

    def test_a_name_that_is_not_kept_leaves_the_count_too(self):
        self.enterContext(mock.patch.object(module, "NAMES_KEPT", 1))
        self.enterContext(mock.patch.object(module, "TRIM_EVERY", 1))
        self.note("old", at=1.0)
        self.note("new", at=2.0)
        self.skipped.drop("rule", PHOTOS, "old")
        self.assertEqual({"a symlink": 1}, self.skipped.counts("rule"))

    def test_many_names_stay_small(self):
        with self.journal.file.writing("many at once"):
            self.journal.file.writing = lambda _: nullcontext()
            for number in range(20_000):
                self.note("x" * 500 + f"{number}", at=float(number))
        del self.journal.file.writing
        [[pages]] = self.journal.file.connection.execute("PRAGMA page_count")
        self.assertEqual({"a symlink": 20_000}, self.skipped.counts("rule"))
        self.assertLess(pages * 4096, 20_000 * 100)


class AgainTest(SkippedTest):
    def origins(self, limit=10, after=None):
        return self.skipped.again("rule", limit, after)

    def test_nothing_is_looked_at_again_by_itself(self):
        self.note("a")
        self.assertEqual(([], None), self.origins())

    def test_another_edition_of_the_rule_looks_at_all_again(self):
        self.skipped.begin_edition("rule", "1")
        self.note("a", rowid=42)
        self.note("b", rule="another")
        self.skipped.begin_edition("rule", "2")
        digest = digest_of("rule", PHOTOS, "a")
        self.assertEqual(
            ([Origin(PHOTOS, "db-1", 42, digest)], None), self.origins()
        )

    def test_the_same_edition_does_not(self):
        self.skipped.begin_edition("rule", "1")
        self.note("a")
        self.skipped.begin_edition("rule", "1")
        self.assertEqual(([], None), self.origins())

    def test_what_is_left_out_anew_is_settled(self):
        self.note("a")
        self.skipped.look_again("rule", None)
        self.note("a")
        self.assertEqual(([], None), self.origins())

    def test_they_come_in_turns(self):
        for name in "abcde":
            self.note(name)
        self.note("x", "another reason")
        self.assertEqual(6, self.skipped.look_again("rule", None))
        found, after = self.origins(limit=4)
        more, end = self.origins(limit=4, after=after)
        self.assertEqual(6, len({origin.digest for origin in found + more}))
        self.assertIsNone(end)

    def test_only_one_container_can_be_asked_for(self):
        self.note("a")
        self.note("b", container=OTHER)
        self.assertEqual(1, self.skipped.look_again("rule", OTHER))
        [origin] = self.origins()[0]
        self.assertEqual(OTHER, origin.container)

    def test_many_are_marked_in_pieces(self):
        self.enterContext(mock.patch.object(module, "_CHUNK", 2))
        for name in "abcde":
            self.note(name)
        self.assertEqual(5, self.skipped.look_again("rule", None))

    def test_one_whose_row_is_gone_leaves_the_count(self):
        self.note("a")
        self.skipped.drop_digest(digest_of("rule", PHOTOS, "a"))
        self.assertEqual({}, self.skipped.counts("rule"))
