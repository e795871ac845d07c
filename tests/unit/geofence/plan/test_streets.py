import json
from copy import deepcopy
from typing import Any
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.plan.fault import PlanFault
from geofence.plan.plan import Facility, Section
from geofence.plan.streets import read_facilities, read_features, read_sections
from geofence.plan.table import FaultList
from tests.fixtures.counted import Counted
from tests.fixtures.written_plan import DEPOT, STREETS, collection, line

GRIDS = ("JY01", "JY02")


def read(folder, content: Any, reading, *more: Any):
    """What a reader makes of a GeoJSON file, and the faults it finds."""
    path = folder / "streets.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    faults = FaultList(path.name)
    features, _ = read_features(path, faults, "streets")
    return reading(features, faults, *more), faults.faults


def sections_of(folder, content: Any) -> tuple[tuple[Section, ...], list[PlanFault]]:
    return read(folder, content, read_sections, GRIDS)


def facilities_of(folder, content: Any) -> tuple[tuple[Facility, ...], list[PlanFault]]:
    return read(folder, content, read_facilities)


def places(faults: list[PlanFault]) -> list[tuple[str, str]]:
    assert {fault.file for fault in faults} <= {"streets.geojson"}
    return [(fault.code.value, fault.where) for fault in faults]


def with_first(**properties: Any) -> dict:
    changed = deepcopy(STREETS)
    changed["features"][1]["properties"].update(properties)
    return changed


def with_line(geometry: Any) -> dict:
    changed = deepcopy(STREETS)
    changed["features"][1]["geometry"] = geometry
    return changed


def with_positions(*positions: Any) -> dict:
    return with_line({"type": "LineString", "coordinates": list(positions)})


FIRST = "features[1] (s1)"


@pytest.mark.parametrize(
    ("streets", "code", "where"),
    [
        ("{", "json_syntax", "line 1, column 2"),
        ("[" * 100_000, "json_syntax", ""),
        ("[]", "geojson_kind", "type"),
        ({"type": "FeatureCollection"}, "wrong_type", "features"),
        (collection(), "empty", "features"),
        (collection(*STREETS["features"], 7), "geojson_kind", "features[3]"),
        (collection(*STREETS["features"], {"type": "Feature"}), "key_absent",
         "features[3] properties"),
        (collection(*STREETS["features"], crs={"properties": {"name": "EPSG:3857"}}),
         "geojson_kind", "crs"),
        (with_first(id="s2"), "id_repeated", "features[1] (s2) id"),
        (with_first(id=""), "empty", "features[1] id"),
        (with_first(id=None), "key_absent", "features[1] id"),
        (with_first(id=1), "wrong_type", "features[1] id"),
        (with_first(name=None), "empty", f"{FIRST} name"),
        (with_first(name=5), "wrong_type", f"{FIRST} name"),
        (with_first(grids=["JY1"]), "reference_unknown", f"{FIRST} grids"),
        (with_first(grids="JY01"), "wrong_type", f"{FIRST} grids"),
        (with_first(grids=["JY01", "JY01"]), "value_repeated", f"{FIRST} grids"),
        (with_first(oneway="yes"), "wrong_type", f"{FIRST} oneway"),
        (with_first(grids=[1]), "wrong_type", f"{FIRST} grids"),
        (with_line(None), "geojson_kind", f"{FIRST} geometry"),
        (with_line({"type": "MultiLineString", "coordinates": []}), "geojson_kind",
         f"{FIRST} geometry"),
        (with_line({"type": "LineString"}), "wrong_type", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1]), "line_degenerate", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1], [113.3, 40.1]), "line_degenerate", f"{FIRST} coordinates"),
        (with_positions([113.3, 40.1], [113.3]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [113.3, "40"]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [True, 40]), "wrong_type", f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [float("nan"), 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [float("inf"), 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([113.3, 40.1], [10**400, 40.1]), "coordinate_range",
         f"{FIRST} coordinates[1]"),
        (with_positions([12612345.0, 4873456.0], [113.3, 40.1]), "coordinate_range",
         f"{FIRST} coordinates[0]"),
        (with_positions([113.3, 40.1], [40.1, 113.301]), "coordinates_swapped",
         f"{FIRST} coordinates[1]"),
    ],
)  # fmt: skip
def test_a_fault_of_a_section_names_its_code_and_feature(tmp_path, streets, code, where):
    assert places(sections_of(tmp_path, streets)[1]) == [(code, where)]


def test_a_section_must_say_whose_it_is(tmp_path):
    streets = deepcopy(STREETS)
    del streets["features"][1]["properties"]["grids"]
    assert places(sections_of(tmp_path, streets)[1]) == [("key_absent", f"{FIRST} grids")]


def test_sections_are_sorted_by_id_and_keep_direction_and_positions(tmp_path):
    sections, faults = sections_of(tmp_path, STREETS)
    assert faults == []
    assert [section.id for section in sections] == ["s1", "s2", "s3"]
    assert sections[1].grids == ("JY01", "JY02")
    assert [section.oneway for section in sections] == [False, True, False]
    assert sections[2].name == ""
    assert np.array_equal(sections[0].coordinates, [[113.30, 40.1], [113.301, 40.1]])


