# SPDX-License-Identifier: Apache-2.0
"""Does the sync point never pass a row that is open?"""

import unittest

from hypothesis import given
from hypothesis import strategies as st

from container_crawler.window import Window


@st.composite
def walks(draw):
    """Draw ROWIDs, which are ours, and in what order ours end."""
    rowids = sorted(draw(st.sets(st.integers(6, 60), max_size=20)))
    ours = [rowid for rowid in rowids if draw(st.booleans())]
    return rowids, ours, draw(st.permutations(ours))


class WindowTest(unittest.TestCase):
    @given(walks())
    def test_the_sync_point_is_before_the_lowest_open_row(self, walk):
        rowids, ours, ending = walk
        window = Window(5)
        for rowid in rowids:
            (window.open if rowid in ours else window.pass_over)(rowid)
        still_open = set(ours)
        for rowid in ending:
            self.assertEqual(min(still_open) - 1, window.sync_point)
            self.assertEqual(len(still_open), window.open_rows)
            window.close(rowid)
            still_open.remove(rowid)
        self.assertEqual(max(rowids, default=5), window.sync_point)
        self.assertEqual(0, window.open_rows)

    @given(walks())
    def test_it_never_moves_back(self, walk):
        rowids, ours, ending = walk
        window = Window(5)
        points = [window.sync_point]
        for rowid in rowids:
            (window.open if rowid in ours else window.pass_over)(rowid)
            points.append(window.sync_point)
        for rowid in ending:
            window.close(rowid)
            points.append(window.sync_point)
        self.assertEqual(sorted(points), points)

    def test_others_rows_move_it_while_nothing_is_open(self):
        window = Window(0)
        window.pass_over(7)
        self.assertEqual((7, 7), (window.sync_point, window.last_read))

    def test_an_open_row_holds_it_while_reading_goes_on(self):
        window = Window(0)
        window.open(3)
        window.pass_over(9)
        self.assertEqual((2, 9), (window.sync_point, window.last_read))

    def test_a_row_that_is_not_open_cannot_end(self):
        window = Window(0)
        window.open(3)
        window.close(3)
        with self.assertRaises(KeyError):
            window.close(3)
