from copy import deepcopy

import pytest

from geofence.overrides.lines import LineError
from geofence.overrides.overrides import Assign, Cut, Join
from geofence.overrides.redrawing import assign_feature, cut_feature, join_features


def feature(section_id, line, **properties):
    whole = {"id": section_id, "name": "", "grids": [], "oneway": False, **properties}
    geometry = {"type": "LineString", "coordinates": line}
    return {"type": "Feature", "properties": whole, "geometry": geometry}


WEST, MIDDLE, EAST = [113.30, 40.08], [113.31, 40.08], [113.32, 40.08]
STREET = feature("w1-1", [WEST, EAST], name="云中街", grids=["JY01"], lanes=4)


def test_halves_keep_all_that_the_whole_was():
    before = deepcopy(STREET)
    first, second = cut_feature(STREET, Cut("w1-1", (113.31, 40.08)))
    assert first["properties"] == {**STREET["properties"], "id": "w1-1/1"}
    assert second["properties"] == {**STREET["properties"], "id": "w1-1/2"}
    assert first["geometry"]["coordinates"] == [WEST, MIDDLE]
    assert before == STREET


def test_a_joined_section_has_the_first_name_and_grids_that_there_are():
    one, other = feature("w1-1", [WEST, MIDDLE]), feature("w2-1", [MIDDLE, EAST], name="滨河路")
    made = join_features([one, other], Join(("w1-1", "w2-1")))
    assert made["properties"]["id"] == "w1-1+w2-1"
    assert (made["properties"]["name"], made["properties"]["grids"]) == ("滨河路", [])
    assert made["geometry"]["coordinates"] == [WEST, MIDDLE, EAST]
    assert "tasks" not in made["properties"]


def test_a_joined_section_has_the_first_tasks_that_there_are():
    one = feature("w1-1", [WEST, MIDDLE])
    other = feature("w2-1", [MIDDLE, EAST], tasks=["BRUSHING"])
    made = join_features([one, other], Join(("w1-1", "w2-1")))
    assert made["properties"]["tasks"] == ["BRUSHING"]


def test_three_sections_are_joined_one_after_the_other():
    far = [113.33, 40.08]
    parts = [
        feature("b", [MIDDLE, EAST]), feature("a", [WEST, MIDDLE]), feature("c", [EAST, far])
    ]  # fmt: skip
    made = join_features(parts, Join(("b", "a", "c")))
    assert made["geometry"]["coordinates"] == [WEST, MIDDLE, EAST, far]


def test_a_one_way_street_is_not_joined_with_a_two_way_one():
    parts = [feature("a", [WEST, MIDDLE], oneway=True), feature("b", [MIDDLE, EAST])]
    with pytest.raises(LineError, match="one direction in a part of them only"):
        join_features(parts, Join(("a", "b")))


def test_what_is_not_assigned_is_left_as_the_map_has_it():
    assert assign_feature(STREET, Assign("w1-1", ("JY02",)))["properties"] == {
        **STREET["properties"], "grids": ["JY02"]
    }  # fmt: skip
    named = assign_feature(STREET, Assign("w1-1", (), "", oneway=True))["properties"]
    assert (named["name"], named["grids"], named["oneway"]) == ("", [], True)
