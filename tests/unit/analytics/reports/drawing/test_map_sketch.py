import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.drawing.map_sketch import (
    LEAST_MARGIN_M,
    MAP_ASPECT,
    MARGIN_SHARE,
    _bounds,
    sketch,
    sketches,
)
from analytics.reports.tables.report import Miss
from analytics.verdicts.judge import judge
from tests.fixtures.reported_night import FORMULA, MARKUP, SCRIPT
from tests.fixtures.town import MONDAY, Town, Truck, grid, street

METRES = st.floats(-5000.0, 5000.0)


@pytest.fixture(scope="module")
def drawn(report):
    return sketch(report.misses[0])


def misses(town, *trucks):
    """What trucks left of a town."""
    judged = judge([truck.observation() for truck in trucks], town.plan, town.network, MONDAY)
    return [
        Miss(each.case, each.grid.verdict.value, tuple(each.evidence())) for each in judged.cases
    ]


def only(town, *trucks):
    (miss,) = misses(town, *trucks)
    return sketch(miss)


def length_m(lines):
    return sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)


def test_missing_stretches_are_those_of_the_evidence(drawn):
    streets = {street.name: street for street in drawn.streets}
    assert length_m(streets[SCRIPT].missing) == pytest.approx(1000, abs=1)
    assert length_m(streets[MARKUP].missing) == pytest.approx(500, abs=2)
    assert streets["云中街"].missing == ()


def test_a_sketch_says_of_what_it_is_and_how_each_street_came_out(drawn):
    assert (drawn.service_date, drawn.grid_id, drawn.window) == (
        "2022-03-28", "JY01", "07:00-10:00",
    )  # fmt: skip
    assert {street.name: street.verdict for street in drawn.streets} == {
        "云中街": "served", FORMULA: "late", MARKUP: "partial", SCRIPT: "skipped",
    }  # fmt: skip


def test_a_missing_stretch_follows_the_bends_of_its_street():
    town = Town(street("弯街", (0, 0), (300, 0), (300, 400)))
    truck = Truck(town).drive("弯街", 0, 100, "07:00", "07:05").stand("弯街", 100, "07:05", "23:59")
    ((stretch,),) = (each.missing for each in only(town, truck).streets)
    assert stretch[1] - stretch[0] == pytest.approx([200, 0], abs=2)
    assert stretch[2] - stretch[1] == pytest.approx([0, 400], abs=2)
    assert len(stretch) == 3


def test_a_stretch_that_a_doubtful_pass_may_have_collected_is_ambiguous_and_missing():
    town = Town()
    truck = Truck(town).stand("云中街", 0, "07:00", "23:59")
    truck.passing("云中街", 400, 700, "08:00", "08:10", certain=False)
    (found,) = only(town, truck).streets
    assert length_m(found.ambiguous) == pytest.approx(300, abs=2)
    assert length_m(found.missing) == pytest.approx(1000, abs=1)


def test_all_of_the_grid_lies_within_the_bounds(drawn):
    west, east, south, north = drawn.bounds
    points = np.concatenate([line for street in drawn.streets for line in street.lines])
    assert ((points > [west, south]) & (points < [east, north])).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(METRES, METRES), min_size=2, max_size=8))
def test_bounds_are_the_smallest_of_their_shape_that_leave_a_margin_around_all_points(points):
    places = np.array(points)
    west, east, south, north = _bounds(places)
    low, high = places.min(axis=0), places.max(axis=0)
    margin = max(LEAST_MARGIN_M, MARGIN_SHARE * (high - low).max())
    room = np.concatenate([low - [west, south], [east, north] - high])
    assert (east - west) / (north - south) == pytest.approx(MAP_ASPECT)
    assert room[:2] == pytest.approx(room[2:], abs=1e-6)  # in the middle
    assert room.min() == pytest.approx(margin)


def test_of_other_roads_those_show_that_reach_into_the_bounds():
    town = Town(
        street("云中街", (0, 0), (1000, 0)),
        street("穿过", (-9000, 50), (9000, 50), grids=["JR02"]),
        street("无名", (500, 100), (600, 100), grids=[]),
        street("北", (0, 2000), (1000, 2000), grids=["JR02"]),
        street("南", (0, -2000), (1000, -2000), grids=["JR02"]),
        street("东", (3000, 0), (4000, 0), grids=["JR02"]),
        street("西", (-4000, 0), (-3000, 0), grids=["JR02"]),
        street("共用", (0, 10), (1000, 10), grids=["JR02", "JY01"]),
        grids=[grid("JY01"), grid("JR02", vehicles=["晋B2"])],
    )
    truck = Truck(town).stand("云中街", 0, "07:00", "23:59")
    found = sketch(misses(town, truck)[0])
    shown = {tuple(np.ptp(line, axis=0).round().tolist()) for line in found.others}
    assert found.grid_id == "JY01"
    assert shown == {(18000, 0), (100, 0)}
    assert {each.name for each in found.streets} == {"云中街", "共用"}


def test_streets_of_other_grids_beyond_the_bounds_are_left_out(drawn):
    assert drawn.others == ()


@pytest.mark.parametrize("schematic", [True, False])
def test_a_sketch_of_a_schematic_plan_says_so(schematic):
    town = Town().with_plan(schematic=schematic)
    assert only(town, Truck(town).stand("云中街", 0, "07:00", "23:59")).schematic is schematic


def test_sketches_come_in_the_order_of_the_misses():
    town = Town(grids=[grid("JY01", "07:00-10:00", "14:30-17:30")])
    found = misses(town, Truck(town).stand("云中街", 0, "00:01", "23:59"))
    assert [each.window for each in sketches(found[::-1])] == ["14:30-17:30", "07:00-10:00"]
