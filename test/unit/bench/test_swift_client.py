# SPDX-License-Identifier: Apache-2.0
"""Has an upload as many bytes as it says?"""

import unittest

from bench.swift_client import chunks


class ChunksTest(unittest.TestCase):
    def test_the_chunks_of_any_size_add_up(self):
        for size in (65536, 65537, 3 * 65536, 1024 * 1024 + 1):
            with self.subTest(size=size):
                self.assertEqual(size, sum(map(len, chunks(size))))

    def test_no_chunk_is_empty(self):
        """An empty one would end a body that is sent in chunks."""
        for size in (65536, 2 * 65536 + 1):
            with self.subTest(size=size):
                self.assertTrue(all(chunks(size)))
