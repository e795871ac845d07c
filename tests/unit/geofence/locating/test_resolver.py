"""A whole run: what a resolution says beside its pieces."""

import pytest
from shapely import LineString, box

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import MentionKind, Remark, Resolution, UnlocatedReason
from geofence.locating.resolver import Resolver
from geofence.plan.plan import Grid
from geofence.streetmap.street_map import StreetMap
from tests.fixtures.drawn_map import draw_map, drawn_pieces, in_degrees, off_m, road


def grid(grid_id: str, *streets: str, operator: str = "one") -> Grid:
    return Grid(grid_id, operator, (), (), streets=streets)


def resolutions(street_map: StreetMap, *grids: Grid, **more) -> list[Resolution]:
    areas = {grid_id: in_degrees(area) for grid_id, area in more.pop("areas", {}).items()}
    located = Resolver(MeasuredMap(street_map), grids, areas, **more).located()
    return list(located.resolutions)


NAMESAKES = draw_map(
    road("甲路", (0, 0), (500, 0)),
    road("新华街", (0, 300), (500, 300)),
    road("新华街", (30_000, 300), (30_500, 300)),
    road("乙路", (30_000, 0), (30_500, 0)),
)


def test_a_namesake_is_chosen_with_score_and_runner_up_and_a_remark():
    west, east = resolutions(NAMESAKES, grid("W", "甲路", "新华街"), grid("E", "乙路", "新华街"))[
        1::2
    ]
    assert drawn_pieces(NAMESAKES, west.pieces).bounds[2] < 1000
    assert drawn_pieces(NAMESAKES, east.pieces).bounds[0] > 20_000
    assert west.runner_up is not None
    assert west.score > 0.5 > west.runner_up
    assert Remark.HOMONYM_CHOSEN in west.remarks


def test_without_anything_near_it_stays_open_and_says_where_its_namesakes_are():
    (open_one,) = resolutions(NAMESAKES, grid("A", "新华街"))
    assert open_one.reason is UnlocatedReason.AMBIGUOUS
    assert "2 places of the map bear the name" in open_one.detail
    assert open_one.suggestions == ("新华街",)
    assert not open_one.pieces


def test_a_mention_has_pieces_or_a_reason_and_is_never_dropped():
    found = resolutions(NAMESAKES, grid("A", "甲路", "不存在街", "", "甲路"))
    assert [bool(each.pieces) != (each.reason is not None) for each in found] == [True] * 4
    assert [each.mention for each in found] == ["甲路", "不存在街", "", "甲路"]


def test_a_street_of_another_town_is_told():
    street_map = draw_map(
        road("甲路", (0, 0), (500, 0)),
        road("丙路", (0, 100), (500, 100)),
        road("乙路", (60_000, 0), (60_500, 0)),
    )
    found = resolutions(street_map, grid("A", "甲路", "丙路", "乙路"))
    assert [Remark.FAR_OFF in each.remarks for each in found] == [False, False, True]


def test_branches_are_dealt_out_to_the_numbers_of_a_grid():
    street_map = draw_map(
        road("甲路", (0, 0), (900, 0)),
        road("", (200, 0), (200, 90)),
        road("", (500, 0), (500, 90)),
    )
    one, other = resolutions(street_map, grid("A", "甲路支路1", "甲路支路2"))
    assert off_m(drawn_pieces(street_map, one.pieces), LineString([(200, 0), (200, 90)])) < 1
    assert off_m(drawn_pieces(street_map, other.pieces), LineString([(500, 0), (500, 90)])) < 1
    (few,) = resolutions(street_map, grid("A", "甲路支路1"))
    assert few.reason is UnlocatedReason.AMBIGUOUS


def test_if_the_plan_speaks_of_a_middle_part_its_parts_are_thirds():
    street_map = draw_map(road("甲路", (0, 0), (0, 900)))
    north, middle = resolutions(street_map, grid("A", "甲路北段"), grid("B", "甲路中段"))
    assert drawn_pieces(street_map, north.pieces).length == pytest.approx(300, abs=3)
    assert drawn_pieces(street_map, middle.pieces).length == pytest.approx(300, abs=3)


AREAS = draw_map(
    road("长街", (0, 250), (400, 250)),
    road("长街", (400, 250), (1000, 250)),
    road("甲路", (200, 0), (200, 500)),
    road("", (300, 250), (300, 400)),
    road("远路", (3000, 0), (3000, 500)),
)
WEST = box(-100, -100, 500, 600)


def test_of_a_grid_with_an_area_a_mention_is_what_lies_inside_or_else_the_whole():
    inside, outside = resolutions(AREAS, grid("A", "长街", "远路"), areas={"A": WEST})
    assert off_m(drawn_pieces(AREAS, inside.pieces), LineString([(0, 250), (400, 250)])) < 1
    assert Remark.AREA_CLIPPED in inside.remarks
    assert Remark.OUTSIDE_AREA in outside.remarks
    assert outside.pieces


def test_a_grid_with_an_area_and_no_mentions_has_all_streets_inside_by_name():
    found = resolutions(AREAS, grid("A"), grid("B"), areas={"A": WEST, "B": box(7e3, 0, 8e3, 9e2)})
    assert [each.mention for each in found] == ["甲路", "长街", "", ""]
    assert {each.kind for each in found} == {MentionKind.AREA}
    assert found[-1].reason is UnlocatedReason.AREA_WITHOUT_STREETS


def test_progress_is_told_from_none_to_all():
    told: list[tuple[int, int]] = []
    resolutions(
        NAMESAKES,
        grid("A", *(["甲路"] * 250)),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[0] == (0, 250)
    assert told[-1] == (250, 250)
    assert told == sorted(told)


def test_an_empty_map_locates_nothing_and_breaks_nothing():
    (found,) = resolutions(draw_map(), grid("A", "甲路北段"))
    assert found.reason is UnlocatedReason.NOT_FOUND
