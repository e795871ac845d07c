"""Sections belong to an area whole, and on a border to both sides."""

from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geofence.locating.ground.areas import clipped, members_of, without
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Piece
from tests.fixtures.drawn_map import Drawn, draw_map, in_degrees, road

WEST, EAST = box(0, 0, 500, 500), box(500, 0, 1000, 500)


def members(area, *roads: Drawn) -> list[str]:
    measured = MeasuredMap(draw_map(*roads))
    found = members_of(measured, measured.to_metres(in_degrees(area)))
    return [measured.main_name(int(section)) for section in found]


def test_a_section_belongs_where_at_least_half_of_it_lies():
    across = road("甲路", (200, 100), (600, 100))
    assert members(WEST, across) == ["甲路"]
    assert members(EAST, across) == []


def test_a_section_along_the_border_belongs_to_both_sides():
    along = road("界路", (510, 0), (510, 500))
    assert members(WEST, along) == members(EAST, along) == ["界路"]


def test_a_section_that_only_crosses_the_border_is_no_border():
    crossing = road("甲路", (480, 100), (900, 100))
    assert members(WEST, crossing) == []


def test_what_lies_beside_the_border_further_off_is_outside():
    assert members(WEST, road("甲路", (530, 0), (530, 500))) == []


def test_pieces_are_clipped_by_their_sections():
    assert clipped([Piece(1, 0.2, 0.4), Piece(2)], frozenset({1})) == (Piece(1, 0.2, 0.4),)


shares = st.integers(0, 8).map(lambda eighth: eighth / 8)
pieces = st.lists(
    st.builds(
        lambda section, one, other: Piece(section, min(one, other), max(one, other)),
        st.integers(0, 1),
        shares,
        shares,
    ).filter(lambda piece: piece.from_share < piece.to_share),
    max_size=4,
)


@given(pieces, pieces)
def test_what_is_left_is_what_only_the_first_have(some, others):
    def held(by: list[Piece], section: int, at: float) -> bool:
        return any(p.section == section and p.from_share < at < p.to_share for p in by)

    left = list(without(some, others))
    for section in (0, 1):
        for sixteenth in range(1, 16, 2):
            at = sixteenth / 16
            wanted = held(some, section, at) and not held(others, section, at)
            assert held(left, section, at) == wanted
