# SPDX-License-Identifier: Apache-2.0
"""Is a record of a container database understood?"""

import unittest

from s3_sync.model.row import Row, current, reason_to_skip
from s3_sync.model.timestamps import Stamps
from test.unit.s3_sync.model.events import ETAG, record, row, tombstone

EMPTY = "d41d8cd98f00b204e9800998ecf8427e"


class RowTest(unittest.TestCase):
    def test_every_column_is_read(self):
        self.assertEqual(
            Row(7, "a/ï", "1.5", 3, "x/y", "e", deleted=False, policy=2),
            Row.from_record(
                {
                    "ROWID": 7,
                    "name": "a/ï",
                    "created_at": "1.5",
                    "size": 3,
                    "content_type": "x/y",
                    "etag": "e",
                    "deleted": 0,
                    "storage_policy_index": 2,
                }
            ),
        )

    def test_a_tombstone_is_deleted(self):
        self.assertIs(True, tombstone("1.0").deleted)

    def test_the_times_are_those_of_created_at(self):
        text = "1795174740.91482+0+1ba0"
        self.assertEqual(Stamps.parse(text), row(text).stamps)


class CurrentTest(unittest.TestCase):
    def test_a_name_without_rows_has_no_current_one(self):
        self.assertIsNone(current([], 0))

    def test_rows_of_another_policy_decide_nothing(self):
        records = [
            record("100.0", ROWID=3, deleted=1, storage_policy_index=0),
            record("90.0", ROWID=5, storage_policy_index=1),
        ]
        self.assertEqual(3, current(records, 0).rowid)
        self.assertEqual(5, current(records, 1).rowid)
        self.assertIsNone(current(records, 2))

    def test_the_newest_data_rules(self):
        records = [
            record("100.0+0+ffff", ROWID=3),
            record("100.1", ROWID=2),
            record("99.0", ROWID=4),
        ]
        self.assertEqual(2, current(records, 0).rowid)

    def test_an_offset_makes_a_time_newer(self):
        records = [record("100.0_1", ROWID=1), record("100.0", ROWID=2)]
        self.assertEqual(1, current(records, 0).rowid)


class ReasonToSkipTest(unittest.TestCase):
    def test_what_swift_writes_is_copied_or_skipped_with_a_reason(self):
        link = f"{EMPTY}; symlink_target=b/o; symlink_target_bytes=1"
        version = f"{EMPTY}; symlink_target=%00versions%00b/%00v%00a"
        for case, columns, expected in (
            ("plain", {}, None),
            ("tombstone", {"deleted": 1, "etag": "noetag"}, None),
            ("empty", {"size": 0, "etag": EMPTY}, None),
            ("type with parameter", {"content_type": "a/b;x=1"}, None),
            ("encrypted", {"etag": f"{ETAG}; swift_meta=%7B%7D"}, None),
            (
                "large object",
                {"content_type": "text/x-mp;swift_bytes=10485764"},
                "static large objects are not supported yet",
            ),
            (
                "multipart upload of s3api",
                {
                    "content_type": "text/x-mp;swift_bytes=10485764",
                    "etag": f"{ETAG}; s3_etag={ETAG}-3; slo_etag={ETAG}",
                },
                "static large objects are not supported yet",
            ),
            ("symlink", {"etag": link}, "symlinks are not supported yet"),
            (
                "symlink to a large object",
                {"etag": link, "content_type": "a/b;swift_bytes=6"},
                "symlinks are not supported yet",
            ),
            (
                "versioned object",
                {"etag": version},
                "versioned containers are not supported yet",
            ),
            (
                "delete marker",
                {
                    "content_type": "application/x-deleted;"
                    "swift_versions_deleted=1"
                },
                "a delete marker of a versioned container",
            ),
            (
                "tombstone of a large object",
                {"deleted": 1, "content_type": "a/b;swift_bytes=6"},
                None,
            ),
            (
                "names that say so do not count",
                {"name": "symlink_target=;swift_bytes="},
                None,
            ),
        ):
            with self.subTest(case):
                self.assertEqual(expected, reason_to_skip(row(**columns)))
