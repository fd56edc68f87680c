# SPDX-License-Identifier: Apache-2.0
"""Can what stands in the environment lead the daemon's requests away?"""

import os
import subprocess
import sys
import unittest

from test.doubles.environments import misleading
from test.integration.scene import Scene
from test.integration.servers import moto
from test.integration.tls import Listener


def _hang_up(connection):
    connection.close()


class EnvironmentTest(unittest.TestCase):
    def setUp(self):
        self.scene = Scene(self, moto())
        self.scene.put("photo", b"body")
        self.evil = Listener(self, _hang_up)

    def run_misled(self, **changes):
        host = f"127.0.0.1:{self.evil.port}"
        environ = os.environ | misleading(self.scene.root, host) | changes
        return self.scene.run(env=environ)

    def test_variables_and_profiles_do_not(self):
        self.run_misled()
        self.scene.assert_equal_sides()
        self.assertEqual(0, self.evil.connections)

    def test_a_profile_that_is_not_there_does_no_harm(self):
        self.run_misled(AWS_PROFILE="missing")
        self.scene.assert_equal_sides()

    def test_nor_where_a_role_is_assumed(self):
        self.scene.rule |= {
            "role_arn": "arn:aws:iam::123456789012:role/replicator",
            "sts_endpoint": moto().endpoint,
        }
        self.scene.configure()
        self.run_misled()
        self.scene.assert_equal_sides()
        self.assertEqual(0, self.evil.connections)

    def test_without_our_care_it_would(self):
        """Prove that the trap works: a client of the SDK walks into it."""
        code = (
            "import boto3, sys;"
            "boto3.client('s3', aws_access_key_id='a',"
            " aws_secret_access_key='b').list_buckets()"
        )
        host = f"127.0.0.1:{self.evil.port}"
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ
            | misleading(self.scene.root, host)
            | {
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_MAX_ATTEMPTS": "1",
                "AWS_USE_FIPS_ENDPOINT": "false",
                "AWS_USE_DUALSTACK_ENDPOINT": "false",
            },
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        self.assertGreater(self.evil.connections, 0)
