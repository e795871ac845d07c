from dataclasses import replace
from datetime import date

import pytest

from geofence.difference.change import Change, ChangeKind
from geofence.difference.term_changes import (
    dated_changes,
    facility_changes,
    grid_changes,
    head_changes,
    operator_changes,
    street_task_changes,
)
from geofence.plan.plan import Assignment, Exemption, Facility, Operator
from geofence.plan.timetable import parse_window
from tests.fixtures.changed_towns import BEFORE, SPRING, plan_of
from tests.fixtures.town import grid

DEPOT = Facility("depot", "停车场", 113.3, 40.08)


def kinds(changes):
    return [(each.kind, each.before, each.after) for each in changes]


def test_of_the_plan_as_such_name_date_zone_and_rules_are_compared():
    rules = replace(BEFORE.rules, grace_min=15.0)
    after = plan_of(name="平城", effective_from=SPRING, timezone="Asia/Urumqi", rules=rules)
    assert kinds(head_changes(BEFORE, after)) == [
        (ChangeKind.PLAN_RENAMED, ("town",), ("平城",)),
        (ChangeKind.EFFECTIVE_FROM, ("2022-01-01",), ("2026-12-07",)),
        (ChangeKind.TIMEZONE, ("Asia/Shanghai",), ("Asia/Urumqi",)),
        (ChangeKind.RULE, ("10",), ("15",)),
    ]


def test_speeds_of_tasks_are_compared_as_rules_are():
    before, after = plan_of(speeds_kmh=((8, 12.0), (32, 8.0))), plan_of(speeds_kmh=((32, 7.5),))
    assert [(each.subject, each.before, each.after) for each in head_changes(before, after)] == [
        ("per_task.SPRAYING", ("12",), ()),
        ("per_task.BRUSHING", ("8",), ("7.5",)),
    ]


def test_a_street_that_names_other_tasks_is_told():
    sections = BEFORE.sections
    after = plan_of(sections=tuple(replace(each, tasks=32) for each in sections))
    changes = list(street_task_changes(BEFORE, after, "JY01"))
    assert changes
    assert {(each.kind, each.before, each.after) for each in changes} == {
        (ChangeKind.STREET_TASKS, (), ("BRUSHING",))
    }
    assert list(street_task_changes(after, after, "JY01")) == []


def test_streets_that_are_surveyed_now_are_told():
    (change,) = head_changes(plan_of(schematic=True), BEFORE)
    assert (change.before, change.after) == (("schematic",), ("surveyed",))


def test_operators_come_go_are_renamed_and_have_other_spares():
    first, second = BEFORE.operators
    after = plan_of(
        operators=(replace(first, name="机扫甲", spares=("晋B90001",)), Operator("new", "丙公司"))
    )
    assert kinds(operator_changes(BEFORE, after)) == [
        (ChangeKind.OPERATOR_NEW, (), ("丙公司",)),
        (ChangeKind.OPERATOR_RENAMED, (first.name,), ("机扫甲",)),
        (ChangeKind.OPERATOR_GONE, (second.name,), ()),
        (ChangeKind.SPARES, (), ("晋B90001",)),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"operator_id": "sweep-2"}, (ChangeKind.GRID_OPERATOR, ("sweep-1",), ("sweep-2",))),
        ({"days": frozenset({0, 2})}, (ChangeKind.DAYS, ("mon-sun",), ("mon,wed",))),
        (
            {"windows": (parse_window("08:00-10:30"),)},
            (ChangeKind.WINDOWS, ("07:00-10:00",), ("08:00-10:30",)),
        ),
        ({"vehicles": ("晋B2",)}, (ChangeKind.VEHICLES, ("晋BQ0384",), ("晋B2",))),
        ({"tasks": 40}, (ChangeKind.TASKS, (), ("SPRAYING", "BRUSHING"))),
    ],
)
def test_of_a_grid_its_terms_are_compared(changes, expected):
    before = grid("JY01")
    assert kinds(grid_changes(before, replace(before, **changes))) == [expected]


def test_another_order_of_windows_and_vehicles_is_no_change():
    before = grid("JY01", "07:00-10:00", "14:30-17:30", vehicles=["a", "b"])
    after = grid("JY01", "14:30-17:30", "07:00-10:00", vehicles=["b", "a"])
    assert list(grid_changes(before, after)) == []


def test_a_window_past_midnight_is_written_by_the_clock():
    (change,) = grid_changes(grid("JY01", "22:00-02:00"), grid("JY01", "22:00-24:00"))
    assert (change.before, change.after) == (("22:00-02:00",), ("22:00-24:00",))


def test_stand_ins_and_exceptions_are_compared_by_what_they_say():
    day = date(2022, 4, 5)
    holiday = Exemption(day, day, "holiday", "清明节")
    closed = Exemption(day, date(2022, 4, 7), "road_closed", "", "JY01", ("云中街",))
    before = plan_of(assignments=(Assignment("JY01", day, ("a",)),), exemptions=(holiday,))
    after = plan_of(assignments=(Assignment("JY01", day, ("b",)),), exemptions=(closed,))
    stand_in, gone, new = dated_changes(before, after)
    assert (stand_in.grid_id, stand_in.before, stand_in.after) == ("JY01", ("a",), ("b",))
    assert gone.before == ("holiday", "2022-04-05", "", "", "清明节")
    assert (new.grid_id, new.after[1:3]) == ("JY01", ("2022-04-05/2022-04-07", "云中街"))


def test_facilities_come_go_and_move():
    moved = replace(DEPOT, latitude=40.09)
    assert kinds(facility_changes(plan_of(facilities=(DEPOT,)), plan_of(facilities=(moved,)))) == [
        (ChangeKind.FACILITY, ("40.080000, 113.300000",), ("40.090000, 113.300000",))
    ]
    near = replace(DEPOT, latitude=40.0800000001)
    assert list(facility_changes(plan_of(facilities=(DEPOT,)), plan_of(facilities=(near,)))) == []
    (new,) = facility_changes(BEFORE, plan_of(facilities=(DEPOT,)))
    assert new == Change(ChangeKind.FACILITY, subject="停车场", after=("40.080000, 113.300000",))
