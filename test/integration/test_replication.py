# SPDX-License-Identifier: Apache-2.0
"""Does what happens to objects in Swift happen to their copies?"""

import unittest

from test.integration.scene import Scene
from test.integration.servers import moto, s3api


class Replication:
    """The scenarios; a subclass says on which server."""

    def test_a_written_object_arrives_as_it_is(self):
        scene = Scene(self, self.server())
        scene.put(
            "photo",
            b"bytes",
            content_type="image/jpeg",
            x_object_meta_colour="blue",
        )
        scene.run()
        copy = scene.assert_equal_sides()["photo"]
        self.assertEqual(
            (b"bytes", "image/jpeg", {"colour": "blue"}),
            (copy.body, copy.content_type, copy.metadata),
        )


class ReplicationToS3api(Replication, unittest.TestCase):
    server = staticmethod(s3api)


class ReplicationToMoto(Replication, unittest.TestCase):
    server = staticmethod(moto)
