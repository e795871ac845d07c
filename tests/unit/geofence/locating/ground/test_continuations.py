"""What carries on beyond a street's end is followed straight ahead, until its name changes."""

import pytest
from shapely import LineString

from geofence.locating.ground.continuations import continuation_of
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.street import Streets
from geofence.locating.resolution import UnlocatedReason
from tests.fixtures.drawn_map import Drawn, draw_map, drawn_pieces, off_m, road


def beyond(side: str, *roads: Drawn):
    street_map = draw_map(*roads)
    measured = MeasuredMap(street_map)
    (street,) = Streets(measured).named((0,), (0,))
    outcome = continuation_of(measured, street, side)
    return outcome, drawn_pieces(street_map, outcome.pieces)


STREET = road("西环路", (0, 0), (0, 600))
CROSSING = road("北街", (-300, 600), (300, 600))


@pytest.mark.parametrize("name", ["", "北郊路"])
def test_it_carries_on_without_a_name_or_under_another_one(name):
    outcome, drawn = beyond("north", STREET, CROSSING, road(name, (0, 600), (20, 900), (60, 1200)))
    assert off_m(drawn, LineString([(0, 600), (20, 900), (60, 1200)])) < 1.0
    assert (name or "without a name") in outcome.detail


def test_it_ends_where_the_name_changes():
    _, drawn = beyond(
        "north", STREET, road("", (0, 600), (0, 900)), road("乙路", (0, 900), (0, 1500))
    )
    assert off_m(drawn, LineString([(0, 600), (0, 900)])) < 1.0


def test_it_passes_crossings_and_takes_no_turn():
    _, drawn = beyond(
        "north", STREET, road("", (0, 600), (0, 1000)), road("", (-200, 800), (200, 800))
    )
    assert off_m(drawn, LineString([(0, 600), (0, 1000)])) < 1.0


def test_without_a_side_it_is_the_one_end_that_carries_on():
    _, drawn = beyond("", STREET, CROSSING, road("", (0, 0), (0, -200)))
    assert off_m(drawn, LineString([(0, 0), (0, -200)])) < 1.0


def test_if_both_ends_carry_on_a_side_must_be_told():
    outcome, _ = beyond("", STREET, road("", (0, 0), (0, -200)), road("", (0, 600), (0, 900)))
    assert outcome.reason is UnlocatedReason.AMBIGUOUS


@pytest.mark.parametrize("side", ["north", "south", "east", ""])
def test_nothing_carries_on_at_a_dead_end_a_corner_or_aside(side):
    outcome, _ = beyond(side, STREET, CROSSING)
    assert outcome.reason is UnlocatedReason.CONTINUATION_ABSENT


def test_a_slip_road_is_no_continuation():
    outcome, _ = beyond("north", STREET, road("", (0, 600), (10, 900), road_class="trunk_link"))
    assert outcome.reason is UnlocatedReason.CONTINUATION_ABSENT


def test_both_carriageways_carry_on():
    _, drawn = beyond(
        "east",
        road("甲路", (0, 0), (500, 0), oneway=True),
        road("甲路", (500, 25), (0, 25), oneway=True),
        road("", (500, 0), (900, 0), oneway=True),
        road("", (900, 25), (500, 25), oneway=True),
    )
    assert drawn.length == pytest.approx(800, abs=1)
