# SPDX-License-Identifier: Apache-2.0
"""Does a replay cost a version, and does a look guard what is written?"""

import shutil
import unittest

from s3_sync.config import load
from s3_sync.errors import Conflict
from s3_sync.model.decide import Seen
from s3_sync.replication.journal_file import FILE_NAME
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from test.doubles.memory_body import MemoryBody
from test.integration.scene import Scene
from test.integration.servers import moto, s3api
from test.store_suite import describe


class Versions:
    """The scenarios; a subclass says on which server."""

    def versioned_scene(self):
        scene = Scene(self, self.server(), **self.rule())
        scene.s3.put_bucket_versioning(
            Bucket=scene.bucket,
            VersioningConfiguration={"Status": "Enabled"},
        )
        return scene

    def versions(self, scene):
        """Return how many versions and markers there are of each name."""
        page = scene.s3.list_object_versions(Bucket=scene.bucket)
        found = {}
        for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
            name = entry["Key"].removeprefix(scene.prefix)
            found[name] = found.get(name, 0) + 1
        return found

    def lose_power(self, scene):
        """Bring back the journal of the last `keep_journal`."""
        for path in scene.status_dir.glob(f"{FILE_NAME}*"):
            path.unlink()
        shutil.copy(scene.root / "kept", scene.status_dir / FILE_NAME)

    def keep_journal(self, scene):
        shutil.copy(scene.status_dir / FILE_NAME, scene.root / "kept")

    def test_rows_read_again_after_a_power_cut_leave_no_version(self):
        scene = self.versioned_scene()
        scene.put("first", b"x")
        scene.put("deleted", b"x")
        scene.run()
        self.keep_journal(scene)
        scene.put("new", b"bytes")
        scene.put("changed", b"bytes")
        scene.run()
        scene.post("changed", x_object_meta_a="b")
        scene.delete("deleted")
        scene.run()
        before = self.versions(scene)
        self.lose_power(scene)
        once = scene.run()
        self.assertEqual(before, self.versions(scene), once.log)
        scene.assert_equal_sides()

    def test_what_the_power_cut_lost_is_sent(self):
        scene = self.versioned_scene()
        scene.put("first", b"x")
        scene.run()
        self.keep_journal(scene)
        scene.put("new", b"bytes")
        self.lose_power(scene)
        scene.run()
        self.assertEqual({"first": 1, "new": 1}, self.versions(scene))
        scene.assert_equal_sides()


class Conditions:
    """The scenarios; a subclass says on which server."""

    def setUp(self):
        self.scene = Scene(self, self.server(), **self.rule())
        rule = load(self.scene.config).rules[0]
        bucket = S3Bucket(rule, S3Clients(4))
        self.store = bucket.container(rule.account, rule.container)

    def look(self, name="x"):
        return Seen(self.store.head(name))

    def put(self, content, seen, name="x"):
        info = describe(content)
        self.store.put(name, MemoryBody(content), info, seen=seen)

    def test_what_was_absent_is_written_once(self):
        seen = self.look()
        self.put(b"first", seen)
        with self.assertRaises(Conflict):
            self.put(b"second", seen)
        self.assertEqual(b"first", self.scene.copy("x").body)

    def test_what_was_seen_is_replaced(self):
        self.scene.put_by_hand("x", b"old")
        self.put(b"new", self.look())
        self.assertEqual(b"new", self.scene.copy("x").body)

    def test_metadata_of_what_was_seen_is_replaced(self):
        self.put(b"bytes", None)
        info = describe(b"bytes", metadata={"a": "b"})
        self.store.post("x", info, seen=self.look())
        self.assertEqual({"a": "b"}, self.scene.copy("x").metadata)

    def test_metadata_for_other_bytes_is_a_conflict(self):
        self.scene.put_by_hand("x", b"other", ContentType="a/b")
        with self.assertRaises(Conflict):
            self.store.post("x", describe(b"bytes"))
        copy = self.scene.copy("x")
        self.assertEqual(b"other", copy.body)
        if not self.server().has("ignores the condition of a copy"):
            self.assertEqual("a/b", copy.content_type)


class SwiftApi:
    """Swift's S3 API, which knows one of the two conditions."""

    def rule(self):
        return {"provider": "swift"}

    def server(self):
        return s3api()


class Moto:
    """A server of which nothing is known but what the rule says."""

    def rule(self):
        honoured = {"put_if_match": True, "put_if_none_match": True}
        return {"capabilities": honoured}

    def server(self):
        return moto()


class VersionsOnS3apiTest(SwiftApi, Versions, unittest.TestCase):
    pass


class VersionsOnMotoTest(Moto, Versions, unittest.TestCase):
    pass


class ConditionsOnS3apiTest(SwiftApi, Conditions, unittest.TestCase):
    pass


class ConditionsOnMotoTest(Moto, Conditions, unittest.TestCase):
    def test_what_has_changed_since_is_left_alone(self):
        self.scene.put_by_hand("x", b"old")
        seen = self.look()
        self.scene.put_by_hand("x", b"other")
        with self.assertRaises(Conflict):
            self.put(b"new", seen)
        self.assertEqual(b"other", self.scene.copy("x").body)

    def test_what_is_gone_since_stays_away(self):
        self.scene.put_by_hand("x", b"old")
        seen = self.look()
        self.store.delete(["x"])
        with self.assertRaises(Conflict):
            self.put(b"new", seen)
        self.assertEqual([], self.scene.keys())
