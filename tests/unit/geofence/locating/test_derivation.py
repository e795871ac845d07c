"""From what a mention means to pieces."""

import pytest
from shapely import LineString, box

from geofence.locating.derivation import Derivation
from geofence.locating.gazetteer import Gazetteer
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Remark
from tests.fixtures.drawn_map import draw_map, drawn_pieces, off_m, place, road

TOWN = draw_map(
    road("甲路", (0, 0), (0, 900)),
    road("迎泽东街", (0, 300), (400, 300)),
    road("迎泽西街", (-400, 300), (0, 300)),
    road("丁街", (0, 600), (400, 600)),
    road("", (0, 900), (0, 1200)),
    road("", (0, 100), (90, 100)),
    road("断街", (0, 2000), (300, 2000)),
    road("断街", (500, 2000), (900, 2000)),
    places=[place("市场", box(20, 400, 80, 460), "amenity=marketplace")],
)
MEASURED = MeasuredMap(TOWN)


def derive(mention: str, **context):
    draft = Gazetteer(MEASURED).look_up(mention)
    chosen = tuple(options[0] for options in draft.options)
    return Derivation(MEASURED).outcome(draft, chosen, **context)


@pytest.mark.parametrize(
    ("mention", "line"),
    [
        ("甲路", [(0, 0), (0, 900)]),
        ("甲路北段", [(0, 450), (0, 900)]),
        ("甲路北延", [(0, 900), (0, 1200)]),
        ("甲路(迎泽东街—丁街)", [(0, 300), (0, 600)]),
        ("甲路支路", [(0, 100), (90, 100)]),
        ("市场", [(0, 300), (0, 600)]),
        ("迎泽东西街", [(-400, 300), (400, 300)]),
    ],
)
def test_each_kind_comes_to_its_pieces(mention, line):
    outcome = derive(mention)
    assert outcome.reason is None, outcome.detail
    assert off_m(drawn_pieces(TOWN, outcome.pieces), LineString(line)) < 1.0


def test_in_a_plan_that_speaks_of_the_middle_a_part_is_a_third():
    north = drawn_pieces(TOWN, derive("甲路北段", thirds=True).pieces)
    assert north.length == pytest.approx(300, abs=3)


def test_a_street_in_pieces_is_told():
    assert derive("断街").remarks == (Remark.IN_PIECES,)


def test_a_street_that_the_map_spells_in_several_ways_is_told():
    street_map = draw_map(
        road("Av. Brasil", (0, 0), (300, 0)), road("Avenida Brasil", (300, 0), (600, 0))
    )
    measured = MeasuredMap(street_map)
    draft = Gazetteer(measured).look_up("AVENIDA BRASIL")
    outcome = Derivation(measured).outcome(draft, (draft.options[0][0],))
    assert outcome.remarks == (Remark.SPELLED_OTHERWISE,)
    assert len(outcome.pieces) == 2
