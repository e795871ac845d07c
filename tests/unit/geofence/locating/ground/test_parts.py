"""The part of a street toward a side is the half of its length that lies there."""

import pytest
from shapely import LineString

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.parts import part_of
from geofence.locating.ground.street import Streets
from geofence.locating.naming.mention import MIDDLE, UNKNOWN_SIDE
from geofence.locating.resolution import UnlocatedReason
from tests.fixtures.drawn_map import Drawn, draw_map, drawn_pieces, off_m, road


def part(side: str, *roads: Drawn, thirds: bool = False):
    street_map = draw_map(*roads)
    measured = MeasuredMap(street_map)
    (street,) = Streets(measured).named((0,), (0,))
    outcome = part_of(measured, street, side, thirds=thirds)
    return outcome, drawn_pieces(street_map, outcome.pieces)


NORTH_SOUTH = road("甲路", (0, 0), (0, 1000))
CROSSING = road("乙街", (-50, 300), (50, 300))


@pytest.mark.parametrize(("side", "south", "north"), [("north", 500, 1000), ("south", 0, 500)])
def test_a_half_is_cut_out_of_a_section_where_the_middle_is(side, south, north):
    _, drawn = part(side, NORTH_SOUTH, CROSSING)
    assert off_m(drawn, LineString([(0, south), (0, north)])) < 1.0


@pytest.mark.parametrize(
    ("side", "thirds", "south", "north"),
    [(MIDDLE, False, 333, 667), (MIDDLE, True, 333, 667), ("south", True, 0, 333)],
)
def test_with_a_middle_part_there_are_thirds(side, thirds, south, north):
    _, drawn = part(side, NORTH_SOUTH, CROSSING, thirds=thirds)
    assert off_m(drawn, LineString([(0, south), (0, north)])) < 3.0


def test_both_carriageways_are_cut_at_the_same_place():
    _, drawn = part(
        "west", road("甲路", (0, 0), (800, 0)), road("甲路", (800, 30), (0, 30)), CROSSING
    )
    assert drawn.length == pytest.approx(800, abs=2)
    assert drawn.bounds[2] == pytest.approx(400, abs=1)


def test_a_bent_street_is_halved_by_its_length():
    _, drawn = part("north", road("甲路", (0, 0), (0, 600), (600, 600)))
    assert drawn.length == pytest.approx(600, abs=10)


def test_a_street_that_runs_the_other_way_has_no_such_part():
    outcome, _ = part("east", NORTH_SOUTH)
    assert outcome.reason is UnlocatedReason.SIDE_UNCLEAR
    assert "north-south" in outcome.detail


def test_a_part_that_only_a_letter_tells_is_not_known():
    outcome, _ = part(UNKNOWN_SIDE, NORTH_SOUTH)
    assert outcome.reason is UnlocatedReason.SIDE_UNCLEAR


@pytest.mark.parametrize("side", ["north", "south", "east", "west"])
def test_a_ring_has_a_half_to_every_side(side):
    ring = road("环路", (0, 0), (600, 0), (600, 500), (0, 500), (0, 0))
    _, drawn = part(side, ring)
    assert drawn.length == pytest.approx(1100, abs=10)
    middle = drawn.centroid
    toward = {"north": middle.y > 300, "south": middle.y < 200}
    assert (toward | {"east": middle.x > 350, "west": middle.x < 250})[side]


def test_a_diagonal_street_has_halves_to_four_sides():
    diagonal = road("甲路", (0, 0), (500, 500))
    assert off_m(part("north", diagonal)[1], part("east", diagonal)[1]) < 1.0
    assert off_m(part("south", diagonal)[1], part("west", diagonal)[1]) < 1.0
