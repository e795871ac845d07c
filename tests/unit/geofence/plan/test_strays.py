import numpy as np
import pytest

from geofence.plan.plan import Facility, Section
from geofence.plan.strays import find_stray_facilities, find_strays
from geofence.plan.table import FaultList


def section(section_id, *positions, grids=("JY01",)):
    return Section(section_id, "x", tuple(grids), False, np.array(positions, dtype=np.float64))


def town(longitude, latitude, count, prefix="t", grids=("JY01",)):
    return [
        section(
            f"{prefix}{n}",
            (longitude + n / 1000, latitude),
            (longitude + n / 1000, latitude + 0.0011),
            grids=grids,
        )
        for n in range(count)
    ]


def strays(*sections):
    faults = FaultList("streets.geojson")
    where_of = {each.id: f"features[{n}] ({each.id})" for n, each in enumerate(sections)}
    find_strays(sections, where_of, faults)
    return [(fault.code.value, fault.where, fault.value) for fault in faults.faults]


def test_streets_of_one_town_are_no_strays():
    assert strays(*town(-54.6, -20.5, 30)) == []
    assert strays() == []


def test_a_vertex_at_zero_is_named_with_its_feature():
    bad = section("a2", (-54.6, -20.5), (0.0, 0.0), (-54.61, -20.5))
    assert strays(*town(-54.6, -20.5, 2), bad) == [
        ("position_zero", "features[2] (a2) coordinates[1]", '"[0, 0]"')
    ]


def test_a_plan_around_zero_may_have_a_vertex_there():
    assert strays(*town(0.0, 0.0, 4)) == []


@pytest.mark.parametrize(
    "position", [(-5.46, -20.5), (-54.6, 0.0), (54.6, -20.5), (-54.6, -21.5), (0.0, -20.5)]
)
def test_a_vertex_that_a_slip_moved_hundreds_of_kilometres_is_named(position):
    bad = section("a2", (-54.6, -20.5), position, (-54.61, -20.5))
    ((code, where, value),) = strays(*town(-54.6, -20.5, 3), bad)
    assert (code, where) == ("position_far", "features[3] (a2) coordinates[1]")
    assert value == f'"[{position[0]:g}, {position[1]:g}]"'


def test_of_a_section_with_one_end_far_off_that_end_is_named():
    bad = section("a2", (-50.0, -20.5), (-54.61, -20.5))
    assert [where for _, where, _ in strays(*town(-54.6, -20.5, 3), bad)] == [
        "features[3] (a2) coordinates[0]"
    ]


def test_a_section_far_from_all_others_of_its_grid_is_named():
    far = section("b", (-46.6, -23.5), (-46.61, -23.5))
    assert strays(*town(-54.6, -20.5, 3), far) == [
        ("position_far", "features[3] (b) coordinates[0]", '"[-46.6, -23.5]"')
    ]


def test_a_second_town_with_grids_of_its_own_is_a_town():
    other = town(-46.6, -23.5, 5, "u", grids=("JY02",))
    assert strays(*town(-54.6, -20.5, 30), *other) == []


def test_a_few_sections_far_from_a_whole_town_are_strays_whosever_they_are():
    other = town(-46.6, -23.5, 3, "u", grids=("JY02",))
    assert len(strays(*town(-54.6, -20.5, 30), *other)) == 3


def test_a_town_across_180_degrees_is_one_town():
    across = section("a0", (179.9998, -16.8), (-179.9998, -16.8))
    assert strays(*town(179.99, -16.8, 5), *town(-179.999, -16.8, 5, "u"), across) == []


def test_towns_a_hundred_kilometres_apart_are_one_place_of_work():
    assert strays(*town(-54.6, -20.5, 30), section("b", (-53.7, -20.5), (-53.71, -20.5))) == []


@pytest.mark.parametrize(
    ("position", "code"),
    [((0.0, 0.0), "position_zero"), ((-54.6, 20.5), "position_far"), ((-53.5, -20.5), None)],
)
def test_a_facility_at_zero_or_far_from_every_street_is_named(position, code):
    faults = FaultList("facilities.geojson")
    depot = Facility("depot", "车场", *position)
    find_stray_facilities([("features[0]", depot)], town(-54.6, -20.5, 3), faults)
    found = [(fault.code.value, fault.where) for fault in faults.faults]
    assert found == ([(code, "features[0] coordinates")] if code else [])


def test_facilities_of_a_plan_without_streets_are_as_they_are():
    faults = FaultList("facilities.geojson")
    find_stray_facilities([("features[0]", Facility("depot", "", 0.0, 0.0))], [], faults)
    assert faults.faults == []
