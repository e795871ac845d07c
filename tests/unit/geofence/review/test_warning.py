from datetime import date
from typing import Any

import numpy as np
import pytest

from geofence.network.network import build_network
from geofence.plan.plan import DailyWindow, Grid, Operator, Plan, Section
from geofence.review.warning import WARNING_MEANINGS, WarningCode, warnings_of

WINDOW = (DailyWindow("07:00-10:00", 420, 600),)
EAST = [(113.30, 40.1), (113.31, 40.1)]
ON = [(113.31, 40.1), (113.32, 40.1)]


def grid(grid_id: str, vehicle: str, *streets: str) -> Grid:
    return Grid(grid_id, "sweep-1", (vehicle,), WINDOW, streets=streets)


def section(section_id: str, name: str, grids: tuple[str, ...], positions: Any) -> Section:
    return Section(section_id, name, grids, False, np.array(positions, dtype=np.float64))


def plan_of(grids: list[Grid], sections: list[Section], timezone: str = "Asia/Shanghai") -> Plan:
    return Plan(
        name="A town",
        timezone=timezone,
        effective_from=date(2022, 3, 25),
        operators=(Operator("sweep-1", "机扫一公司"),),
        grids=tuple(grids),
        sections=tuple(sections),
        version="",
    )


def warned(plan: Plan) -> list[tuple[str, str]]:
    network = build_network(plan.sections) if plan.sections else None
    return [(warning.code.value, warning.subject) for warning in warnings_of(plan, network)]


def test_a_sound_plan_has_no_warning():
    plan = plan_of(
        [grid("JY01", "a", "云中街"), grid("JY02", "b")],
        [section("s1", "云中街", ("JY01",), EAST), section("s2", "滨河路", ("JY02",), ON)],
    )
    assert warned(plan) == []


def test_a_vehicle_of_two_grids_is_told_once():
    plan = plan_of(
        [grid("JY01", "a"), grid("JY02", "a")], [section("s1", "云中街", ("JY01", "JY02"), EAST)]
    )
    assert warned(plan) == [("vehicle_shared", "a")]


def test_streets_that_the_list_and_the_lines_do_not_share_are_told():
    plan = plan_of(
        [grid("JY01", "a", "云中街", "南关")],
        [section("s1", "云中街", ("JY01",), EAST), section("s2", "滨河路", ("JY01",), ON)],
    )
    assert warned(plan) == [("street_unlocated", "JY01"), ("street_not_listed", "JY01")]
    details = [warning.detail for warning in warnings_of(plan, None)]
    assert details == ["not drawn: 南关", "drawn but not listed: 滨河路"]


def test_a_grid_that_nothing_is_drawn_for_is_told():
    plan = plan_of(
        [grid("JY01", "a"), grid("JY02", "b")], [section("s1", "云中街", ("JY01",), EAST)]
    )
    assert warned(plan) == [("grid_without_section", "JY02")]


def test_an_operator_without_grid_is_told():
    plan = plan_of([], [section("s1", "", (), EAST)])
    assert warned(plan) == [("operator_without_grid", "sweep-1")]


def test_a_network_in_two_parts_is_told_with_the_smaller_one():
    apart = [(113.40, 40.2), (113.401, 40.2)]
    plan = plan_of(
        [grid("JY01", "a")],
        [
            section("s0", "云中街", ("JY01",), apart),
            section("s1", "云中街", ("JY01",), EAST),
            section("s2", "云中街", ("JY01",), ON),
        ],
    )
    (warning,) = warnings_of(plan, build_network(plan.sections))
    assert warning.code is WarningCode.NETWORK_SPLIT
    assert "2 parts" in warning.detail
    assert "at sections s0" in warning.detail


def test_a_section_shorter_than_two_metres_is_told():
    short = [(113.31, 40.1), (113.31001, 40.1)]
    plan = plan_of(
        [grid("JY01", "a")],
        [section("s1", "云中街", ("JY01",), EAST), section("s2", "云中街", ("JY01",), short)],
    )
    (warning,) = warnings_of(plan, build_network(plan.sections))
    assert warning.code is WarningCode.SECTION_SHORT
    assert warning.detail == "1 shorter than 2 m: s2 (0.85 m)"


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([(-74.05, 40.72), (-74.06, 40.72)], []),
        ([(40.72, -74.05), (40.72, -74.06)], [("coordinates_doubtful", "")]),
    ],
)
def test_swapped_coordinates_that_are_in_range_show_by_the_time_zone(positions, expected):
    plan = plan_of(
        [grid("JY01", "a")], [section("s1", "x", ("JY01",), positions)], "America/New_York"
    )
    assert warned(plan) == expected


def test_every_warning_code_has_a_meaning():
    assert set(WARNING_MEANINGS) == set(WarningCode)


def drawn(*sections: Section) -> list[tuple[str, str]]:
    plan = plan_of([grid("JY01", "a")], list(sections))
    return [
        (warning.code.value, warning.detail)
        for warning in warnings_of(plan, build_network(plan.sections))
        if warning.code is not WarningCode.NETWORK_SPLIT
    ]


def test_each_pair_of_sections_on_top_of_each_other_is_told():
    (found,) = drawn(
        section("out", "云中街", ("JY01",), EAST), section("back", "滨河路", (), EAST[::-1])
    )
    assert found[0] == "lines_coincide"
    assert found[1].startswith("out lies on back for 85") or found[1].startswith("back lies on out")


def test_a_close_drawn_out_and_back_is_told():
    (found,) = drawn(section("close", "云中街", ("JY01",), [*EAST, EAST[0]]))
    assert found[0] == "lines_coincide"
    assert "close comes back beside itself" in found[1]


def test_each_crossing_without_a_vertex_is_told_with_both_sections():
    across = [(113.305, 40.099), (113.305, 40.101)]
    (found,) = drawn(section("s1", "云中街", ("JY01",), EAST), section("s2", "桥", (), across))
    assert found[0] == "lines_cross"
    assert "s1 and s2 cross at 113.305000 40.1000" in found[1]


def test_crossings_and_copies_of_roads_that_no_grid_collects_are_counted():
    across = [(113.305, 40.099), (113.305, 40.101)]
    found = drawn(
        section("s0", "云中街", ("JY01",), ON),
        section("s1", "高架", (), EAST),
        section("s2", "桥", (), across),
        section("s3", "桥", (), across[::-1]),
    )
    assert [(code, detail.split()[0]) for code, detail in found] == [
        ("lines_coincide", "1"),
        ("lines_cross", "1"),
    ]


def test_a_street_too_short_to_be_called_missed_is_told_with_all_its_sections():
    short, on = [(113.30, 40.1), (113.3001, 40.1)], [(113.3001, 40.1), (113.3002, 40.1)]
    (found,) = drawn(section("s1", "云中街", ("JY01",), short), section("s2", "滨河路", (), on))
    assert found == ("street_short", "shorter than 20 m, never called missed: 云中街 (8.5 m)")
    long = [(113.3001, 40.1), (113.3005, 40.1)]
    assert drawn(
        section("s1", "云中街", ("JY01",), short), section("s2", "云中街", ("JY01",), long)
    ) == []  # fmt: skip


def test_a_bridge_does_not_join_two_parts_of_a_network():
    across = [(113.305, 40.099), (113.305, 40.101)]
    plan = plan_of(
        [grid("JY01", "a")],
        [section("s1", "云中街", ("JY01",), EAST), section("s2", "桥", (), across)],
    )
    assert ("network_split", "") in warned(plan)