def test_ids_and_names_lose_the_space_around_them(tmp_path):
    sections, _ = sections_of(tmp_path, with_first(id=" s1\t", name=" 云中街 "))
    assert (sections[0].id, sections[0].name) == ("s1", "云中街")


def test_a_section_may_be_mentioned_in_other_words(tmp_path):
    mentioned = with_first(mentions=[" 云中街北段", "云中街北段", ""])
    sections, faults = sections_of(tmp_path, mentioned)
    assert not faults
    assert {section.id: section.mentions for section in sections}["s1"] == ("云中街北段",)


@pytest.mark.parametrize("mentions", ["云中街北段", [1], {}])
def test_mentions_that_are_no_list_of_texts_are_a_fault(tmp_path, mentions):
    _, faults = sections_of(tmp_path, with_first(mentions=mentions))
    assert places(faults) == [("wrong_type", f"{FIRST} mentions")]


def test_the_first_of_two_sections_with_one_id_is_kept(tmp_path):
    sections, faults = sections_of(tmp_path, with_first(id="s2"))
    assert [(section.id, section.name) for section in sections] == [("s2", "滨河路"), ("s3", "")]
    assert [fault.value for fault in faults] == ['"s2"']


def test_a_road_without_a_name_is_no_fault_where_no_grid_must_collect(tmp_path):
    sections, faults = sections_of(tmp_path, with_first(name=None, grids=[]))
    assert (sections[0].name, sections[0].grids, faults) == ("", (), [])


def test_all_that_is_wrong_with_one_section_is_told_at_once(tmp_path):
    broken = with_first(grids=["JY1"], oneway="yes", name=5)
    broken["features"][1]["geometry"] = None
    _, faults = sections_of(tmp_path, broken)
    assert sorted(place.removeprefix(f"{FIRST} ") for _, place in places(faults)) == [
        "geometry", "grids", "name", "oneway"
    ]  # fmt: skip


def test_an_unknown_grid_is_answered_with_the_one_that_was_meant(tmp_path):
    (fault,) = sections_of(tmp_path, with_first(grids=["JY1"]))[1]
    assert fault.value == '"JY1"'
    assert fault.remedy.endswith("did you mean JY01?")


def test_a_line_of_several_parts_is_answered_with_how_to_split_it(tmp_path):
    (fault,) = sections_of(
        tmp_path, with_line({"type": "MultiLineString", "coordinates": []})
    )[1]  # fmt: skip
    assert "one section a line" in fault.remedy


@pytest.mark.parametrize("corner", [[180, 90], [-180, -90], [-180.0, 90.0]])
def test_the_corners_of_the_world_are_on_it(tmp_path, corner):
    beside = [0.9999 * number for number in corner]
    drawn = collection(line("s1", "云中街", ["JY01"], beside, corner))
    (section,), faults = sections_of(tmp_path, drawn)
    assert faults == []
    assert section.coordinates[1].tolist() == corner


def test_a_vertex_at_zero_is_a_fault_of_its_feature(tmp_path):
    _, faults = sections_of(tmp_path, with_positions([113.3, 40.1], [0, 0], [113.301, 40.1]))
    assert places(faults) == [("position_zero", f"{FIRST} coordinates[1]")]


def test_names_are_read_in_their_composed_form_and_the_other_is_kept_beside(tmp_path):
    name = "Praça da Sé"
    (section, *_), faults = sections_of(tmp_path, with_first(name=normalize("NFD", name)))
    assert faults == []
    assert section.name == name
    assert section.written_name == normalize("NFD", name)
    assert sections_of(tmp_path, with_first(name=name))[0][0].written_name == ""


@pytest.mark.parametrize(
    "position", [[180.001, 40], [181, 91], [-180.001, 0], [0, 181], [113.3, 90.5], [113.3, -90.5]]
)
def test_a_step_over_the_edge_of_the_world_is_a_fault_that_shows_the_position(tmp_path, position):
    (fault,) = sections_of(tmp_path, with_positions([113.3, 40.1], position))[1]
    assert fault.where == f"{FIRST} coordinates[1]"
    assert fault.value == f'"{position}"'


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ([40.1, 113.3], "coordinates_swapped"),
        ([90, 180], "coordinates_swapped"),
        ([90.1, 180], "coordinate_range"),
        ([-90, -180], "coordinates_swapped"),
        ([-90, -180.1], "coordinate_range"),
        ([-90.1, -180], "coordinate_range"),
        ([90, 180.1], "coordinate_range"),
    ],
)
def test_a_position_looks_swapped_only_if_the_other_way_it_lies_on_the_world(
    tmp_path, position, code
):
    _, faults = sections_of(tmp_path, with_positions([113.3, 40.1], position))
    assert places(faults) == [(code, f"{FIRST} coordinates[1]")]


# The file


