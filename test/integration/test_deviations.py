# SPDX-License-Identifier: Apache-2.0
"""Do the servers still deviate from Amazon S3 as the other tests assume?"""

import base64
import unittest
from itertools import count

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from test.integration.servers import DEVIATIONS, moto, s3api

NUMBERS = count(1)


class Probe:
    """One server with a bucket for each of the deviations."""

    def __init__(self, server):
        self.server = server
        self.client = server.client()
        self.bucket = f"probe-{next(NUMBERS)}"
        self.client.create_bucket(Bucket=self.bucket)

    def refuses(self, **parameters):
        """Tell whether the server refuses an object."""
        try:
            self.client.put_object(
                **{"Bucket": self.bucket, "Key": "k", "Body": b"x"}
                | parameters
            )
        except ClientError:
            return True
        return False

    def newline(self):
        return self.refuses(Key="a\nb")

    def long_value(self):
        return self.refuses(Metadata={"a": "v" * 257})

    def many_items(self):
        return self.refuses(Metadata={f"i{n}": "v" for n in range(92)})

    def much_metadata(self):
        return self.refuses(
            Metadata={f"i{n:02}": "v" * 210 for n in range(20)}
        )

    def lost_names(self):
        self.refuses(Metadata={"a!b~c": "v"})
        head = self.client.head_object(Bucket=self.bucket, Key="k")
        return "a!b~c" not in head["Metadata"]

    def any_secret(self):
        client = boto3.client(
            "s3",
            endpoint_url=self.server.endpoint,
            aws_access_key_id=self.server.identity,
            aws_secret_access_key="wrong",
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            client.list_objects_v2(Bucket=self.bucket)
        except ClientError:
            return False
        return True

    def wrong_md5(self):
        wrong = base64.b64encode(b"0" * 16).decode()
        return not self.refuses(ContentMD5=wrong)

    def copy_condition(self):
        self.refuses()
        try:
            self.client.copy_object(
                Bucket=self.bucket,
                Key="k",
                CopySource={"Bucket": self.bucket, "Key": "k"},
                CopySourceIfMatch="0" * 32,
                MetadataDirective="REPLACE",
            )
        except ClientError:
            return False
        return True


PROBES = {
    "refuses keys with a newline": Probe.newline,
    "refuses metadata values of more than 256 bytes": Probe.long_value,
    "refuses more than 90 metadata items": Probe.many_items,
    "refuses more than 4,096 bytes of metadata": Probe.much_metadata,
    "loses metadata whose name has ! or ~": Probe.lost_names,
    "takes any secret": Probe.any_secret,
    "takes a wrong Content-MD5": Probe.wrong_md5,
    "ignores the condition of a copy": Probe.copy_condition,
}


class DeviationsTest(unittest.TestCase):
    def test_every_server_deviates_as_the_table_says_and_no_more(self):
        self.assertEqual(set(DEVIATIONS), set(PROBES))
        for server in (s3api(), moto()):
            probe = Probe(server)
            self.addCleanup(probe.client.close)
            for deviation, observe in PROBES.items():
                with self.subTest(f"{server.name} {deviation}"):
                    self.assertEqual(server.has(deviation), observe(probe))
