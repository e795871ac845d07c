from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import Assignment, Exemption, Grid, Operator, Plan
from tests.fixtures.counted import Counted
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


def test_a_street_is_located_by_whatever_words_a_grid_has_for_it():
    listing, other = grid(streets=("云中街北段",)), grid("JY02", streets=("云中街北段",))
    plan = Town(street("云中街", (0, 0), (90, 0)), grids=(listing, other)).plan
    (section,) = plan.sections
    mentioned = replace(plan, sections=(replace(section, mentions=("云中街北段",)),))
    assert mentioned.unlocated(listing) == ()
    assert mentioned.unlocated(other) == ("云中街北段",)


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


# Plans of many grids

PLAN = Town().plan
IDS = ("JY01", "JY02", "JR03")
STREETS = ("云中街", "滨河路", "")
LINE = street("", (0, 0), (90, 0))

sections = st.lists(
    st.tuples(st.sampled_from(STREETS), st.sets(st.sampled_from(IDS))).map(
        lambda drawn: replace(LINE, name=drawn[0], grids=tuple(sorted(drawn[1])))
    ),
    max_size=8,
)
assignments = st.lists(
    st.builds(
        Assignment,
        st.sampled_from(IDS),
        st.sampled_from((MONDAY, TUESDAY)),
        st.tuples(st.sampled_from(("晋B1", "晋B2", "晋B3"))),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(sections, assignments)
def test_what_a_plan_says_of_a_grid_is_what_a_walk_through_all_of_it_finds(drawn, lent):
    grids = tuple(grid(name, streets=("滨河路", "长青街")) for name in IDS)
    plan = replace(PLAN, grids=grids, sections=tuple(drawn), assignments=tuple(lent))
    for each in grids:
        own = [number for number, section in enumerate(drawn) if each.id in section.grids]
        names = {drawn[number].name for number in own}
        assert list(plan.sections_of_grid.get(each.id, ())) == own
        assert plan.drawn_streets(each.id) == names
        assert plan.unlocated(each) == tuple(n for n in each.streets if n not in names)
        for name in STREETS:
            of_street = [number for number in own if drawn[number].name == name]
            assert list(plan.sections_of_street.get((each.id, name), ())) == of_street
        for day in (MONDAY, TUESDAY):
            found = [a for a in lent if (a.grid_id, a.service_date) == (each.id, day)]
            assert plan.vehicles_of(each, day) == (found[0].vehicles if found else each.vehicles)
            assert plan.has_stand_in(each, day) == bool(found)


@given(st.lists(st.sampled_from(("", *IDS)), max_size=6))
def test_the_exceptions_of_a_grid_are_its_own_and_those_of_all_in_the_plans_order(named):
    entries = [
        Exemption(MONDAY, MONDAY, "other", note=str(place), grid_id=grid_id)
        for place, grid_id in enumerate(named)
    ]
    plan = replace(PLAN, exemptions=tuple(entries))
    for grid_id in IDS:
        expected = tuple(each for each in entries if each.grid_id in {"", grid_id})
        assert plan.exemptions_of(grid_id) == expected


def large(count: int) -> Plan:
    """A plan of so many grids, each with a street, an operator and a stand-in of its own."""
    numbers = range(count)
    return replace(
        Town(grids=[grid(f"JY{n}", operator=f"sweep-{n}") for n in numbers]).plan,
        sections=Counted(replace(LINE, name=f"{n}号街", grids=(f"JY{n}",)) for n in numbers),
        operators=Counted(Operator(f"sweep-{n}", "") for n in numbers),
        assignments=Counted(Assignment(f"JY{n}", MONDAY, (TRUCK,)) for n in numbers),
    )


@pytest.mark.parametrize("count", [10, 40])
def test_who_asks_of_every_grid_walks_through_the_plan_but_a_few_times(count):
    plan = large(count)
    for each in plan.grids:
        plan.unlocated(each)
        plan.drawn_streets(each.id)
        plan.vehicles_of(each, MONDAY)
        plan.spares_of(each)
    taken = [part.taken for part in (plan.sections, plan.operators, plan.assignments)]
    assert max(taken) <= 2 * count
