import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from analytics.dashboard.documents.documents import PlanDoc
from analytics.dashboard.documents.plan_documents import center_of, plan_document, streets_geojson
from geofence.network.network import build_network
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Assignment, Facility, Operator
from ingest.time_zones import utc_offsets
from tests.fixtures.counted import Counted
from tests.fixtures.shown_city import sample_plan
from tests.fixtures.town import MONDAY, ORIGIN, TRUCK, Town, grid, next_day, street

SECRET = "司机 13800000000"
STAND_IN = "晋B39720"


def town():
    made = Town(
        street("支路", (400, 0), (400, 300), section="b"),
        street("云中街", (0, 0), (400, 0), section="a"),
        street("云中街", (400, 0), (1000, 0), section="c", grids=["JY01", "JR02"]),
        street("", (1000, 0), (1000, -500), section="d", grids=[]),
        grids=[
            grid("JY01", "07:00-10:00", "22:00-02:00", streets=["支路", "无名路", "云中街"]),
            grid("JR02", vehicles=["晋B2"], operator="sweep-2"),
            grid("JR03", vehicles=["晋B3"], operator="sweep-2", streets=["无名路"]),
        ],
    )
    return made.with_plan(
        operators=(
            Operator("sweep-1", "机扫一公司", contact=SECRET, spares=("晋B21333",)),
            Operator("sweep-2", "机扫二公司", contact=SECRET),
        ),
        facilities=(Facility("depot", "云冈站", 113.25, 40.05),),
    )


TOWN = town()
PLAN, NETWORK = TOWN.plan, TOWN.network
DOCUMENT = plan_document(PLAN, NETWORK, MONDAY)
GRIDS = {each["id"]: each for each in DOCUMENT["grids"]}


def degrees(x, y):
    longitude, latitude = ORIGIN.to_degrees(np.array([x]), np.array([y]))
    return pytest.approx((float(longitude[0]), float(latitude[0])), abs=1e-6)


def test_it_is_the_document_that_the_interface_describes():
    as_sent = json.loads(json.dumps(DOCUMENT))
    adapter = TypeAdapter(PlanDoc)
    assert json.loads(adapter.dump_json(adapter.validate_python(as_sent))) == as_sent
    assert as_sent["version"] == PLAN.version


def test_it_says_how_local_times_are_reckoned_so_that_no_browser_has_to_know():
    assert DOCUMENT["timezone"] == "Asia/Shanghai"
    assert DOCUMENT["utc_offsets"] == [list(each) for each in utc_offsets("Asia/Shanghai")]


def test_no_contact_is_in_it():
    assert "13800000000" not in json.dumps([DOCUMENT, streets_geojson(PLAN, NETWORK)])
    assert DOCUMENT["operators"] == [
        {"id": "sweep-1", "name": "机扫一公司"},
        {"id": "sweep-2", "name": "机扫二公司"},
    ]


def test_a_street_is_as_long_as_its_sections_in_the_grid():
    lengths = {
        name: {each["name"]: each["length_m"] for each in GRIDS[name]["streets"]}
        for name in ("JY01", "JR02")
    }
    assert lengths == {
        "JY01": {"云中街": pytest.approx(1000, abs=0.2), "支路": pytest.approx(300, abs=0.2),
                 "无名路": 0.0},
        "JR02": {"云中街": pytest.approx(600, abs=0.2)},
    }  # fmt: skip


def test_streets_that_no_section_draws_come_last_and_are_not_located():
    located = [(each["name"], each["located"]) for each in GRIDS["JY01"]["streets"]]
    assert located == [("云中街", True), ("支路", True), ("无名路", False)]


def test_a_grid_of_which_nothing_is_drawn_has_no_center():
    assert GRIDS["JR03"]["center"] is None
    assert [each["name"] for each in GRIDS["JR03"]["streets"]] == ["无名路"]


def test_a_grid_has_its_operator_and_its_windows_as_the_plan_writes_them():
    assert (GRIDS["JY01"]["operator"], GRIDS["JY01"]["windows"]) == (
        "sweep-1", ["07:00-10:00", "22:00-02:00"],
    )  # fmt: skip


def test_vehicles_are_those_of_the_date():
    plan = replace(PLAN, assignments=(Assignment("JY01", MONDAY, (STAND_IN,)),))
    vehicles = [
        plan_document(plan, NETWORK, date)["grids"][0]["vehicles"] for date in (MONDAY, next_day())
    ]
    assert vehicles == [[STAND_IN], [TRUCK]]


def test_the_bounds_hold_every_section_also_those_of_no_grid():
    west, south, east, north = DOCUMENT["bounds"]
    assert (west, south) == degrees(0, -500)
    assert (east, north) == degrees(1000, 300)


