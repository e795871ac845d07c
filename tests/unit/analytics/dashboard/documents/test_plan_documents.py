import json
from dataclasses import replace

import numpy as np
import pytest

from analytics.dashboard.documents.plan_documents import center_of, plan_document, streets_geojson
from geofence.plan.plan import Assignment
from tests.fixtures.town import MONDAY, TRUCK, Town, grid, next_day, street

TOWN = Town(
    street("魏都大道", (0, 0), (600, 0)),
    street("云中街", (600, 0), (600, 300)),
    grids=[grid("JY01", "07:00-10:00", "22:00-02:00")],
)


def document(plan=TOWN.plan, day=MONDAY):
    return plan_document(plan, TOWN.network, day)


def test_a_plan_tells_its_grids_with_the_windows_as_written_and_the_streets_by_name():
    (told,) = document()["grids"]
    assert (told["id"], told["windows"]) == ("JY01", ["07:00-10:00", "22:00-02:00"])
    names = [each["name"] for each in told["streets"]]
    assert names == sorted(names)
    assert {each["name"]: each["length_m"] for each in told["streets"]} == {
        "云中街": pytest.approx(300, abs=0.2), "魏都大道": pytest.approx(600, abs=0.2),
    }  # fmt: skip


def test_a_street_that_nobody_drew_is_told_as_unlocated_without_a_length():
    (only,) = TOWN.plan.grids
    plan = replace(TOWN.plan, grids=(replace(only, streets=(*only.streets, "无名路")),))
    (told,) = document(plan)["grids"]
    assert {"name": "无名路", "length_m": 0.0, "located": False} in told["streets"]
    assert sum(each["located"] for each in told["streets"]) == 2


def test_the_vehicles_are_those_of_the_date():
    spare = Assignment(grid_id="JY01", service_date=MONDAY, vehicles=("晋B39720",))
    plan = replace(TOWN.plan, assignments=(spare,))
    assert document(plan)["grids"][0]["vehicles"] == ["晋B39720"]
    assert document(plan, next_day())["grids"][0]["vehicles"] == [TRUCK]


def test_contacts_are_no_part_of_the_document():
    operators = tuple(replace(each, contact="值班室 0352") for each in TOWN.plan.operators)
    plan = replace(TOWN.plan, operators=operators)
    assert "0352" not in json.dumps(document(plan), ensure_ascii=False)
    assert document(plan)["operators"][0].keys() == {"id", "name"}


def test_the_bounds_hold_every_street_and_nothing_else():
    west, south, east, north = document()["bounds"]
    points = np.concatenate([section.coordinates for section in TOWN.plan.sections])
    assert (west, south) == tuple(points.min(axis=0))
    assert (east, north) == tuple(points.max(axis=0))


def test_the_drawing_numbers_sections_as_the_network_does():
    drawn = streets_geojson(TOWN.plan, TOWN.network)["features"]
    assert [each["id"] for each in drawn] == [0, 1]
    for number, feature in enumerate(drawn):
        section = TOWN.plan.sections[number]
        assert feature["properties"]["number"] == number
        assert feature["properties"]["id"] == section.id
        assert feature["properties"]["length_m"] == pytest.approx(
            TOWN.network.section_length_m[number], abs=0.06
        )
        assert np.allclose(feature["geometry"]["coordinates"], section.coordinates, atol=1e-6)


def test_the_middle_of_a_street_is_a_vertex_of_it_and_what_has_no_section_has_none():
    assert center_of(TOWN.plan, "JY99") is None
    assert center_of(TOWN.plan, "JY01", "无名路") is None
    place = center_of(TOWN.plan, "JY01", "云中街")
    (lane,) = (each for each in TOWN.plan.sections if each.name == "云中街")
    assert any(np.allclose(place, vertex, atol=1e-6) for vertex in lane.coordinates)
