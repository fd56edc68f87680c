# SPDX-License-Identifier: Apache-2.0
"""Is what cannot be copied yet left out whole, and is the reason told?"""

import json
import unittest

import boto3
from botocore.config import Config

from test.integration import servers
from test.integration.scene import Scene
from test.integration.servers import radosgw, s3api

SEGMENT = b"s" * 1000


class Skipped:
    """The scenarios; a subclass says on which server."""

    def setUp(self):
        self.scene = Scene(self, self.server())
        self.swift = self.scene.swift
        self.segments = f"{self.scene.container}-segments"
        self.swift.do("PUT", self.segments)

    def write_slo(self, name):
        self.swift.do("PUT", self.segments, "1", SEGMENT)
        manifest = [{"path": f"/{self.segments}/1"}]
        self.swift.do(
            "PUT",
            self.scene.container,
            name,
            json.dumps(manifest).encode(),
            query="multipart-manifest=put",
        )

    def write_multipart(self, name):
        cluster = servers.source().cluster
        client = boto3.client(
            "s3",
            endpoint_url=cluster.s3_url,
            aws_access_key_id=cluster.user,
            aws_secret_access_key=cluster.key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )
        self.addCleanup(client.close)
        where = {"Bucket": self.scene.container, "Key": name}
        upload = client.create_multipart_upload(**where)["UploadId"]
        part = client.upload_part(
            **where, UploadId=upload, PartNumber=1, Body=SEGMENT
        )
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        client.complete_multipart_upload(
            **where, UploadId=upload, MultipartUpload={"Parts": parts}
        )

    def write_dlo(self, name):
        self.swift.do("PUT", self.segments, "d/1", SEGMENT)
        self.scene.put(name, x_object_manifest=f"{self.segments}/d/")

    def write_symlink(self, name):
        target = f"{self.scene.container}/plain"
        self.scene.put(name, x_symlink_target=target)

    def test_large_objects_and_symlinks_are_skipped_with_the_reason(self):
        self.scene.put("plain", b"bytes")
        reasons = {
            "slo": (self.write_slo, "static large objects"),
            "multipart": (self.write_multipart, "static large objects"),
            "dlo": (self.write_dlo, "dynamic large objects"),
            "symlink": (self.write_symlink, "symlinks"),
        }
        for name, (write, _) in reasons.items():
            write(name)
        once = self.scene.run()
        self.assertEqual([self.scene.prefix + "plain"], self.scene.keys())
        self.assertEqual({}, self.scene.parked())
        for name, (_, reason) in reasons.items():
            with self.subTest(name):
                lines = once.lines("SKIP", f"object={name}", reason)
                self.assertEqual(1, len(lines), once.log)

    def test_new_metadata_of_what_was_skipped_are_skipped_too(self):
        self.write_slo("slo")
        self.write_dlo("dlo")
        self.scene.run()
        for name in ("slo", "dlo"):
            self.scene.post(
                name,
                x_object_meta_a="1",
                **(
                    {"x_object_manifest": f"{self.segments}/d/"}
                    if name == "dlo"
                    else {}
                ),
            )
        once = self.scene.run()
        self.assertEqual([], self.scene.keys())
        self.assertEqual(2, len(once.lines("SKIP")), once.log)

    def test_a_plain_object_in_the_place_of_a_large_one_arrives(self):
        self.write_slo("o")
        self.scene.run()
        self.scene.put("o", b"plain")
        self.scene.run()
        self.assertEqual(b"plain", self.scene.assert_equal_sides()["o"].body)

    def test_what_was_skipped_can_be_deleted(self):
        self.write_slo("o")
        self.write_dlo("d")
        self.scene.run()
        self.scene.delete("o")
        self.scene.delete("d")
        self.scene.run()
        self.assertEqual(([], {}), (self.scene.keys(), self.scene.parked()))

    def test_versioned_containers_are_skipped_with_the_reason(self):
        self.scene.put("before", b"plain")
        self.swift.do(
            "POST",
            self.scene.container,
            headers={"X-Versions-Enabled": "true"},
        )
        self.scene.put("o", b"first")
        self.scene.put("o", b"second")
        self.scene.put("gone", b"x")
        self.scene.delete("gone")
        once = self.scene.run()
        self.assertEqual([self.scene.prefix + "before"], self.scene.keys())
        self.assertTrue(
            once.lines("SKIP", "object=o", "versioned containers"), once.log
        )


class SkippedOnS3apiTest(Skipped, unittest.TestCase):
    server = staticmethod(s3api)


class SkippedOnRadosgwTest(Skipped, unittest.TestCase):
    server = staticmethod(radosgw)
