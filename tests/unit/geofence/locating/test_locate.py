"""Mentions and areas against a map."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geofence.locating.ground.pieces import united
from geofence.locating.locate import locate, locate_areas
from geofence.locating.resolution import Remark, UnlocatedReason
from geofence.plan.plan import Grid
from tests.fixtures.drawn_map import draw_map, drawn_pieces, in_degrees, road

TOWN = draw_map(
    road("长街", (0, 250), (500, 250)),
    road("长街", (500, 250), (1000, 250)),
    road("甲路", (200, 0), (200, 500)),
    road("乙路", (800, 0), (800, 500)),
    road("远路", (3000, 0), (3000, 500)),
)
AREAS = {
    "W": in_degrees(box(-10, -10, 500, 510)),
    "E": in_degrees(box(500, -10, 1010, 510)),
}


def lengths(located) -> dict[tuple[str, str], int]:
    return {
        (each.grid_id, each.mention): round(drawn_pieces(TOWN, each.pieces).length)
        for each in located.resolutions
    }


def test_mentions_are_located_in_the_order_of_the_plan():
    grids = [
        Grid("A", "o", (), (), streets=("长街", "不存在")),
        Grid("B", "o", (), (), streets=("长街",)),
    ]
    located = locate(TOWN, grids)
    assert [(each.grid_id, each.mention) for each in located.resolutions] == [
        ("A", "长街"),
        ("A", "不存在"),
        ("B", "长街"),
    ]
    assert [each.mention for each in located.unlocated] == ["不存在"]
    assert {stretch.grids for stretch in located.grids_of_pieces} == {("A", "B")}


def test_areas_divide_a_street_that_several_grids_mention():
    grids = [Grid(name, "o", (), (), streets=("长街",)) for name in ("W", "E")]
    located = locate(TOWN, grids, areas=AREAS)
    assert lengths(located) == {("W", "长街"): 500, ("E", "长街"): 500}
    assert {stretch.grids for stretch in located.grids_of_pieces} == {("W",), ("E",)}


def test_an_area_has_the_streets_inside():
    assert lengths(locate_areas(TOWN, AREAS)) == {
        ("W", "甲路"): 500,
        ("W", "长街"): 500,
        ("E", "乙路"): 500,
        ("E", "长街"): 500,
    }


def test_streets_of_an_area_are_named_left_out_or_added_by_exception():
    located = locate_areas(
        TOWN,
        AREAS,
        named={"W": ["长街"]},
        exclude={"E": ["乙路南段"]},
        add={"E": ["远路"]},
    )
    assert lengths(located) == {
        ("W", "长街"): 500,
        ("E", "乙路"): 250,
        ("E", "长街"): 500,
        ("E", "远路"): 500,
    }


def test_an_exception_that_is_not_found_is_told():
    located = locate_areas(TOWN, AREAS, exclude={"E": ["不存在街"]}, add={"W": ["丙路"]})
    assert [(each.grid_id, each.mention, each.reason) for each in located.unlocated] == [
        ("W", "丙路", UnlocatedReason.NOT_FOUND),
        ("E", "不存在街", UnlocatedReason.NOT_FOUND),
    ]


@pytest.mark.parametrize("mention", ["长街", "长街西段"])
def test_what_is_named_is_taken_inside_the_area(mention):
    located = locate_areas(TOWN, {"W": AREAS["W"]}, named={"W": [mention]})
    (found,) = located.resolutions
    assert drawn_pieces(TOWN, found.pieces).bounds[2] == pytest.approx(500, abs=1)
    assert (Remark.AREA_CLIPPED in found.remarks) == (mention == "长街")


SCRAPS = [
    "长街",
    "甲路",
    "乙路",
    "北段",
    "延",
    "支路1",
    "周边",
    "东西街",
    "(",
    ")",
    "—",
    "至",
    " entre ",
]


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(SCRAPS), max_size=5).map("".join) | st.text(max_size=9)))
def test_whatever_is_mentioned_has_pieces_or_a_reason(mentions):
    located = locate(TOWN, [Grid("A", "o", (), (), streets=tuple(mentions))])
    assert [each.mention for each in located.resolutions] == mentions
    for each in located.resolutions:
        assert bool(each.pieces) != (each.reason is not None)
        assert each.pieces == united(each.pieces)
        assert all(0 <= piece.from_share < piece.to_share <= 1 for piece in each.pieces)
        assert each.reason is None or each.detail
