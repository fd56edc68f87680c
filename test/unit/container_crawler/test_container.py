# SPDX-License-Identifier: Apache-2.0
"""Is a container named by its account and its own name?"""

import unittest

from container_crawler.container import Container


class ContainerTest(unittest.TestCase):
    def test_it_is_written_as_a_path(self):
        self.assertEqual("AUTH_a/c ï", str(Container("AUTH_a", "c ï")))

    def test_accounts_keep_containers_apart(self):
        self.assertNotEqual(Container("a", "c"), Container("b", "c"))
        self.assertEqual(1, len({Container("a", "c"), Container("a", "c")}))
