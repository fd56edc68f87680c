# SPDX-License-Identifier: Apache-2.0
"""Does the daemon do its work under the policy that it prints?"""

import json
import unittest

from botocore.exceptions import ClientError
from click.testing import CliRunner

from s3_sync.cli.policy import print_policy
from s3_sync.config import load
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from test.integration.iam import Guarded
from test.integration.scene import Scene
from test.store_suite import StoreSuite


def printed(scene):
    """Return the policy that the command prints for a scene's rule."""
    done = CliRunner().invoke(
        print_policy, ["--config", str(scene.config), "--rule", "0"]
    )
    text = done.output
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


def as_moto_reads_it(policy):
    """Return the policy without what moto 5.2 reads otherwise than Amazon.

    A statement with a condition denies there, and a multi-delete is asked
    of the bucket. `test_s3_policy` looks at both.
    """
    statements = []
    for statement in policy["Statement"]:
        known = {k: v for k, v in statement.items() if k != "Condition"}
        if "s3:DeleteObject" in known["Action"]:
            bucket = known["Resource"][0].partition("/")[0]
            known["Resource"] = [*known["Resource"], bucket]
        statements.append(known)
    return policy | {"Statement": statements}


def under_its_policy(case, **rule):
    """Return a scene whose user may do what is printed, and its guard."""
    guard = Guarded(case.addCleanup, "replicator")
    scene = Scene(case, guard.root, **rule)
    scene.rule |= guard.server.keys()
    scene.configure()
    guard.allow(as_moto_reads_it(printed(scene)))
    return scene, guard


class DaemonTest(unittest.TestCase):
    def test_objects_come_change_and_go(self):
        for rule in ({}, {"custom_prefix": "photos"}):
            with self.subTest(rule):
                scene, guard = under_its_policy(self, **rule)
                for number in range(5):
                    scene.put(f"photo {number}", b"x" * number)
                with guard.on():
                    scene.run()
                scene.assert_equal_sides()
                scene.post("photo 1", x_object_meta_colour="red")
                scene.put("photo 2", b"other")
                scene.delete("photo 3")
                scene.delete("photo 4")
                with guard.on():
                    scene.run()
                copies = scene.assert_equal_sides()
                self.assertEqual(3, len(copies))
                self.assertEqual({}, scene.parked())

    def test_without_deletes_they_stay_and_may_not_be_deleted(self):
        scene, guard = under_its_policy(self, propagate_delete=False)
        scene.put("photo", b"x")
        with guard.on():
            scene.run()
            scene.delete("photo")
            scene.run()
            client = guard.server.client()
            with self.assertRaises(ClientError) as refused:
                client.delete_object(
                    Bucket=scene.bucket, Key=scene.prefix + "photo"
                )
        self.assertIn("AccessDenied", str(refused.exception))
        self.assertEqual(["photo"], list(scene.copies()))

    def test_the_user_may_do_nothing_outside_of_the_prefix(self):
        scene, guard = under_its_policy(self)
        scene.s3.put_object(Bucket=scene.bucket, Key="other/x", Body=b"x")
        client = guard.server.client()
        where = {"Bucket": scene.bucket, "Key": "other/x"}
        with guard.on():
            for name, parameters in (
                ("put_object", where),
                ("get_object", where),
                ("delete_object", where),
                ("head_object", where),
                ("list_buckets", {}),
                ("delete_bucket", {"Bucket": scene.bucket}),
                ("get_bucket_policy", {"Bucket": scene.bucket}),
            ):
                with (
                    self.subTest(name),
                    self.assertRaisesRegex(ClientError, "Denied|403"),
                ):
                    getattr(client, name)(**parameters)
        self.assertEqual(["other/x"], scene.keys())

    def test_a_user_who_may_do_nothing_parks_or_pauses_but_loses_nothing(self):
        scene, guard = under_its_policy(self)
        policy = printed(scene)
        guard.allow(policy | {"Statement": policy["Statement"][-1:]})
        scene.put("photo", b"x")
        with guard.on():
            scene.run(expect=1)
        self.assertEqual({}, scene.copies())


class RoleTest(unittest.TestCase):
    def test_a_user_who_may_only_assume_the_role_works_as_the_role(self):
        scene, guard = under_its_policy(self)
        trusted = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = guard.make_role(as_moto_reads_it(printed(scene)), trusted)
        guard.allow(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Resource": "*",
                    }
                ],
            }
        )
        scene.put("photo", b"x")
        with guard.on():
            scene.run(expect=1)
        self.assertEqual({}, scene.copies())

        scene.rule |= {
            "role_arn": role,
            "sts_endpoint": guard.server.endpoint,
            "external_id": "hush-external",
        }
        scene.configure()
        with guard.on():
            once = scene.run()
        scene.assert_equal_sides()
        self.assertNotIn("hush-external", once.log + once.output)


class StoreTest(StoreSuite, unittest.TestCase):
    """The whole suite of a store, by a user with the printed policy."""

    @classmethod
    def setUpClass(cls):
        cls.guard = Guarded(cls.addClassCleanup, "replicator")

    def make_store(self):
        scene = Scene(self, self.guard.root)
        scene.rule |= self.guard.server.keys()
        scene.configure()
        self.guard.allow(as_moto_reads_it(printed(scene)))
        on = self.guard.on()
        on.__enter__()
        self.addCleanup(on.__exit__, None, None, None)
        rule = load(scene.config).rules[0]
        return S3Bucket(rule, S3Clients(4)).container(
            rule.account, rule.container
        )

    def test_other_bytes_than_announced_are_refused(self):
        self.skipTest("moto takes a wrong Content-MD5; see test_stores")
