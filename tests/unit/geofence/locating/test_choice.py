"""Of namesakes the one counts that keeps a grid, and its operator, together."""

import pytest
from shapely import LineString, box

from geofence.locating.candidates import Candidate
from geofence.locating.choice import Slot, choose, score_of


def at(east: float, north: float = 0.0) -> Candidate:
    return Candidate("甲路", LineString([(east, north), (east + 200, north)]))


def slot(grid: int, *candidates: Candidate, operator: int = 0) -> Slot:
    return Slot(grid, operator, candidates)


NEAR, FAR = at(300), at(9000)


def test_what_has_one_candidate_is_that_one():
    (choice,) = choose([slot(0, FAR)], {})
    assert choice.candidate is FAR
    assert choice.next_m is None


@pytest.mark.parametrize("candidates", [(NEAR, FAR), (FAR, NEAR)])
def test_the_namesake_nearest_to_the_rest_of_the_grid_is_chosen(candidates):
    choice = choose([slot(0, at(0)), slot(0, at(0, 400)), slot(0, *candidates)], {})[2]
    assert choice.candidate is NEAR
    assert choice.next_m is not None
    assert choice.next_m > 8000
    assert choice.cost_m < 1000


def test_a_grid_without_another_street_goes_with_its_operator():
    slots = [slot(0, at(0), operator=1), slot(1, at(9100), operator=2)]
    west = choose([*slots, slot(2, NEAR, FAR, operator=1)], {})[2]
    east = choose([*slots, slot(2, NEAR, FAR, operator=2)], {})[2]
    assert west.candidate is NEAR
    assert east.candidate is FAR


def test_what_is_chosen_helps_to_choose_the_rest():
    middle = (at(2000, 300), at(20_000))
    last = (at(2100, 800), at(40_000))
    choices = choose([slot(0, at(1500)), slot(1, *middle), slot(1, *last)], {})
    assert [choice.candidate for choice in choices[1:]] == [middle[0], last[0]]


def test_of_two_that_are_nearly_as_near_none_is_chosen():
    choice = choose([slot(0, at(0)), slot(0, at(700), at(-800))], {})[1]
    assert choice.candidate is None
    assert choice.next_m is not None


def test_where_nothing_is_certain_nothing_is_chosen():
    (choice,) = choose([slot(0, NEAR, FAR)], {})
    assert choice.candidate is None


def test_a_choice_that_is_not_far_ahead_is_close():
    close = choose([slot(0, at(0)), slot(0, at(400), at(1000))], {})[1]
    clear = choose([slot(0, at(0)), slot(0, at(400), at(9000))], {})[1]
    assert close.candidate is not None
    assert close.is_close
    assert not clear.is_close


def test_among_scattered_streets_something_is_always_the_nearest_and_that_is_no_reason():
    scattered = [slot(0, at(4000 * step, 4000 * (step % 3))) for step in range(6)]
    choice = choose([*scattered, slot(0, at(900, 900), at(5000, 13_000))], {})[6]
    assert choice.candidate is None


def test_a_far_street_of_the_grid_does_not_spoil_the_choice():
    slots = [slot(0, at(0)), slot(0, at(0, 300)), slot(0, at(15_000)), slot(0, NEAR, at(14_000))]
    assert choose(slots, {})[3].candidate is NEAR


def test_the_area_of_a_grid_comes_before_its_streets():
    slots = [slot(0, at(0)), slot(0, NEAR, FAR)]
    assert choose(slots, {0: box(8900, -100, 9500, 100)})[1].candidate is FAR


def test_hundreds_of_namesakes_are_no_matter():
    many = [at(3000.0 * step, 50_000.0) for step in range(500)]
    assert choose([slot(0, at(0)), slot(0, *many, NEAR)], {})[1].candidate is NEAR


def test_a_score_falls_with_the_cost():
    assert score_of(0.0) == 1.0
    assert score_of(500.0) == 0.5
    assert score_of(5000.0) < 0.1
