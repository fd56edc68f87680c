# SPDX-License-Identifier: Apache-2.0
"""Do the stores keep their promises on real servers?"""

import unittest

from s3_sync.config import load
from s3_sync.errors import IntegrityError
from s3_sync.stores.s3 import S3Bucket
from s3_sync.stores.s3_client import S3Clients
from s3_sync.stores.swift import SwiftAccount
from s3_sync.stores.swift_site import SwiftSites
from test.doubles.memory_body import MemoryBody
from test.integration.matrix import on_every_server
from test.integration.scene import Scene
from test.integration.swift_side import SwiftScene, swift_server
from test.integration.test_names import REFUSES_PATHS, TAKES_PATHS
from test.store_suite import NAMES, StoreSuite, describe


class Store(StoreSuite):
    """The suite; a subclass says on which server."""

    def make_store(self):
        """Return the empty store of a bucket of its own."""
        if self.server().has(TAKES_PATHS) or self.server().has(REFUSES_PATHS):
            odd = ("a/b//c/", "./../x")
            self.names = [name for name in NAMES if name not in odd]
        scene = Scene(self, self.server())
        rule = load(scene.config).rules[0]
        bucket = S3Bucket(rule, S3Clients(4))
        return bucket.container(rule.account, rule.container)

    def test_other_bytes_than_announced_are_refused(self):
        info = describe(b"announced!")
        with self.assertRaises(IntegrityError):
            self.store.put("x", MemoryBody(b"delivered!"), info)

        # The ETag of the answer tells where Content-MD5 is not looked at.
        if not self.server().has("takes a wrong Content-MD5"):
            self.assertIsNone(self.store.head("x"))


class StoreOnSwiftTest(StoreSuite, unittest.TestCase):
    def make_store(self):
        """Return the empty store of a container in another Swift."""
        scene = SwiftScene(self, swift_server())
        rule = load(scene.config).rules[0]
        return SwiftAccount(rule, SwiftSites(4)).container(rule.container)


globals().update(on_every_server(Store))
