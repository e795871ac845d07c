"""Fixes that no street explains although one is near: offsets that last, and leaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.rivals.misfits import find_leaps
from tests.fixtures.credited import credited
from tests.fixtures.street_map import StreetMap
from tests.fixtures.weighing import steps_of

STREET = StreetMap("a" + "-" * 120 + "b")
BEND = StreetMap(
    "a"
    + "-" * 30
    + "b"
    + "-" * 50
    + "x\n"
    + "\n".join([" " * 31 + "|"] * 25)
    + "\n"
    + " " * 31
    + "c"
)
"""A street of 310 m goes on straight to x, and from b another goes south."""


def along(north_m: float, *, speed_mps: float | None = 3.0):
    x = 30.0 * np.arange(40)
    return credited(STREET, 10 * np.arange(40), x, north_m, speed_mps)


@pytest.mark.parametrize("speed_mps", [None, 3.0])
def test_a_lane_that_nobody_drew_earns_the_street_beside_it_nothing_for_certain(speed_mps):
    found = along(35.0, speed_mps=speed_mps)
    assert found.certain_m("ab") == 0
    assert found.possible_m("ab") > 1000


def test_a_street_as_far_off_as_maps_and_receivers_err_is_certain():
    assert along(6.0).certain_m("ab") > 1100


def bend(flown_m: float):
    """A truck of 7 m/s round the bend, whose receiver goes on straight for some metres."""
    driven_m = 70.0 * np.arange(12)
    flies = (driven_m > 310) & (driven_m < 310 + flown_m)
    x = np.where(flies, driven_m, np.minimum(driven_m, 310))
    y = np.where(flies, 0.0, -np.maximum(driven_m - 310, 0))
    return credited(BEND, 10 * np.arange(12), x, y, 7.0)


def test_what_a_receiver_flew_over_before_it_leapt_back_is_a_gap_and_no_certain_street():
    found = bend(flown_m=230.0)
    assert found.gaps_s() == [(40.0, 80.0)]
    assert found.certain_m("bx") == 0
    assert found.certain["ab"] == set(range(280))


def test_after_the_leap_the_street_that_was_driven_is_certain():
    assert bend(flown_m=230.0).certain["bc"] == set(range(250, 460))


def test_a_receiver_that_was_right_has_no_gap_in_the_bend():
    found = bend(flown_m=0.0)
    assert found.gaps_s() == []
    assert found.certain["bc"] == set(range(460))


def test_a_truck_that_speeds_up_from_a_halt_and_brakes_again_has_not_leapt():
    x = [0, 0, 0, 250, 250, 250, 280, 310]
    times_s = [0, 10, 20, 50, 60, 70, 80, 90]
    found = credited(STREET, times_s, x, speed_mps=[0, 0, 0, 0, 0, 0, 3, 3])
    assert found.gaps_s() == []


def leaps(times_s, x, speed_mps, *, cut=(0,)):
    """(first, last) of each stretch that is belied, and the fixes to which the truck leapt."""
    steps = steps_of(times_s, x, speed_mps=speed_mps)
    count = len(times_s)
    begins, leapt = find_leaps(steps, np.ones(count, dtype=bool), np.isin(np.arange(count), cut))
    ends = np.flatnonzero(begins >= 0)
    return list(zip(begins[ends].tolist(), ends.tolist(), strict=True)), np.flatnonzero(
        leapt
    ).tolist()


def stray(*, begins_s: int, ends_s: int, seconds: int = 400):
    """Fixes of a truck of 3 m/s every 10 s, which are 300 m off for some time."""
    times_s = np.arange(0, seconds, 10)
    off = (times_s >= begins_s) & (times_s < ends_s)
    return times_s, 3.0 * times_s + 300.0 * off


def test_fixes_that_leap_away_and_back_again_are_belied():
    stretches, leapt = leaps(*stray(begins_s=100, ends_s=130), 3.0)
    assert leapt == [10, 13]
    belied = {fix for begin, end in stretches for fix in range(begin + 1, end)}
    assert belied >= {10, 11, 12}


@settings(deadline=None, max_examples=60)
@given(x=st.lists(st.floats(-500, 500), min_size=2, max_size=40), step_s=st.integers(5, 60))
def test_every_leap_lies_in_a_stretch_with_speeds_or_without(x, step_s):
    times_s = step_s * np.arange(len(x))
    for speed_mps in (None, 2.0):
        stretches, leapt = leaps(times_s, x, speed_mps)
        assert all(any(begin < fix <= end for begin, end in stretches) for fix in leapt)


def test_without_speeds_the_steps_before_and_after_tell_a_leap():
    x = [3.0 * second for second in range(0, 200, 10)]
    x[10:] = [place + 300.0 for place in x[10:]]
    assert leaps(10 * np.arange(20), x, None)[1] == [10]


def test_nothing_leaps_across_the_end_of_a_part():
    assert leaps([0, 10, 20, 30], [0, 30, 900, 930], 3.0, cut=(0, 2)) == ([], [])
