from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.survey.lines import measures_m, near_any, part_of
from tests.fixtures.small_map import at

BENT = np.array([at(0, 0), at(100, 0), at(100, 300)])
SHARES = st.floats(0, 1, allow_subnormal=False)


def test_a_line_is_measured_in_metres():
    assert measures_m(BENT) == pytest.approx([0, 100, 400], rel=1e-3)


def test_a_whole_line_is_left_as_it_is():
    assert part_of(BENT, 0.0, 1.0) is BENT


def test_a_part_keeps_the_vertices_inside_and_ends_at_its_shares():
    half = part_of(BENT, 0.125, 0.625)
    assert half == pytest.approx(np.array([at(50, 0), at(100, 0), at(100, 150)]), abs=1e-7)


@given(st.lists(SHARES, min_size=1, max_size=4))
def test_the_parts_of_a_line_are_as_long_as_it_and_meet(shares):
    cuts = sorted({0.0, 1.0, *shares})
    parts = [part_of(BENT, start, stop) for start, stop in pairwise(cuts)]
    assert sum(measures_m(part)[-1] for part in parts) == pytest.approx(measures_m(BENT)[-1])
    for before, after in pairwise(parts):
        assert before[-1] == pytest.approx(after[0], abs=1e-9)


def test_a_line_across_180_degrees_is_cut_on_the_short_way():
    across = np.array([[179.999, 0.0], [-179.997, 0.0]])
    start, stop = part_of(across, 0.5, 1.0)
    assert start == pytest.approx([-179.999, 0.0])
    assert stop.tolist() == [-179.997, 0.0]


def test_what_is_near_a_line_is_near_all_along_it_not_only_at_its_ends():
    vertices = np.array([at(1000, 90), at(1000, 130), at(-90, 0), at(2200, 0)])
    road = np.array([at(0, 0), at(2000, 0)])
    assert near_any([road], vertices, 100.0).tolist() == [True, False, True, False]


def test_nothing_is_near_no_line():
    assert near_any([], np.array([at(0, 0)]), 100.0).tolist() == [False]
