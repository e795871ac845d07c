import math

import numpy as np
import pytest

from geofence.locating.resolution import Located, MentionKind, Piece, Resolution
from geofence.survey.lines import measures_m
from geofence.survey.streets import draw_streets
from tests.fixtures.small_map import line, small_map

MAP = small_map(
    line((0, 0), (400, 0), name="云中街", id="w1-001"),
    line((400, 0), (400, 300), name="", id="w2-001", oneway=True),
    line((5000, 0), (5400, 0), name="远路", id="w3-001"),
)


def drawn(*resolutions, around_m=math.inf):
    found = draw_streets(MAP, Located(resolutions), around_m=around_m, unnamed="无名 {}")
    return {section.id: section for section in found}


def whole(grid, mention, section=0):
    return Resolution(grid, mention, MentionKind.STREET, (Piece(section),), score=1.0)


def half(grid, mention, *shares):
    return Resolution(grid, mention, MentionKind.PART, (Piece(0, *shares),), score=1.0)


def test_a_street_bears_the_name_by_which_the_plan_mentions_it():
    section = drawn(whole("JY01", "云中大街"))["w1-001"]
    assert (section.name, section.map_name, section.grids) == ("云中大街", "云中街", ("JY01",))
    assert section.mentions == ()


def test_other_roads_are_drawn_for_no_grid_with_their_direction_and_their_own_name():
    sections = drawn(whole("JY01", "云中街"))
    assert (sections["w2-001"].name, sections["w2-001"].grids) == ("", ())
    assert sections["w2-001"].oneway
    assert sections["w3-001"].name == "远路"


def test_roads_far_from_all_that_is_claimed_are_left_out():
    assert set(drawn(whole("JY01", "云中街"), around_m=1000)) == {"w1-001", "w2-001"}


def test_a_section_is_cut_where_another_grid_begins():
    sections = drawn(half("JY01", "云中街西段", 0.0, 0.5), half("JY02", "云中街东段", 0.5, 1.0))
    west, east = sections["w1-001.1"], sections["w1-001.2"]
    assert (west.name, west.grids) == ("云中街西段", ("JY01",))
    assert (east.name, east.grids) == ("云中街东段", ("JY02",))
    assert measures_m(west.line)[-1] == pytest.approx(200, rel=1e-3)
    assert west.line[-1].tolist() == east.line[0].tolist()


def test_the_word_for_the_whole_street_names_what_grids_share_and_the_other_is_a_mention():
    sections = drawn(half("JY01", "云中街西段", 0.0, 0.5), whole("JY02", "云中街"))
    shared, rest = sections["w1-001.1"], sections["w1-001.2"]
    assert (shared.name, shared.mentions) == ("云中街", ("云中街西段",))
    assert shared.grids == ("JY01", "JY02")
    assert (rest.name, rest.mentions, rest.grids) == ("云中街", (), ("JY02",))


def test_what_no_mention_claims_between_two_is_drawn_for_no_grid():
    sections = drawn(half("JY01", "云中街西段", 0.0, 0.3), half("JY01", "云中街东段", 0.7, 1.0))
    assert [sections[f"w1-001.{part}"].grids for part in (1, 2, 3)] == [("JY01",), (), ("JY01",)]
    assert sections["w1-001.2"].name == "云中街"


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.999), (0.001, 1.0)])
def test_a_rest_too_short_to_stand_alone_goes_with_what_is_beside_it(first, last):
    sections = drawn(half("JY01", "云中街西段", first, last))
    assert sections["w1-001"].grids == ("JY01",)
    assert np.array_equal(sections["w1-001"].line, MAP.line(0))


def test_what_an_area_claims_has_the_maps_name_or_one_by_its_id():
    area = Resolution("JY01", "", MentionKind.AREA, (Piece(0), Piece(1)))
    sections = drawn(area)
    assert sections["w1-001"].name == "云中街"
    assert sections["w2-001"].name == "无名 w2"
    assert sections["w3-001"].grids == ()
