"""Runs of a flat array, laid out as slices would be."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geofence.streetmap.runs import laid_out

PARTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)))


@given(parts=PARTS)
def test_runs_take_what_slices_take_in_their_order(parts):
    flat = np.arange(50) * 7
    begins, counts = np.array(parts, dtype=np.int64).reshape(-1, 2).T
    first, at = laid_out(begins, counts)
    taken = [flat[at][low:high].tolist() for low, high in pairwise(first)]
    assert taken == [flat[begin : begin + count].tolist() for begin, count in parts]
    assert len(at) == first[-1]
