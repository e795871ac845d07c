from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.overrides.application import apply
from geofence.overrides.lines import LineError
from geofence.overrides.overrides import Cut, Join, Overrides
from geofence.plan.fault import PlanError
from geofence.plan.reader import plan_of, sections_of
from tests.fixtures.edited_plans import IDS, STREETS, edited_plan, state_of


def properties(plan, section_id):
    return plan.streets.feature(section_id)["properties"]


def codes(raised):
    return [(fault.code.value, fault.where.rpartition(".")[2]) for fault in raised.value.faults]


def test_a_section_is_assigned_to_one_grid_or_shared_with_its_others():
    plan = edited_plan()
    plan.assign(["w1-1", "w2-1"], "JY02")
    assert properties(plan, "w1-1")["grids"] == ["JY02"]
    plan.assign(["w1-1"], "JY01", keeps=True)
    assert properties(plan, "w1-1")["grids"] == ["JY01", "JY02"]
    plan.unassign(["w1-1"], "JY02")
    assert properties(plan, "w1-1")["grids"] == ["JY01"]
    plan.unassign(["w1-3"])
    assert properties(plan, "w1-3")["grids"] == []
    assert [(each.section, each.grids, each.name) for each in plan.overrides.assigns] == [
        ("w1-1", ("JY01",), "云中街"), ("w2-1", ("JY02",), "滨河路"), ("w1-3", (), "云中街"),
    ]  # fmt: skip
    first = plan.overrides.assigns[0]
    assert (first.at, first.length_m) == ((113.301, 40.1), pytest.approx(170.3))


def test_a_road_without_a_name_is_assigned_only_with_one():
    plan = edited_plan()
    with pytest.raises(PlanError, match="needs the name of its street"):
        plan.assign(["w3-1"], "JY01")
    plan.assign(["w3-1", "w1-1"], "JY02", name="新街")
    assert properties(plan, "w3-1")["name"] == "新街"
    assert properties(plan, "w1-1")["name"] == "云中街"


def test_what_would_break_the_plan_is_refused_and_nothing_changes():
    plan = edited_plan()
    before = state_of(plan)
    refused = [
        (lambda: plan.assign(["w1-1"], "JY09"), "reference_unknown"),
        (lambda: plan.rename(["w1-1"], ""), "empty"),
        (lambda: plan.set_grid("JY01", {"windows": ["9-10"]}), "window_syntax"),
        (lambda: plan.set_grid("JY01", {"windows": []}), "empty"),
        (lambda: plan.set_grid("JY01", {"days": ""}), "empty"),
        (lambda: plan.set_grid("JY01", {"vehicles": ["a b"]}), "vehicle_id"),
        (lambda: plan.set_operator("sweep-1", {"spares": ["x", "x"]}), "value_repeated"),
        (lambda: plan.add_exception({"reason": "holiday"}), "key_absent"),
    ]
    for do, code in refused:
        with pytest.raises(PlanError) as raised:
            do()
        assert raised.value.faults[0].code.value == code
    for do in (lambda: plan.join(["w1-1", "w1-3"]), lambda: plan.join(["w1-1", "w1-1"])):
        with pytest.raises(LineError):
            do()
    assert state_of(plan) == before
    assert plan.done is None


def test_a_street_that_an_exception_names_cannot_lose_its_name():
    plan = edited_plan()
    plan.add_exception(
        {"reason": "other", "date": date(2026, 1, 1), "streets": ["滨河路"], "grid": "JY02"}
    )
    with pytest.raises(PlanError) as raised:
        plan.rename(["w2-1"], "新街")
    assert codes(raised) == [("reference_unknown", "streets[0]")]


def test_a_cut_is_where_the_line_is_nearest_and_joining_its_halves_takes_it_back():
    plan = edited_plan()
    plan.cut("w1-1", (113.3005, 40.1009))
    assert plan.overrides == Overrides(cuts=(Cut("w1-1", (113.3005, 40.1)),))
    plan.join(["w1-1/2", "w1-1/1"])
    assert properties(plan, "w1-1") == STREETS["features"][0]["properties"]
    assert plan.overrides == Overrides()


def test_sections_that_meet_are_joined_in_whatever_order_they_were_chosen():
    plan = edited_plan()
    plan.join(["w1-1", "w1-3", "w1-2"])
    middles = ((113.301, 40.1), (113.303, 40.1), (113.305, 40.1))
    assert plan.overrides.joins == (Join(("w1-1", "w1-2", "w1-3"), middles),)
    assert len(plan.streets.feature("w1-1+w1-2+w1-3")["geometry"]["coordinates"]) == 4


