"""The streets of a place are inside it, or else at it; those around it run along its edge."""

import pytest
from shapely import LineString, Point, box, union_all

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.places import inside_area, streets_around, streets_of_place
from geofence.locating.resolution import UnlocatedReason
from geofence.streetmap.street_map import Structure
from tests.fixtures.drawn_map import Drawn, draw_map, drawn_pieces, in_degrees, off_m, road

LANE = road("", (100, -50), (100, 180))
STREET = road("甲路", (-300, -20), (600, -20))
COMPOUND = box(0, 0, 200, 200)


def streets(shape, kind: str, *roads: Drawn, around: bool = False):
    street_map = draw_map(*roads)
    measured = MeasuredMap(street_map)
    place = measured.to_metres(in_degrees(shape))
    outcome = streets_around(measured, place) if around else streets_of_place(measured, place, kind)
    return outcome, drawn_pieces(street_map, outcome.pieces)


def test_a_compound_is_the_streets_inside_it():
    _, drawn = streets(COMPOUND, "landuse=residential", STREET, LANE)
    assert off_m(drawn, LineString([(100, -20), (100, 180)])) < 1.0


def test_a_compound_without_streets_is_the_street_beside_it():
    _, drawn = streets(COMPOUND, "landuse=residential", STREET)
    assert off_m(drawn, LineString(STREET.points)) < 1.0


def test_a_point_is_the_streets_near_it_or_the_nearest():
    _, near = streets(Point(100, 10), "shop=mall", STREET, road("乙街", (-100, 400), (500, 400)))
    _, nearest = streets(Point(100, 90), "shop=mall", STREET)
    assert off_m(near, LineString(STREET.points)) < 1.0
    assert off_m(nearest, LineString(STREET.points)) < 1.0


def test_a_bridge_is_what_it_carries():
    _, drawn = streets(
        box(200, -30, 300, 30),
        "man_made=bridge",
        road("甲路", (0, 0), (200, 0)),
        road("甲路", (200, 0), (300, 0), structure=Structure.BRIDGE),
        road("下街", (250, -200), (250, 200)),
    )
    assert off_m(drawn, LineString([(200, 0), (300, 0)])) < 1.0


@pytest.mark.parametrize(
    ("shape", "kind"), [(Point(0, 900), "shop=mall"), (Point(0, 0), "place=suburb")]
)
def test_what_is_far_from_all_streets_or_a_quarter_without_extent_has_none(shape, kind):
    outcome, _ = streets(shape, kind, STREET)
    assert outcome.reason is UnlocatedReason.PLACE_WITHOUT_STREETS


def test_a_section_is_inside_with_half_of_its_length():
    street_map = draw_map(road("甲路", (-80, 50), (100, 50)), road("乙路", (-120, 90), (100, 90)))
    measured = MeasuredMap(street_map)
    found = inside_area(measured, measured.to_metres(in_degrees(COMPOUND)))
    assert [measured.main_name(int(section)) for section in found] == ["甲路"]


def test_around_a_compound_is_the_ring_without_its_spokes_and_lanes():
    ring = [(-20, -20), (220, -20), (220, 220), (-20, 220), (-20, -20)]
    sides = [
        road("南街", (-300, -20), (500, -20)),
        road("北街", (-300, 220), (500, 220)),
        road("西路", (-20, -300), (-20, 500)),
        road("东路", (220, -300), (220, 500)),
    ]
    _, drawn = streets(COMPOUND, "", *sides, road("", (100, -20), (100, 150)), around=True)
    assert off_m(drawn, LineString(ring)) < 1.0


def test_around_takes_only_what_runs_along_the_edge_of_a_long_street():
    _, drawn = streets(COMPOUND, "", road("甲路", (-900, -30), (900, -30)), around=True)
    assert drawn.bounds[0] == pytest.approx(-52, abs=3)
    assert drawn.bounds[2] == pytest.approx(252, abs=3)


def test_around_a_point_is_what_lies_near():
    _, drawn = streets(Point(0, 0), "", STREET, around=True)
    assert off_m(drawn, union_all([LineString(STREET.points)])) < 1.0
