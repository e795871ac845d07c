"""A stretch of a street from one end to the other, and never the whole street instead."""

import pytest
from shapely import LineString, Point, box, union_all

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.ranges import PLACE_REACH_M, STREET_REACH_M, End, stretch_of
from geofence.locating.ground.street import Streets
from geofence.locating.resolution import UnlocatedReason
from tests.fixtures.drawn_map import Drawn, draw_map, drawn_pieces, in_degrees, off_m, road

STREET = road("甲路", (0, 0), (1000, 0))


def stretch(ends: tuple[object, object], *roads: Drawn):
    """An end is the name of a road, or a place in metres."""
    street_map = draw_map(*roads)
    measured = MeasuredMap(street_map)
    names = [name.main for name in street_map.names]
    streets = Streets(measured)
    found = []
    for end in ends:
        if isinstance(end, str):
            number = names.index(end)
            shapes = [each.geometry for each in streets.named((number,), (number,))]
            found.append(End(end, tuple(shapes), (STREET_REACH_M,) * len(shapes)))
        else:
            place = measured.to_metres(in_degrees(end))
            found.append(End("place", (place,), (PLACE_REACH_M,)))
    (street,) = streets.named((0,), (0,))
    outcome = stretch_of(measured, street, (found[0], found[1]))
    return outcome, drawn_pieces(street_map, outcome.pieces)


def cross(name: str, east: float, **more) -> Drawn:
    return road(name, (east, -100), (east, 100), **more)


@pytest.mark.parametrize("ends", [("乙街", "丙街"), ("丙街", "乙街")])
def test_it_reaches_from_cross_street_to_cross_street(ends):
    _, drawn = stretch(ends, STREET, cross("乙街", 200), cross("丙街", 700), cross("丁街", 400))
    assert off_m(drawn, LineString([(200, 0), (700, 0)])) < 1.0


def test_places_beside_the_street_are_ends_too():
    _, drawn = stretch((box(240, 50, 260, 70), Point(800, -200)), STREET)
    assert off_m(drawn, LineString([(250, 0), (800, 0)])) < 1.0


def test_it_takes_both_carriageways():
    _, drawn = stretch(
        ("乙街", "丙街"),
        road("甲路", (0, 0), (1000, 0), oneway=True),
        road("甲路", (1000, 30), (0, 30), oneway=True),
        cross("乙街", 200),
        cross("丙街", 700),
    )
    both = union_all([LineString([(200, at), (700, at)]) for at in (0, 30)])
    assert off_m(drawn, both) < 1.0


def test_it_follows_a_bend():
    _, drawn = stretch(
        ("乙街", "丙街"),
        road("甲路", (0, 0), (500, 0), (500, 500)),
        cross("乙街", 200),
        road("丙街", (400, 300), (600, 300)),
    )
    assert off_m(drawn, LineString([(200, 0), (500, 0), (500, 300)])) < 1.0


def test_an_end_that_lies_elsewhere_is_no_end():
    outcome, _ = stretch(("乙街", Point(500, 2000)), STREET, cross("乙街", 200))
    assert outcome.reason is UnlocatedReason.ENDS_UNCONNECTED
    assert not outcome.pieces


def test_two_ends_at_one_place_are_no_stretch():
    outcome, _ = stretch(("乙街", "乙街"), STREET, cross("乙街", 200))
    assert outcome.reason is UnlocatedReason.ENDS_UNCONNECTED


def test_it_leads_over_a_short_gap():
    _, drawn = stretch(
        ("乙街", "丙街"),
        road("甲路", (0, 0), (400, 0)),
        road("甲路", (600, 0), (1000, 0)),
        cross("乙街", 200),
        cross("丙街", 700),
    )
    both = union_all([LineString([(200, 0), (400, 0)]), LineString([(600, 0), (700, 0)])])
    assert off_m(drawn, both) < 1.0


def test_parts_of_a_street_far_from_each_other_have_no_way_between():
    outcome, _ = stretch(
        ("乙街", "丙街"),
        road("甲路", (0, 0), (400, 0)),
        road("甲路", (900, 0), (1400, 0)),
        cross("乙街", 200),
        cross("丙街", 1000),
    )
    assert outcome.reason is UnlocatedReason.ENDS_UNCONNECTED
