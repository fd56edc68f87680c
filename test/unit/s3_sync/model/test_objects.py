# SPDX-License-Identifier: Apache-2.0
"""Is a difference in form alone no difference?"""

import unittest

from s3_sync.model.objects import same_metadata
from test.unit.s3_sync.model.events import info


class SameMetadataTest(unittest.TestCase):
    def test_what_stores_change_on_the_way_is_no_difference(self):
        for case, one, other in (
            ("case", {"Colour": "b"}, {"colour": "b"}),
            ("underscore", {"my_key": "b"}, {"my-key": "b"}),
            ("outer space", {"colour": " b c\t"}, {"colour": "b c"}),
        ):
            with self.subTest(case):
                self.assertTrue(
                    same_metadata(info(metadata=one), info(metadata=other))
                )
                self.assertTrue(
                    same_metadata(info(headers=one), info(headers=other))
                )

    def test_everything_that_a_post_would_send_is_compared(self):
        plain = info(headers={"expires": "never"}, metadata={"colour": "blue"})
        for case, fields in (
            ("type", {"content_type": "a/b"}),
            ("value", {"metadata": {"colour": "Blue"}}),
            ("inner space", {"metadata": {"colour": "bl ue"}}),
            ("name", {"metadata": {"color": "blue"}}),
            ("one more", {"metadata": {"colour": "blue", "a": "b"}}),
            ("none", {"metadata": {}}),
            ("header", {"headers": {"expires": "now"}}),
            ("no header", {"headers": {}}),
            (
                "a header is no metadata",
                {
                    "headers": {"colour": "blue"},
                    "metadata": {"expires": "never"},
                },
            ),
        ):
            with self.subTest(case):
                values = {
                    "headers": {"expires": "never"},
                    "metadata": {"colour": "blue"},
                } | fields
                self.assertFalse(same_metadata(plain, info(**values)))

    def test_times_size_and_bytes_are_not_metadata(self):
        self.assertTrue(
            same_metadata(info("1.0"), info(None, size=9, etag="other"))
        )