def test_grids_operators_and_exceptions_are_edited_key_by_key():
    plan = edited_plan()
    with pytest.raises(PlanError, match="grid JY01 has no such window"):  # an exception names it
        plan.set_grid("JY01", {"windows": ["06:00-07:00"]})
    plan.set_grid("JY01", {"windows": ["06:00-07:00", "07:00-10:00"], "days": "mon,wed"})
    plan.set_operator("sweep-1", {"spares": ["晋B90001", "晋B90002"]})
    plan.add_exception({"reason": "other", "date": date(2026, 5, 1)})
    plan.set_exception(1, {"reason": "holiday", "from": date(2026, 4, 4), "to": date(2026, 4, 6)})
    plan.remove_exception(0)
    values = plan.values
    assert values["grids"][0]["windows"] == ["06:00-07:00", "07:00-10:00"]
    assert values["grids"][0]["vehicles"] == ["晋BQ0384", "机扫1-113"]
    assert values["operators"][0]["spares"] == ["晋B90001", "晋B90002"]
    assert values["operators"][0]["contact"] == "甲 13900000000"
    assert [each.number for each in plan.tables.exceptions] == [1, 2]
    assert values["exceptions"][0]["to"] == date(2026, 4, 6)
    for absent in (lambda: plan.remove_exception(0), lambda: plan.set_exception(7, {})):
        with pytest.raises(KeyError):
            absent()


def test_what_was_taken_back_can_be_done_again_until_something_else_is_done():
    plan = edited_plan()
    assert plan.undo() is None
    assert plan.redo() is None
    plan.cut("w1-1", (113.301, 40.1))
    plan.set_grid("JY01", {"days": "mon"})
    after = state_of(plan)
    assert plan.undo().title == "grid"
    assert plan.undo().title == "cut"
    assert plan.undone.title == "cut"
    plan.redo()
    plan.redo()
    assert state_of(plan) == after
    plan.undo()
    plan.rename(["w2-1"], "新街")
    assert plan.undone is None


GRIDS = st.sampled_from(["JY01", "JY02"])


def _assign(plan, pick, grid, share):
    plan.assign([_section(plan, pick)], grid, keeps=share > 0.5, name="新街")


def _unassign(plan, pick, grid, share):
    plan.unassign([_section(plan, pick)], grid if share > 0.5 else None)


def _rename(plan, pick, _, __):
    plan.rename([_section(plan, pick)], f"街{pick % 3}")


def _cut(plan, pick, _, share):
    section_id = _section(plan, pick)
    (x, y), (u, v) = plan.streets.feature(section_id)["geometry"]["coordinates"][:2]
    plan.cut(section_id, (x + share * (u - x), y + share * (v - y)))


def _join(plan, pick, _, __):
    section_id = _section(plan, pick)
    for other in [each["properties"]["id"] for each in plan.streets.features()]:
        with suppress(LineError):
            plan.join([section_id, other])
            return


def _set(plan, pick, grid, _):
    plan.set_grid(grid, {"vehicles": [f"车{pick % 7}"]})


def _except(plan, pick, _, __):
    plan.add_exception({"reason": "other", "date": date.fromordinal(738000 + pick % 9)})


def _drop(plan, pick, _, __):
    for each in plan.tables.exceptions[pick % 2 :][:1]:
        plan.remove_exception(each.number)


def _section(plan, pick):
    features = plan.streets.features()
    return features[pick % len(features)]["properties"]["id"]


DOINGS = [_assign, _unassign, _rename, _cut, _join, _set, _except, _drop]
doings = st.tuples(st.sampled_from(DOINGS), st.integers(0, 10**6), GRIDS, st.floats(0.1, 0.9))


def do_all(plan, doing):
    """Do what can be done of it."""
    for do, pick, grid, share in doing:
        with suppress(PlanError, LineError):
            do(plan, pick, grid, share)


@given(st.lists(doings, max_size=12))
def test_undone_to_the_last_a_plan_is_what_it_was_and_again_what_it_became(doing):
    plan, untouched = edited_plan(), edited_plan()
    do_all(plan, doing)
    after = state_of(plan)
    sections = sections_of(plan.streets.features(), "streets.geojson", ["JY01", "JY02"])
    plan_of(plan.values, "plan.toml", sections)  # it is a sound plan
    while plan.undo():
        pass
    assert state_of(plan) == state_of(untouched)
    while plan.redo():
        pass
    assert state_of(plan) == after


@given(st.lists(doings, max_size=10))
def test_the_decisions_make_the_same_streets_of_the_same_map(doing):
    plan = edited_plan()
    do_all(plan, doing)
    made, unused = apply(STREETS["features"], plan.overrides, grid_ids=["JY01", "JY02"])
    assert unused == []
    assert _facts(made) == _facts(plan.streets.features())


def _facts(features):
    """What is decided about sections; a cut that was taken back left a vertex on its line."""
    return [
        (
            each["properties"]["id"], each["properties"]["name"] or "", each["properties"]["grids"],
            each["geometry"]["coordinates"][0], each["geometry"]["coordinates"][-1],
        )
        for each in features
    ]  # fmt: skip


def test_every_section_of_the_plan_can_be_found():
    plan = edited_plan()
    assert [plan.streets.feature(each)["properties"]["id"] for each in IDS] == IDS
