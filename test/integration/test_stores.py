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
from test.integration.scene import Scene
from test.integration.servers import moto, s3api
from test.integration.swift_side import SwiftScene, swift_server
from test.store_suite import StoreSuite, describe


def open_store(case, server):
    """Return the empty store of a bucket of its own."""
    scene = Scene(case, server)
    rule = load(scene.config).rules[0]
    return S3Bucket(rule, S3Clients(4)).container(rule.account, rule.container)


def open_swift(case):
    """Return the empty store of a container of its own in another Swift."""
    scene = SwiftScene(case, swift_server())
    rule = load(scene.config).rules[0]
    return SwiftAccount(rule, SwiftSites(4)).container(rule.container)


class StoreOnS3apiTest(StoreSuite, unittest.TestCase):
    def make_store(self):
        return open_store(self, s3api())


class StoreOnMotoTest(StoreSuite, unittest.TestCase):
    def make_store(self):
        return open_store(self, moto())

    def test_other_bytes_than_announced_are_refused(self):
        # moto "takes a wrong Content-MD5": the answer's ETag tells.
        info = describe(b"announced!")
        with self.assertRaises(IntegrityError):
            self.store.put("x", MemoryBody(b"delivered!"), info)


class StoreOnSwiftTest(StoreSuite, unittest.TestCase):
    def make_store(self):
        return open_swift(self)
