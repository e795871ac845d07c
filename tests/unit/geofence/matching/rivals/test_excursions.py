"""Streets driven between two fixes besides the way: what time and speeds leave room for."""

import numpy as np
import pytest

from tests.fixtures.credited import Credit, credited
from tests.fixtures.street_map import StreetMap


def blocks(height: int) -> StreetMap:
    """A street ae, on which a block bcgf of 60 m by so many lines of 20 m lies."""
    sides = "\n".join(["          |     |"] * height)
    return StreetMap(f"a---------b-----c---------e\n{sides}\n          f-----g")


NEAR, FAR = blocks(1), blocks(15)


def past(streets: StreetMap, seconds: float, speed_mps: float | None) -> Credit:
    """A truck on the street, unseen for some seconds from before the block to within its front."""
    x = [0.0, 40.0, 80.0, 120.0, 160.0, 200.0]
    times_s = [0, 10, 20, 20 + seconds, 30 + seconds, 40 + seconds]
    return credited(streets, times_s, x, speed_mps=speed_mps)


@pytest.mark.parametrize(("seconds", "speed_mps"), [(40.0, 5.0), (60.0, None)])
def test_a_loop_round_a_block_out_of_sight_is_possible_and_not_certain(seconds, speed_mps):
    found = past(NEAR, seconds, speed_mps)
    for section in ("bf", "fg", "cg"):
        assert found.possible_m(section) >= 39
        assert found.certain_m(section) == 0


@pytest.mark.parametrize("speed_mps", [None, 5.0])
def test_what_is_too_far_for_the_time_was_not_driven(speed_mps):
    found = past(FAR, 40.0, speed_mps)
    assert found.possible_m("fg") == found.certain_m("fg") == 0


def test_speeds_that_make_the_way_and_no_more_deny_the_loop():
    found = past(NEAR, 14.0, 3.0)
    assert found.possible_m("fg") == 0
    assert found.certain_m("bc") == 60


def test_in_ten_seconds_the_fixes_themselves_tell_the_way():
    found = past(NEAR, 10.0, None)
    assert set(found.possible) == set()
    assert (found.certain_m("ab"), found.certain_m("bc")) == (100, 60)


def test_what_is_a_gap_by_its_length_has_no_excursions_of_its_own():
    found = past(NEAR, 90.0, None)
    assert found.gaps_s() == [(20.0, 110.0)]


def test_a_lane_off_a_one_way_street_is_possible_as_one_off_any_other():
    # the truck goes on past c, from where nobody may drive back to the lane
    street = "a------->-----b->c--------->---d"
    lane = "\n              |\n              f"
    times_s, x = [0, 10, 20, 70, 80, 90], [0.0, 40.0, 80.0, 210.0, 240.0, 270.0]
    for streets in (StreetMap(street + lane), StreetMap(street.replace(">", "-") + lane)):
        found = credited(streets, times_s, x, speed_mps=None)
        assert found.possible_m("bf") == pytest.approx(40.0, abs=0.5)
        assert found.certain_m("bf") == 0


@pytest.mark.parametrize("last", [False, True], ids=["to its end", "from its end"])
def test_a_close_in_whose_mouth_a_truck_stood_may_have_been_driven_to_its_end(last):
    # it stood in the mouth, drove to the dead end a and out, and was seen in the street beyond
    close = StreetMap("a------b----c\n       |\n       |\n       d")
    times_s, x, y = [0, 60, 120, 180], [60.0, 60.0, 70.0, 110.0], [0.0, 0.0, -30.0, 0.0]
    speeds = [0.0, 0.0, 6.5, 6.5]
    if last:
        x, y, speeds = x[::-1], y[::-1], speeds[::-1]
    found = credited(close, times_s, x, y, speed_mps=np.array(speeds))
    assert found.possible_m("ab") >= 59
    assert found.certain_m("ab") <= 11
