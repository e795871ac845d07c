from datetime import date

import pytest
from shapely.geometry import box

from geofence.plan.fault import PlanError
from geofence.plan.reader import read_roster
from geofence.plan.timetable import parse_window
from geofence.survey.areas_file import Area
from geofence.survey.new_plan import NewPlanTerms, render_new_plan

TERMS = NewPlanTerms(
    "Campo Grande", "America/Campo_Grande", date(2026, 3, 1), (parse_window("07:00-10:00"),)
)


def area(grid, **more):
    return Area(grid, box(0, 0, 1, 1), **more)


def read(folder, *areas):
    path = folder / "plan.toml"
    path.write_text(render_new_plan(areas, TERMS, source="areas.geojson"), encoding="utf-8")
    return read_roster(path)


def test_each_area_becomes_a_grid_with_what_stands_beside_it(tmp_path):
    plan = read(
        tmp_path,
        area(
            "CG1",
            operator="Norte",
            vehicles=("T1", "T2"),
            windows=("09:00-11:30",),
            days="mon-fri",
        ),
        area("CG2"),
    )
    first, second = plan.grids
    assert (first.vehicles, first.operator_id) == (("T1", "T2"), "Norte")
    assert [window.text for window in first.windows] == ["09:00-11:30"]
    assert first.days == frozenset(range(5))
    assert [window.text for window in second.windows] == ["07:00-10:00"]
    assert (plan.name, plan.timezone) == ("Campo Grande", "America/Campo_Grande")


def test_a_grid_without_a_vehicle_gets_a_made_up_one_and_says_so(tmp_path):
    plan = read(tmp_path, area("CG2"))
    assert plan.grids[0].vehicles == ("CG2-1",)
    assert "no vehicle was named" in (tmp_path / "plan.toml").read_text()


def test_windows_and_days_are_read_as_people_write_them(tmp_path):
    windows = ("7h-9h30", "14:00-16:00 e 18:00-19:00")
    (grid,) = read(tmp_path, area("CG1", windows=windows, days="seg-sex")).grids
    assert [window.text for window in grid.windows] == [
        "07:00-09:30", "14:00-16:00", "18:00-19:00"
    ]  # fmt: skip
    assert grid.days == frozenset(range(5))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"windows": ("7 to 10",)}, "window_syntax"),
        ({"windows": ("24:00-02:00",)}, "window_syntax"),
        ({"windows": ("10h-7h",)}, "window_syntax"),
        ({"days": "someday"}, "days_syntax"),
        ({"vehicles": ("T 1",)}, "vehicle_id"),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_the_area(wrong, code):
    with pytest.raises(PlanError) as caught:
        render_new_plan([area("CG1", **wrong)], TERMS, source="areas.geojson")
    (fault,) = caught.value.faults
    assert (fault.code, fault.file) == (code, "areas.geojson")
    assert fault.where.startswith("features[0] (CG1)")
