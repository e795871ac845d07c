from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from analytics.reports.tables.tracker_tables import fault_rows, silent_rows, vehicles_on_duty
from analytics.tracking.faults import TrackingCode, TrackingFault
from geofence.plan.plan import Assignment
from tests.fixtures.reported_night import day
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid

STAND_IN = "晋B39720"
TUESDAY = MONDAY + timedelta(days=1)
PLAN = Town(
    grids=[
        grid("JY02", vehicles=["晋B2", TRUCK]),
        grid("JY01"),
        grid("JR02", vehicles=["晋B3"], days=[1], operator="sweep-2"),
    ]
).plan
OWNERS = {"JY01": "机扫一公司", "JY02": "机扫二公司", "JR02": "机扫三公司"}


def of_night(**changes):
    return replace(day(), plan=PLAN, **changes)


def fault(code=TrackingCode.GCJ02_POSITIONS, vehicle=TRUCK):
    return TrackingFault(code, vehicle, at("07:00"), at("09:00"), 512.0, 1.0, "seen")


def test_vehicles_on_duty_have_their_grids_in_the_order_of_the_plan():
    assert list(vehicles_on_duty(PLAN, MONDAY).items()) == [
        ("晋B2", ["JY02"]),
        (TRUCK, ["JY02", "JY01"]),
    ]


def test_a_grid_without_service_on_the_weekday_has_nobody_on_duty():
    assert "晋B3" not in vehicles_on_duty(PLAN, MONDAY)
    assert vehicles_on_duty(PLAN, TUESDAY)["晋B3"] == ["JR02"]


def test_a_stand_in_is_on_duty_on_its_date_and_not_the_vehicle_it_stands_in_for():
    plan = replace(PLAN, assignments=(Assignment("JY02", MONDAY, (STAND_IN,)),))
    assert vehicles_on_duty(plan, MONDAY) == {STAND_IN: ["JY02"], TRUCK: ["JY01"]}
    assert vehicles_on_duty(plan, TUESDAY)["晋B2"] == ["JY02"]


def test_a_fault_is_told_with_the_grids_of_its_vehicle_and_its_instants():
    (row,) = fault_rows([of_night(faults=(fault(),))])
    assert (row["service_date"], row["vehicle_id"], row["grids"]) == (
        "2022-03-28", TRUCK, "JY02 JY01",
    )  # fmt: skip
    assert row["since"] == pd.Timestamp("2022-03-28 07:00", tz="Asia/Shanghai")
    assert row["until"] == pd.Timestamp("2022-03-28 09:00", tz="Asia/Shanghai")
    assert row["value"] == 512.0


@pytest.mark.parametrize("code", TrackingCode)
def test_positions_are_off_by_metres_and_everything_else_by_seconds(code):
    (row,) = fault_rows([of_night(faults=(fault(code),))])
    assert row["unit"] == (
        "metres"
        if code in {"gcj02_positions", "bd09_positions", "positions_moved"}
        or code.value.startswith("streets_")
        else "seconds"
    )
    assert (row["code"], row["remedy"]) == (code.value, code.value)


def test_a_fault_of_a_spare_that_serves_no_grid_is_told_too():
    (row,) = fault_rows([of_night(faults=(fault(vehicle=STAND_IN),))])
    assert (row["vehicle_id"], row["grids"]) == (STAND_IN, "")


def test_faults_are_told_day_by_day():
    days = [
        of_night(faults=(fault(), fault(TrackingCode.FROZEN_GPS))),
        of_night(service_date=TUESDAY, faults=(fault(),)),
    ]
    assert [row["service_date"][-2:] for row in fault_rows(days)] == ["28", "28", "29"]


def test_vehicles_on_duty_that_were_not_heard_of_are_silent():
    days = [
        of_night(vehicles_seen=(TRUCK,)),
        of_night(service_date=TUESDAY, vehicles_seen=("晋B2", "晋B3")),
    ]
    assert [(row["service_date"], row["vehicle_id"]) for row in silent_rows(days, OWNERS)] == [
        ("2022-03-28", "晋B2"),
        ("2022-03-29", TRUCK),
    ]


def test_a_silent_vehicle_is_told_with_its_grids_and_the_operator_of_the_first():
    (row,) = silent_rows([of_night(vehicles_seen=("晋B2",))], OWNERS)
    assert (row["grids"], row["operator"]) == ("JY02 JY01", "机扫二公司")


def test_a_vehicle_off_duty_that_was_not_heard_of_is_not_silent():
    seen = of_night(vehicles_seen=("晋B2", TRUCK))
    assert list(silent_rows([seen], OWNERS)) == []


def test_nobody_is_silent_and_nothing_faulty_on_no_day():
    assert (list(silent_rows([], OWNERS)), list(fault_rows([]))) == ([], [])
