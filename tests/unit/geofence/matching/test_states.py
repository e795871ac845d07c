import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.states import build_states

LENGTHS_M = np.array([200.0, 80.0])
PRUNE = 8.0
WRONG_WAY = 10.0
KAPPA = 3.0


def built(*fixes, oneway=(), heading_deg=np.nan, sigma_m=1.0):
    """States of fixes north or south of streets that run east.

    A fix is a list of candidates (edge, offset, metres north of it); it lies where the first says.
    """
    rows = [row for candidates in fixes for row in candidates]
    edge, offset_m, north_m = (np.array([row[k] for row in rows], dtype=float) for k in range(3))
    first = np.cumsum([0, *map(len, fixes)])
    own = np.repeat(np.arange(len(fixes)), np.diff(first))
    fix_x = np.array([candidates[0][1] if candidates else 0.0 for candidates in fixes])
    count = len(fixes)
    is_open = np.ones(2 * len(LENGTHS_M), dtype=bool)
    is_open[[2 * edge + 1 for edge in oneway]] = False
    return build_states(
        first, edge.astype(np.int32), offset_m, np.abs(north_m), fix_x[own], -north_m,
        np.zeros(len(rows)), fix_x, np.zeros(count), LENGTHS_M, is_open,
        np.full(count, sigma_m), np.full(count, heading_deg),
        np.full(count, np.isfinite(heading_deg)), KAPPA, WRONG_WAY, PRUNE,
    )  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    fixes=st.lists(
        st.lists(
            st.tuples(st.integers(0, 1), st.floats(0, 80), st.floats(-2, 2)),
            max_size=2,
            unique_by=lambda candidate: candidate[0],
        ),
        max_size=6,
    )
)
def test_every_candidate_has_two_directions_whose_measures_make_up_its_edge(fixes):
    states = built(*fixes)
    edges = [edge for candidates in fixes for edge, *_ in candidates]
    assert np.diff(states.first).tolist() == [2 * len(candidates) for candidates in fixes]
    assert states.arc.tolist() == [2 * edge + side for edge in edges for side in (0, 1)]
    both = states.offset_m.reshape(-1, 2).sum(axis=1)
    assert both == pytest.approx(LENGTHS_M[edges])


def test_distance_alone_costs_a_state_nothing_for_the_error_pays_it():
    assert built([(0, 50.0, 3.0)]).cost.tolist() == [0.0, 0.0]


def test_a_heading_makes_the_way_against_it_dear():
    assert built([(0, 50.0, 3.0)], heading_deg=90.0).cost == pytest.approx([0, 2 * KAPPA])
    assert built([(0, 50.0, 3.0)], heading_deg=270.0).cost == pytest.approx([2 * KAPPA, 0])


def test_a_one_way_street_may_be_driven_against_its_direction_at_a_price():
    alone = built([(0, 50.0, 0.0)], oneway=[0], heading_deg=270.0)
    assert alone.cost == pytest.approx([2 * KAPPA, WRONG_WAY])


def test_nobody_drives_against_a_one_way_street_beside_one_that_explains_the_fix():
    assert built([(0, 50.0, 0.0), (1, 50.0, 3.9)], oneway=[0]).arc.tolist() == [0, 2, 3]


@pytest.mark.parametrize(("north_m", "kept"), [(4.0, 4), (4.01, 2), (-4.0, 4), (-4.01, 2)])
def test_a_street_so_far_off_that_it_costs_more_than_the_limit_is_dropped(north_m, kept):
    # half the square of 4 deviations is the limit, 8
    assert len(built([(0, 50.0, 0.0), (1, 50.0, north_m)]).arc) == kept


def test_what_is_dropped_of_one_fix_leaves_the_others_alone():
    far, near = (1, 50.0, 30.0), (0, 50.0, 2.0)
    states = built([near, far], [], [far], [near])
    assert states.first.tolist() == [0, 2, 2, 4, 6]
    assert states.arc.tolist() == [0, 1, 2, 3, 0, 1]
    assert states.across_m == pytest.approx([2, 2, 30, 30, 2, 2])


def test_a_street_that_is_kept_keeps_what_is_told_of_it_when_one_before_it_is_dropped():
    states = built([(0, 50.0, 30.0), (1, 20.0, -2.0)], heading_deg=90.0)
    assert states.arc.tolist() == [2, 3]
    assert states.offset_m.tolist() == [20.0, 60.0]
    assert states.cost == pytest.approx([0.0, 2 * KAPPA])
    assert states.across_m.tolist() == [2.0, 2.0]
    assert states.normal_y.tolist() == [-1.0, -1.0]


@pytest.mark.parametrize("north_m", [12.0, -12.0, 0.51])
def test_a_fix_off_the_street_is_off_in_its_own_direction(north_m):
    states = built([(0, 50.0, north_m)])
    assert states.across_m == pytest.approx([abs(north_m)] * 2)
    assert states.normal_x == pytest.approx([0.0, 0.0])
    assert states.normal_y == pytest.approx([np.sign(north_m)] * 2)


@pytest.mark.parametrize("north_m", [0.5, -0.5, 0.0])
def test_of_a_fix_on_the_street_the_line_tells_which_way_is_across(north_m):
    states = built([(0, 50.0, north_m)])
    assert states.normal_y == pytest.approx([1.0, 1.0])
    assert states.across_m == pytest.approx([north_m] * 2)


def test_across_a_street_means_to_its_left():
    # a fix 0.3 m west of a street that runs north
    one = np.ones(1)
    states = build_states(
        np.array([0, 1]), np.zeros(1, np.int32), 50 * one, 0.3 * one, 0.3 * one, 0 * one,
        np.pi / 2 * one, 0 * one, 0 * one, LENGTHS_M, np.ones(4, bool),
        one, np.nan * one, np.zeros(1, bool), KAPPA, WRONG_WAY, PRUNE,
    )  # fmt: skip
    assert states.normal_x == pytest.approx([-1.0, -1.0])
    assert states.normal_y == pytest.approx([0.0, 0.0], abs=1e-9)
    assert states.across_m == pytest.approx([0.3, 0.3])
