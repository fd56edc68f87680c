# SPDX-License-Identifier: Apache-2.0
"""Has every name one owner, whatever the number of daemons?"""

import hashlib
import unittest
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from container_crawler.slices import Slice

names = st.text(st.characters(blacklist_categories=("Cs",)))
counts = st.integers(1, 6)


def slices(nodes, processes):
    return [
        Slice(ordinal, nodes, process, processes)
        for ordinal, process in product(range(nodes), range(processes))
    ]


class SliceTest(unittest.TestCase):
    @given(names, counts, counts)
    def test_every_name_has_one_owner(self, name, nodes, processes):
        owners = [s for s in slices(nodes, processes) if s.owns(name)]
        self.assertEqual(1, len(owners))

    @given(names, counts, counts)
    def test_the_same_process_of_all_other_nodes_verifies(
        self, name, nodes, processes
    ):
        every = slices(nodes, processes)
        (owner,) = (s for s in every if s.owns(name))
        self.assertEqual(
            {s for s in every if s.process == owner.process} - {owner},
            {s for s in every if s.verifies(name)},
        )

    @given(names, st.lists(counts, min_size=1, max_size=5))
    def test_nodes_may_run_different_numbers_of_processes(self, name, each):
        nodes = len(each)
        every = [
            Slice(ordinal, nodes, process, processes)
            for ordinal, processes in enumerate(each)
            for process in range(processes)
        ]
        self.assertEqual(1, sum(s.owns(name) for s in every))
        self.assertEqual(nodes - 1, sum(s.verifies(name) for s in every))

    @given(names, counts, counts)
    def test_one_process_of_a_node_acts_on_a_name(self, name, nodes, count):
        every = [s for s in slices(nodes, count) if s.ordinal == 0]
        acting = [s for s in every if s.acts_on(name)]
        self.assertEqual(
            [s for s in every if s.owns(name) or s.verifies(name)], acting
        )
        self.assertEqual(1, len(acting))

    @given(names, counts, counts)
    def test_the_name_s_hash_decides(self, name, nodes, processes):
        digest = hashlib.sha1(name.encode()).hexdigest()
        number = int(digest[-6:], 16)
        owner = Slice(
            number % nodes, nodes, number // nodes % processes, processes
        )
        self.assertTrue(owner.owns(name))

    def test_names_are_spread_evenly(self):
        for nodes, processes in ((3, 1), (1, 4), (3, 4), (2, 2)):
            with self.subTest(nodes=nodes, processes=processes):
                every = slices(nodes, processes)
                owned = [
                    sum(s.owns(f"object-{number}") for number in range(3000))
                    for s in every
                ]
                fair = 3000 / len(every)
                self.assertLess(max(owned), 1.25 * fair)
                self.assertGreater(min(owned), 0.75 * fair)

    def test_alone_all_is_ours_and_nothing_is_left_to_verify(self):
        self.assertTrue(Slice().owns("a"))
        self.assertFalse(Slice().verifies("a"))
