from dataclasses import replace
from datetime import date

import pytest

from geofence.network.network import build_network
from geofence.plan.plan import Assignment, ServiceRules
from geofence.review.duties import overlapping_duties, shared_vehicles, short_windows
from tests.fixtures.reviewed_plan import grid, metres, plan_of, section

LONG = metres((0, 0), (6000, 0))


def clashes(*grids, sections=(), **more):
    plan = replace(plan_of(grids, sections), **more)
    network = build_network(plan.sections) if sections else None
    return [(each.subject, each.detail) for each in overlapping_duties(plan, network)]


def test_a_vehicle_of_two_grids_is_told_once():
    (found,) = shared_vehicles(plan_of([grid("JY01", "a", "b"), grid("JY02", "a")], []))
    assert (found.code.value, found.subject) == ("vehicle_shared", "a")
    assert found.detail == "serves JY01, JY02"


def test_windows_of_two_grids_that_want_a_vehicle_at_once_are_told_with_times_and_days():
    (found,) = clashes(
        grid("JY01", "a", windows=["07:00-10:00"], days=range(5)),
        grid("JY02", "a", windows=["09:30-11:00"], days=[4, 5]),
        sections=[section("s1", "云中街", ["JY01", "JY02"], LONG)],
    )
    assert found == (
        "a",
        (
            "JY01 (07:00-10:00) and JY02 (09:30-11:00) both want it from 09:30 to 10:00, fri; its "
            "share of both takes 24 min at 30 km/h, of the 240 min of the two"
        ),
    )


def test_two_duties_that_no_truck_can_do_are_told_as_more_than_there_is_time_for():
    ((_, detail),) = clashes(
        grid("JY01", "a", windows=["07:00-07:15"]),
        grid("JY02", "a", windows=["07:05-07:20"]),
        sections=[section("s1", "云中街", ["JY01", "JY02"], LONG)],
    )
    assert "takes 24 min at 30 km/h, which is more than the 20 min of the two" in detail


def test_windows_that_touch_or_stand_on_other_days_overlap_not():
    assert clashes(
        grid("JY01", "a", windows=["07:00-10:00"]), grid("JY02", "a", windows=["10:00-11:00"])
    ) == []  # fmt: skip
    assert clashes(grid("JY01", "a", days=[0, 2]), grid("JY02", "a", days=[1, 3])) == []
    assert clashes(grid("JY01", "a"), grid("JY02", "b")) == []


def test_two_windows_of_one_grid_are_its_own_affair_but_hide_no_other():
    found = clashes(
        grid("JY01", "a", windows=["07:00-10:00", "08:00-11:00"]),
        grid("JY02", "a", windows=["09:00-09:30"]),
    )
    assert [detail.split(" both ")[0] for _, detail in found] == [
        "JY01 (08:00-11:00) and JY02 (09:00-09:30)"
    ]


@pytest.mark.parametrize("days", [[6], [2]])
def test_a_window_over_midnight_meets_those_of_the_next_day(days):
    ((_, detail),) = clashes(
        grid("JY01", "a", windows=["22:00-02:00"], days=days),
        grid("JY02", "a", windows=["01:00-03:00"], days=[(days[0] + 1) % 7]),
    )
    assert "from 01:00 to 02:00" in detail


def test_a_stand_in_with_duties_of_its_own_at_that_time_is_told_with_the_date():
    grids = [grid("JY01", "a"), grid("JY02", "b"), grid("JY03", "c")]
    day = date(2022, 3, 28)
    (found,) = clashes(*grids, assignments=(Assignment("JY01", day, ("b",)),))
    assert found[0] == "b"
    assert "2022-03-28" in found[1]
    swapped = (Assignment("JY01", day, ("b",)), Assignment("JY02", day, ("a",)))
    assert clashes(*grids, assignments=swapped) == []


def test_many_grids_of_one_vehicle_at_one_time_are_told_one_by_one_not_in_pairs():
    assert len(clashes(*(grid(f"G{n:02}", "a") for n in range(20)))) == 19


def windows_told(*grids, sections, rules=None):
    plan = replace(plan_of(grids, sections), rules=rules or ServiceRules())
    return [(e.subject, e.detail) for e in short_windows(plan, build_network(plan.sections))]


def test_a_grid_that_no_window_holds_is_told_with_the_arithmetic():
    streets = [section("s1", "云中街", ["JY01"], LONG)]
    windows = ["07:00-10:00", "19:00-19:10"]
    ((subject, detail),) = windows_told(grid("JY01", "a", windows=windows), sections=streets)
    assert subject == "JY01"
    assert detail == (
        "6.0 km at 30 km/h take 1 vehicle 12 min, and 19:00-19:10 has 10: its streets cannot all "
        "be driven in it"
    )
    assert windows_told(grid("JY01", "a", "b", windows=windows), sections=streets) == []
    slow = ServiceRules(service_speed_kmh=10.0, prism_service_kmh=10.0)
    ((_, detail),) = windows_told(
        grid("JY01", "a", "b", windows=windows), sections=streets, rules=slow
    )
    assert "6.0 km at 10 km/h take each of 2 vehicles 18 min" in detail


def test_a_street_that_is_drawn_once_a_direction_is_driven_once():
    both = [
        section("s1", "云中街", ["JY01"], LONG), section("s2", "云中街", ["JY01"], LONG[::-1])
    ]  # fmt: skip
    assert windows_told(grid("JY01", "a", windows=["19:00-19:15"]), sections=both) == []