def test_facilities_are_named_with_their_places():
    assert DOCUMENT["facilities"] == [
        {"kind": "depot", "name": "云冈站", "longitude": 113.25, "latitude": 40.05}
    ]


@pytest.mark.parametrize("basemap", [None, {"kind": "raster", "min_zoom": 1}])
def test_the_basemap_is_as_given(basemap):
    assert plan_document(PLAN, NETWORK, MONDAY, basemap)["basemap"] == basemap


def test_sections_are_drawn_under_the_numbers_that_the_network_gives_them():
    features = streets_geojson(PLAN, NETWORK)["features"]
    assert [each["id"] for each in features] == list(range(4))
    for number, feature in enumerate(features):
        told = feature["properties"]
        assert told["number"] == number
        assert told["id"] == NETWORK.section_ids[number]
        assert told["length_m"] == pytest.approx(NETWORK.section_length_m[number], abs=0.05)
    assert [each["properties"]["grids"] for each in features] == [
        ["JY01"], ["JY01"], ["JY01", "JR02"], [],
    ]  # fmt: skip


def test_lines_are_drawn_to_a_tenth_of_a_metre():
    lines = [each["geometry"]["coordinates"] for each in streets_geojson(PLAN, NETWORK)["features"]]
    for line, section in zip(lines, PLAN.sections, strict=True):
        assert np.array(line) == pytest.approx(section.coordinates, abs=5.1e-7)
        assert all(len(repr(value).partition(".")[2]) <= 6 for point in line for value in point)


def test_a_center_is_that_of_the_street_or_of_the_grid():
    assert center_of(PLAN, "JY01", "支路") in (degrees(400, 0), degrees(400, 300))
    assert center_of(PLAN, "JY01") == degrees(400, 0)


@pytest.mark.parametrize(
    ("grid_id", "name"), [("JR02", "支路"), ("JY01", "无名路"), ("absent", None)]
)
def test_what_is_not_drawn_has_no_center(grid_id, name):
    assert center_of(PLAN, grid_id, name) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=2, max_size=9, unique=True
    )
)
def test_a_center_is_a_vertex_and_none_lies_nearer_to_the_middle(points):
    made = Town(street("弯街", *points))
    center = np.array(center_of(made.plan, "JY01"))
    vertices = made.plan.sections[0].coordinates
    middle = np.median(vertices, axis=0)

    def away(places):
        return np.abs(places - middle).sum(axis=-1)

    assert away(vertices - center + middle).min() < 2e-6
    assert away(center) <= away(vertices).min() + 2e-6


def test_a_plan_of_many_grids_is_described_in_a_few_walks_through_its_sections():
    plan = replace(sample_plan(), sections=Counted(sample_plan().sections))
    network = build_network(sample_plan().sections)
    plan_document(plan, network, MONDAY)
    assert 0 < plan.sections.taken <= 4 * len(plan.sections)


def test_centres_and_lengths_are_those_of_a_walk_through_all_sections():
    shown, network = sample_plan(), build_network(sample_plan().sections)
    for document in plan_document(shown, network, MONDAY)["grids"]:
        grid_id = document["id"]
        own = [n for n, section in enumerate(shown.sections) if grid_id in section.grids]
        names = sorted({shown.sections[n].name for n in own})
        located = {
            each["name"]: each["length_m"] for each in document["streets"] if each["located"]
        }
        assert list(located) == names
        for name in (None, *names):
            chosen = [n for n in own if name in (None, shown.sections[n].name)]
            points = np.concatenate([shown.sections[n].coordinates for n in chosen])
            away = np.abs(points - np.median(points, axis=0)).sum(axis=1)
            expected = tuple(round(float(degree), 6) for degree in points[int(away.argmin())])
            assert center_of(shown, grid_id, name) == expected
            if name is not None:
                length_m = sum(float(network.section_length_m[n]) for n in chosen)
                assert located[name] == round(length_m, 1)


def test_the_bounds_of_a_town_across_180_degrees_run_on_beyond_it():
    there = LocalProjection(180.0, -16.8)
    lines = [
        replace(street(name, (0, 0), (1, 0)), coordinates=np.stack(there.to_degrees(*ends), axis=1))
        for name, ends in {
            "云中街": np.array([[-600.0, 600.0], [0.0, 0.0]]),
            "支路": np.array([[20.0, 20.0], [0.0, 300.0]]),
        }.items()
    ]
    made = Town(*lines)
    west, south, east, north = plan_document(made.plan, made.network, MONDAY)["bounds"]
    assert 179.99 < west < 180.0 < east < 180.01
    assert -16.81 < south < north < -16.79
    longitude, _ = center_of(made.plan, "JY01", "支路")
    assert longitude == pytest.approx(-179.9998, abs=1e-4)