@pytest.mark.parametrize(
    ("content", "shown"), [({"type": "Feature"}, '"Feature"'), ([1, 2], "a list of 2"), (7, "7")]
)
def test_what_is_no_collection_of_features_is_told_by_what_it_is(tmp_path, content, shown):
    (fault,) = sections_of(tmp_path, content)[1]
    assert (fault.code, fault.where, fault.value) == ("geojson_kind", "type", shown)


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"]
)
def test_a_file_that_says_it_is_in_wgs_84_is_taken(tmp_path, name):
    crs = {"type": "name", "properties": {"name": name}}
    assert sections_of(tmp_path, {**STREETS, "crs": crs})[1] == []


def test_the_order_of_the_keys_of_a_crs_has_no_part_in_it(tmp_path):
    crs = {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}, "type": "name"}
    assert sections_of(tmp_path, {**STREETS, "crs": crs})[1] == []


@pytest.mark.parametrize(
    ("told", "schematic"), [({"schematic": True}, True), ({"schematic": 1}, False), ({}, False)]
)
def test_a_file_is_schematic_only_if_it_says_so_by_true(tmp_path, told, schematic):
    path = tmp_path / "streets.geojson"
    path.write_text(json.dumps({**STREETS, **told}), encoding="utf-8")
    assert read_features(path, FaultList(path.name), "streets")[1] is schematic


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert sections_of(tmp_path, "\ufeff" + json.dumps(STREETS))[1] == []


def test_a_file_that_is_not_there_is_answered_with_the_key_that_names_it(tmp_path):
    faults = FaultList("roads.geojson")
    assert read_features(tmp_path / "roads.geojson", faults, "facilities") == ([], False)
    (fault,) = faults.faults
    assert (fault.code, fault.where) == ("file_absent", "")
    assert "change facilities in the plan" in fault.remedy


def test_a_file_in_another_encoding_names_the_first_byte_that_is_not_utf_8(tmp_path):
    path = tmp_path / "streets.geojson"
    path.write_bytes(b"{}" + "机扫".encode("gb18030"))
    faults = FaultList(path.name)
    read_features(path, faults, "streets")
    assert places(faults.faults) == [("not_utf8", "byte 2")]


# Facilities


def facility(kind: str, name: str, *position: float) -> dict:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": name},
        "geometry": {"type": "Point", "coordinates": list(position)},
    }


def test_facilities_come_in_order_of_kind_name_and_place(tmp_path):
    drawn = [
        facility("transfer_station", "东站", 113.3, 40.1),
        facility("depot", "车场", 113.4, 40.1),
        facility("depot", "车场", 113.3, 40.1, 1050.0),
    ]
    facilities, faults = facilities_of(tmp_path, collection(*drawn))
    assert faults == []
    assert [(one.kind, one.longitude) for one in facilities] == [
        ("depot", 113.3), ("depot", 113.4), ("transfer_station", 113.3)
    ]  # fmt: skip


def test_a_plan_may_have_no_facility(tmp_path):
    assert facilities_of(tmp_path, collection()) == ((), [])


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"properties": {"kind": "depo"}}, "wrong_type", "features[0] kind"),
        ({"geometry": {"type": "LineString"}}, "geojson_kind", "features[0] geometry"),
        ({"geometry": {"type": "Point", "coordinates": [200, 0]}}, "coordinate_range",
         "features[0]"),
    ],
)  # fmt: skip
def test_a_fault_of_a_facility_names_its_code_and_feature(tmp_path, change, code, where):
    facilities, faults = facilities_of(tmp_path, collection({**DEPOT, **change}))
    assert places(faults) == [(code, where)]
    assert facilities == ()


def test_a_kind_that_is_misspelt_is_answered_with_the_one_that_was_meant(tmp_path):
    drawn = collection(facility("depo", "车场", 113.3, 40.1))
    (fault,) = facilities_of(tmp_path, drawn)[1]
    assert fault.remedy == "write one of depot, transfer_station; did you mean depot?"


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["FeatureCollection", "Feature", "LineString"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "features", "properties", "geometry", "coordinates", "id",
                         "name", "grids", "oneway", "crs"]), inner, max_size=5),
))  # fmt: skip
def test_whatever_json_stands_in_a_file_is_told_as_a_fault(tmp_path, content):
    for drawn in (content, collection(content), collection(*STREETS["features"], content)):
        _, faults = sections_of(tmp_path, drawn)
        assert faults
        assert all(fault.remedy for fault in faults)


@pytest.mark.parametrize("count", [10, 40])
def test_sections_of_many_grids_are_read_without_a_search_through_all_ids_for_each(count):
    grids = Counted(f"JY{number}" for number in range(count))
    drawn = STREETS["features"][1]
    features = [
        {
            "type": "Feature",
            "properties": {**drawn["properties"], "id": f"s{number}", "grids": [f"JY{number}"]},
            "geometry": drawn["geometry"],
        }
        for number in range(count)
    ]
    faults = FaultList("streets.geojson")
    assert len(read_sections(features, faults, grids)) == count
    assert grids.taken <= 2 * count
