"""Side streets without a name belong to the street that alone they lead to."""

import pytest
from shapely import LineString, box

from geofence.locating.ground.branches import (
    branch_outcome,
    branches_of_place,
    branches_of_street,
)
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.street import Streets
from geofence.locating.resolution import Piece, Remark, UnlocatedReason
from tests.fixtures.drawn_map import Drawn, draw_map, drawn_pieces, in_degrees, off_m, road

STREET = road("北岳路", (0, 0), (1000, 0))


def branches(*roads: Drawn):
    street_map = draw_map(*roads)
    measured = MeasuredMap(street_map)
    (street,) = Streets(measured).named((0,), (0,))
    found = branches_of_street(measured, street)
    pieces = [[Piece(section) for section in branch] for branch in found]
    return [drawn_pieces(street_map, each) for each in pieces]


def test_dead_ends_and_loops_are_branches_in_order_along_the_street():
    loop = [(600, 0), (600, 60), (660, 60), (660, 0)]
    found = branches(STREET, road("", *loop), road("", (200, 0), (200, -150)))
    assert off_m(found[0], LineString([(200, 0), (200, -150)])) < 1.0
    assert off_m(found[1], LineString(loop)) < 1.0
    assert len(found) == 2


def test_a_branch_has_branches_of_its_own():
    (found,) = branches(STREET, road("", (200, 0), (200, 150)), road("", (200, 100), (280, 100)))
    assert found.length == pytest.approx(230, abs=1)


@pytest.mark.parametrize(
    "other",
    [
        [road("", (200, 0), (200, 300)), road("乙街", (0, 300), (900, 300))],
        [road("", (200, 0), (200, 900))],
        [road("通源巷", (200, 0), (200, 100))],
        [road("", (200, 0), (240, 90), road_class="primary_link")],
    ],
    ids=["leads to another street", "too long", "has a name", "slip road"],
)
def test_what_leads_elsewhere_is_no_branch(other):
    assert branches(STREET, *other) == []


def test_branches_of_a_place_begin_at_it():
    street_map = draw_map(STREET, road("", (200, 0), (200, 120)), road("", (800, 0), (800, 120)))
    measured = MeasuredMap(street_map)
    place = measured.to_metres(in_degrees(box(210, 20, 260, 60)))
    (branch,) = branches_of_place(measured, place)
    drawn = drawn_pieces(street_map, [Piece(section) for section in branch])
    assert off_m(drawn, LineString([(200, 0), (200, 120)])) < 1.0


def test_all_are_meant_unless_they_are_numbered():
    everything = branch_outcome([(4,), (7, 8)], None, 0)
    assert everything.pieces == (Piece(4), Piece(7), Piece(8))
    second = branch_outcome([(4,), (7, 8)], 2, 2)
    assert second.pieces == (Piece(7), Piece(8))
    assert second.remarks == (Remark.BRANCHES_SHARED,)


def test_numbers_that_do_not_fit_are_told():
    assert branch_outcome([(4,), (7,)], 1, 1).reason is UnlocatedReason.AMBIGUOUS
    assert branch_outcome([(4,)], 2, 2).reason is UnlocatedReason.BRANCH_ABSENT
    assert branch_outcome([], None, 0).reason is UnlocatedReason.BRANCH_ABSENT
