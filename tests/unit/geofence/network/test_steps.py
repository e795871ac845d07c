import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.network.steps import LEAST_POSITIONS, find_step


def lines(step_deg=None, *, count=12, seed=1, at=(2.35, 48.85), decimals=7):
    """Sections of two positions each, scattered over a town; snapped to a step if there is one."""
    places = np.array(at) + np.random.default_rng(seed).uniform(0.0, 0.05, (count, 2, 2))
    if step_deg is not None:
        places = np.round(places / step_deg) * step_deg
    return list(np.round(places, decimals))


@pytest.mark.parametrize("step_deg", [0.01, 0.005, 0.0025, 0.001, 0.0005, 0.0001, 1 / 3600])
def test_the_widest_step_of_which_all_coordinates_are_multiples_is_found(step_deg):
    found = find_step(lines(step_deg))
    assert found is not None
    assert found.step_deg == pytest.approx(step_deg)
    assert found.is_whole


def test_how_far_off_a_position_may_be_is_half_the_diagonal_of_a_step():
    found = find_step(lines(0.001, at=(2.35, 0.001)))
    assert found is not None
    assert found.off_m == pytest.approx(111.32 / np.sqrt(2), rel=1e-3)
    assert found.misleads
    fine = find_step(lines(0.0001))
    assert fine is not None
    assert not fine.misleads


@given(st.integers(0, 500), st.sampled_from([5, 6, 7, 12]))
def test_coordinates_with_five_decimals_or_more_lie_on_no_step(seed, decimals):
    assert find_step(lines(seed=seed, decimals=decimals)) is None


def test_the_sections_that_were_saved_coarsely_are_found_among_others():
    found = find_step([*lines(0.001), *lines(seed=2)])
    assert found is not None
    assert not found.is_whole
    assert found.coarse.tolist() == [True] * 12 + [False] * 12


def test_a_few_round_positions_are_no_step():
    few = lines(0.001, count=LEAST_POSITIONS // 2 - 1)
    assert find_step(few) is None
    assert find_step([*few, *lines(seed=2)]) is None
    assert find_step(few * 5) is None, "positions that are shared count once"
