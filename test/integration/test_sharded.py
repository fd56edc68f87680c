# SPDX-License-Identifier: Apache-2.0
"""Is a sharded container reported, not passed over in silence?"""

import unittest

from s3_sync.saio.layout import ADMIN
from test.integration import servers
from test.integration.scene import Scene
from test.integration.swift_client import Swift


class ShardedTest(unittest.TestCase):
    def test_a_sharded_container_is_an_error_that_names_it(self):
        scene = Scene(self, servers.moto())
        for number in range(120):
            scene.put(f"object {number}")
        running = servers.source()
        admin = Swift(
            running.cluster.auth_url,
            ADMIN.login,
            ADMIN.key,
            scene.swift.account,
        )
        self.addCleanup(admin.close)
        admin.do(
            "POST", scene.container, headers={"X-Container-Sharding": "on"}
        )
        running.run_daemon("container-sharder")

        once = scene.run(expect=1)

        told = once.lines("sharded containers are not supported yet")
        self.assertEqual(1, len(told))
        self.assertIn(scene.container, told[0])
        self.assertEqual([], scene.keys())
