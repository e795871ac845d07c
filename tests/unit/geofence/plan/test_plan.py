from dataclasses import replace
from datetime import timedelta

from geofence.plan.plan import Assignment, Grid, Operator
from tests.fixtures.town import MONDAY, TRUCK, Town, grid, street

STAND_IN = Assignment("JY01", MONDAY, ("晋B21333", "晋B21334"))
TUESDAY = MONDAY + timedelta(days=1)


def test_a_stand_in_takes_the_place_of_the_grids_own_vehicles():
    plan = Town().with_plan(assignments=(STAND_IN,)).plan
    assert plan.vehicles_of(plan.grids[0], MONDAY) == ("晋B21333", "晋B21334")


def test_a_stand_in_holds_for_its_date_and_its_grid_alone():
    first, second = grid("JY01"), grid("JY02", vehicles=("机扫1-113",))
    plan = Town(grids=(first, second)).with_plan(assignments=(STAND_IN,)).plan
    assert plan.vehicles_of(first, TUESDAY) == (TRUCK,)
    assert plan.vehicles_of(second, MONDAY) == ("机扫1-113",)


def test_each_date_has_its_own_stand_in():
    later = Assignment("JY01", TUESDAY, ("晋B21335",))
    plan = Town().with_plan(assignments=(STAND_IN, later)).plan
    assert plan.vehicles_of(plan.grids[0], TUESDAY) == ("晋B21335",)


def test_spares_are_those_of_the_grids_own_operator():
    mine = grid("JY01", operator="sweep-2")
    plan = Town(grids=(mine,)).plan
    one, other = plan.operators
    plan = replace(
        plan, operators=(replace(one, spares=("晋B1",)), replace(other, spares=("晋B2", "晋B3")))
    )
    assert plan.spares_of(mine) == ("晋B2", "晋B3")


def test_an_operator_without_spares_lends_none():
    plan = Town().plan
    assert plan.spares_of(plan.grids[0]) == ()


def test_the_vehicles_of_a_plan_are_those_of_grids_stand_ins_and_spares_each_once():
    grids = (grid("JY01", vehicles=(TRUCK, "机扫1-113")), grid("JY02", vehicles=(TRUCK,)))
    plan = Town(grids=grids).with_plan(
        assignments=(STAND_IN,), operators=(Operator("sweep-1", "机扫一公司", spares=("晋B9",)),)
    ).plan  # fmt: skip
    assert plan.vehicles == {TRUCK, "机扫1-113", "晋B21333", "晋B21334", "晋B9"}


def test_a_plan_without_grids_names_no_vehicle():
    plan = replace(Town().plan, grids=(), operators=())
    assert plan.vehicles == frozenset()


def test_listed_streets_without_a_section_are_unlocated_in_the_order_of_the_list():
    listing = grid(streets=("滨河路", "云中街", "长青街"))
    plan = Town(street("云中街", (0, 0), (90, 0)), grids=(listing,)).plan
    assert plan.unlocated(listing) == ("滨河路", "长青街")


def test_a_street_drawn_for_another_grid_alone_is_unlocated():
    mine, other = grid("JY01", streets=("云中街",)), grid("JY02", streets=("云中街",))
    plan = Town(street("云中街", (0, 0), (90, 0), grids=("JY02",)), grids=(mine, other)).plan
    assert plan.unlocated(mine) == ("云中街",)
    assert plan.unlocated(other) == ()


def test_a_contact_does_not_show_where_an_operator_is_printed():
    assert "甲" not in repr(Operator("sweep-1", "机扫一公司", contact="甲"))


def test_a_grid_that_names_no_days_is_served_on_each_day_of_a_week():
    week = {(MONDAY + timedelta(days=days)).weekday() for days in range(7)}
    assert Grid("JY01", "sweep-1", (TRUCK,), ()).days == week
