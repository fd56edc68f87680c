# SPDX-License-Identifier: Apache-2.0
"""Does the daemon log in to another Swift, and say so when it cannot?"""

import unittest
from dataclasses import replace

from test.doubles.certificates import Authority
from test.integration import servers
from test.integration.keystone import PASSWORD, FakeKeystone, v2, v3
from test.integration.swift_side import SwiftScene, swift_server
from test.integration.tls import TlsFront


class KeystoneTest(unittest.TestCase):
    def setUp(self):
        self.keystone = FakeKeystone(self, swift_server())

    def scene(self, keys, **rule):
        scene = SwiftScene(self, swift_server(), **keys, **rule)
        scene.put("o", b"bytes")
        return scene

    def assert_pauses(self, scene, *told):
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", *told), once.log)
        self.assertNotIn(PASSWORD, once.log + once.output)
        self.assertEqual({}, scene.parked())
        self.assertEqual({}, scene.copies())

    def test_both_versions_lead_to_the_object_store(self):
        self.keystone.regions = ["north", "south"]
        for keys in (v2(self.keystone), v3(self.keystone)):
            with self.subTest(keys["auth_type"]):
                self.keystone.logins = 0
                scene = self.scene(keys, region="north")
                scene.run()
                scene.assert_equal_sides()
                self.assertEqual(1, self.keystone.logins)

    def test_a_token_that_expired_is_renewed(self):
        self.keystone.tokens = ["expired"]
        scene = self.scene(v3(self.keystone))
        for number in range(20):
            scene.put(f"o{number}", b"bytes")
        scene.run()
        scene.assert_equal_sides()
        self.assertEqual(2, self.keystone.logins)

    def test_a_wrong_password_pauses_with_one_clear_message(self):
        keys = v3(self.keystone) | {"secret": "wrong"}
        self.assert_pauses(self.scene(keys), "correct `identity`")

    def test_several_regions_have_to_be_chosen_from(self):
        self.keystone.regions = ["north", "south"]
        self.assert_pauses(
            self.scene(v2(self.keystone)), "several regions", "north, south"
        )

    def test_a_region_that_is_not_there_is_told(self):
        scene = self.scene(v3(self.keystone), region="west")
        self.assert_pauses(scene, "region west", "regions: north")

    def test_an_object_store_that_is_down_is_a_pause(self):
        self.keystone.regions = ["south"]
        self.assert_pauses(self.scene(v3(self.keystone)), "ConnectionRefused")


class TlsTest(unittest.TestCase):
    def test_only_an_authority_that_the_operator_trusts_is_trusted(self):
        authority = Authority(servers.folder(), "swift-ca")
        client = authority.sign("client")
        front = TlsFront(
            self, bare(), authority.sign("server"), authority.cert
        )
        keystone = FakeKeystone(self, swift_server(), front.endpoint)
        scene = SwiftScene(self, swift_server(), **v3(keystone))
        scene.put("small", b"bytes")
        scene.put("large", b"0123456789" * 100_000)
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", "`ca_file`"), once.log)

        scene.rule |= {
            "ca_file": str(authority.cert),
            "client_cert": str(client.cert),
            "client_key": str(client.key),
        }
        scene.configure()
        scene.run()
        scene.assert_equal_sides()


def bare():
    """Return the Swift server by its host alone."""
    server = swift_server()
    return replace(server, endpoint=server.endpoint.removesuffix("/auth/v1.0"))


class VersionOneTest(unittest.TestCase):
    def test_a_wrong_password_pauses(self):
        scene = SwiftScene(self, swift_server(), secret="wrong")
        scene.put("o", b"bytes")
        once = scene.run(expect=1)
        self.assertTrue(once.lines("correct `identity`"), once.log)

    def test_an_account_that_is_not_ours_pauses(self):
        scene = SwiftScene(self, swift_server(), remote_account="AUTH_other")
        scene.put("o", b"bytes")
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", "403"), once.log)

    def test_a_container_is_created_in_its_policy(self):
        scene = SwiftScene(self, swift_server(), storage_policy="policy-1")
        scene.remote.do("DELETE", scene.bucket)
        scene.put("o", b"bytes")
        scene.run()
        scene.assert_equal_sides()
        found = scene.remote.do("HEAD", scene.bucket).headers
        self.assertEqual("policy-1", found["x-storage-policy"])

    def test_a_policy_that_is_not_there_pauses(self):
        scene = SwiftScene(self, swift_server(), storage_policy="nowhere")
        scene.remote.do("DELETE", scene.bucket)
        scene.put("o", b"bytes")
        once = scene.run(expect=1)
        self.assertTrue(once.lines("it cannot be created", "400"), once.log)


class QuotaTest(unittest.TestCase):
    def test_a_full_container_pauses_the_rule(self):
        scene = SwiftScene(self, swift_server())
        quota = {"X-Container-Meta-Quota-Bytes": "3"}
        scene.remote.do("POST", scene.bucket, headers=quota)
        scene.put("o", b"bytes")
        once = scene.run(expect=1)
        self.assertTrue(once.lines("rule paused", "quota"), once.log)
