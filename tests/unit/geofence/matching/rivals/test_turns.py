"""Between two fixes a truck turned round: how far it went before, the speeds may tell or not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.speeds import LEAST_RATIO, ROOM_M
from tests.fixtures.credited import Credit, credited
from tests.fixtures.street_map import StreetMap

STREET = StreetMap("a" + "-" * 40 + "b")
"""410 m, a dead end at both ends."""
LENGTH_M = 410


def turning(last_m: float, away_s: float, speed_mps: float | None) -> Credit:
    """A truck seen on its way to the end, at `last_m` for the last time, and on its way back."""
    # no two fixes of a truck on the move are one to the last bit: the second would be stale
    x = [last_m - 120.0, last_m - 60.0, last_m, last_m - 0.1, last_m - 60.0, last_m - 120.0]
    times_s = [0, 20, 40, 40 + away_s, 60 + away_s, 80 + away_s]
    return credited(STREET, times_s, x, speed_mps=speed_mps)


def test_what_lies_beyond_a_turn_in_the_middle_of_a_street_is_possible_and_not_certain():
    found = turning(320.0, 20.0, 3.0)
    assert found.certain["ab"] == set(range(200, 320))
    assert found.possible["ab"] >= set(range(325, 345))


def test_without_speeds_nobody_knows_whether_it_went_to_the_end():
    found = turning(320.0, 56.0, None)
    assert max(found.certain["ab"]) < 320
    assert found.possible["ab"] >= set(range(325, 345))


def test_the_end_is_certain_if_the_speeds_make_the_way_there_and_back():
    found = turning(320.0, 60.0, 3.0)
    assert found.certain["ab"] == set(range(200, LENGTH_M))


def test_the_end_is_denied_if_it_is_much_too_far_for_the_speeds():
    found = turning(200.0, 15.0, 2.0)
    assert max(found.certain["ab"]) < 205
    assert LENGTH_M - 5 not in found.possible["ab"]


@settings(deadline=None, max_examples=40)
@given(
    last_m=st.floats(130.0, 400.0), away_s=st.integers(10, 70),
    speed_mps=st.none() | st.floats(0.5, 8.0),
)  # fmt: skip
def test_what_is_certain_beyond_a_turn_has_no_hole_and_does_not_belie_the_speeds(
    last_m, away_s, speed_mps
):
    certain = turning(last_m, float(away_s), speed_mps).certain["ab"]
    assert certain == set(range(min(certain), max(certain) + 1))
    beyond_m = LENGTH_M - last_m
    # speeds that make too little of the 240 m there and back again are not believed
    told_m = 0.0 if speed_mps is None else speed_mps * (80.0 + away_s)
    is_believed = told_m >= LEAST_RATIO * 240.0 - ROOM_M
    if is_believed and beyond_m > 140 and speed_mps * away_s < 0.5 * beyond_m:
        assert max(certain) < LENGTH_M - 5


def test_the_longer_a_truck_is_away_the_farther_it_may_have_gone():
    farthest = [max(turning(200.0, away_s, 3.0).possible.get("ab", {0})) for away_s in (14, 40, 60)]
    assert farthest == sorted(farthest)
