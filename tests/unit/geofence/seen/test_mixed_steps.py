"""Long steps with a fast end: how much of them was collected follows from the pace beside them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.seen.mixed_steps import find_mixed
from tests.fixtures.matched import chain, matched, tracked

RULES = ServiceRules(service_speed_kmh=36.0, prism_travel_mps=14.0)
PACE, TOP = 2.0, 12.0
COLLECTS = 60.0 * PACE
"""Metres in a minute."""


def mixed(steps_m, speeds, *, seconds=60.0, slow=None):
    """Metres sure at the beginning and the end of each step that is mixed, else None."""
    way_m = np.concatenate([[0.0], steps_m])
    track = tracked(seconds * np.arange(len(way_m)), np.cumsum(way_m), speed_mps=speeds)
    is_slow = [True] * len(steps_m) if slow is None else slow
    match = matched(chain(len(way_m)), way_m, speed_mps=speeds)
    found = find_mixed(track.fixes, match, np.array([False, *is_slow]), RULES)
    columns = zip(*(column.tolist() for column in found), strict=True)
    return [
        (pytest.approx(head), pytest.approx(tail)) if is_mixed else None
        for is_mixed, head, tail in columns
    ][1:]


@pytest.mark.parametrize("collected_s", [5.0, 30.0, 50.0])
def test_what_was_collected_before_a_truck_raced_on_follows_from_its_pace(collected_s):
    way_m = collected_s * PACE + (60.0 - collected_s) * TOP
    found = mixed([COLLECTS, COLLECTS, way_m], [PACE, PACE, PACE, TOP])
    assert found == [None, None, (collected_s * PACE, 0.0)]


@settings(deadline=None, max_examples=40)
@given(
    paces=st.lists(st.floats(0.5, 8.0), min_size=1, max_size=3),
    way_m=st.floats(10.0, 590.0),
    top=st.floats(10.1, 20.0),
)
def test_a_day_that_runs_backwards_is_mixed_in_the_same_places(paces, way_m, top):
    steps = [*(60.0 * pace for pace in paces), way_m]
    speeds = [*([PACE] * len(steps)), top]
    forward = mixed(steps, speeds)
    backward = mixed(steps[::-1], speeds[::-1])
    assert [each and each[::-1] for each in backward[::-1]] == forward


def test_at_the_pace_of_the_steps_beside_it_a_step_is_not_mixed_whatever_its_end():
    assert mixed([COLLECTS, COLLECTS], [PACE, PACE, TOP]) == [None, None]


def test_in_a_step_of_twenty_seconds_nothing_is_mixed():
    assert mixed([40.0, 160.0], [PACE, PACE, TOP], seconds=20.0) == [None, None]
    assert mixed([40.0, 160.0], [PACE, PACE, PACE], seconds=20.0) == [None, None]


def test_of_a_step_that_was_raced_between_two_slow_ends_nothing_is_sure():
    assert mixed([COLLECTS, 480.0, COLLECTS], [PACE] * 4) == [None, (0.0, 0.0), None]
    assert mixed([COLLECTS, 480.0, COLLECTS], None) == [None, (0.0, 0.0), None]


@pytest.mark.parametrize(
    ("way_m", "speeds", "is_raced"),
    [
        (60.0 * 4.01, [2.0, 2.0, 2.0, 2.0], True),  # twice the mean speed of the steps beside it
        (60.0 * 3.99, [2.0, 2.0, 2.0, 2.0], False),
        (60.0 * 6.01, [2.0, 2.0, 2.0, 5.0], True),  # 1.2 times a speed reported beside it
        (60.0 * 5.99, [2.0, 2.0, 2.0, 5.0], False),
        (60.0 * 5.99, [5.0, 2.0, 2.0, 2.0], False),
    ],
)
def test_a_truck_has_raced_if_it_was_faster_than_anything_that_it_shows_nearby(
    way_m, speeds, is_raced
):
    found = mixed([COLLECTS, way_m, COLLECTS], speeds)[1]
    assert found == ((0.0, 0.0) if is_raced else None)


@pytest.mark.parametrize(("mps", "is_raced"), [(2.49, False), (2.51, True)])
def test_from_halt_to_halt_a_slow_way_shows_no_race(mps, is_raced):
    found = mixed([30.0, 60.0 * mps, 30.0], [0.0] * 4)[1]
    assert found == ((0.0, 0.0) if is_raced else None)


def test_what_is_shown_beside_a_step_for_less_time_than_it_lasts_shows_no_race():
    assert mixed([480.0], None) == [None]
    assert mixed([0.0, 480.0, 0.0], [0.0] * 4) == [None, None, None]


def test_of_a_step_that_is_fast_at_both_ends_nothing_is_sure():
    assert mixed([COLLECTS, 400.0, COLLECTS], [PACE, TOP, TOP, PACE])[1] == (0.0, 0.0)


def test_where_no_pace_is_known_nothing_is_sure():
    assert mixed([0.0, 300.0], [0.0, 0.0, TOP]) == [None, (0.0, 0.0)]


@pytest.mark.parametrize("stand", [0.0, 1.0])
def test_a_stand_is_no_part_of_a_pace(stand):
    way_m = 30.0 * PACE + 30.0 * TOP
    found = mixed([COLLECTS, stand, way_m], [PACE, 0.0, 0.0, TOP])
    assert found[2] == (30.0 * PACE, 0.0)


def test_a_pace_is_that_of_the_slow_steps_right_beside_it_and_of_three_minutes_at_most():
    way_m = 30.0 * PACE + 30.0 * TOP
    speeds = [1.0, 1.0, 1.0, 1.0, 1.0, TOP]
    long_ago = mixed([6 * COLLECTS, COLLECTS, COLLECTS, COLLECTS, way_m], speeds)
    assert long_ago[-1] == (30.0 * PACE, 0.0)
    beyond = mixed(
        [4 * COLLECTS, 900.0, COLLECTS, way_m], [1.0, 1.0, 1.0, 1.0, TOP],
        slow=[True, False, True, True],
    )  # fmt: skip
    assert beyond[-1] == (30.0 * PACE, 0.0)


def test_without_speeds_a_step_is_fast_at_an_end_where_the_step_beyond_it_is():
    way_m = 30.0 * PACE + 30.0 * RULES.prism_travel_mps
    found = mixed([COLLECTS, way_m, 840.0], None, slow=[True, True, False])
    assert found == [None, (30.0 * PACE, 0.0), None]
