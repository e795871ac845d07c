from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.difference.change import ChangeKind
from geofence.difference.comparison import compare
from geofence.difference.drawn_change import Role
from tests.fixtures.changed_towns import BEFORE, SPRING, plan_of, regrid, without
from tests.fixtures.town import grid, street


def kinds(comparison):
    return [each.kind for each in comparison.changes]


def length_m(line):
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def test_a_plan_compared_with_itself_has_no_change():
    found = compare(BEFORE, BEFORE)
    assert (found.changes, found.is_judged) == ((), False)
    assert {each.role for each in found.drawn} == {Role.SAME, Role.ROAD}


@given(st.permutations(range(4)))
def test_the_order_of_sections_and_grids_is_no_change(order):
    sections = tuple(BEFORE.sections[n] for n in order)
    after = plan_of(sections=sections, grids=BEFORE.grids[::-1])
    assert compare(BEFORE, after).changes == ()


def test_a_new_grid_is_one_change_with_its_streets():
    after = plan_of(
        street("新街", (0, 900), (300, 900), grids=["JY03"]),
        grids=(*BEFORE.grids, grid("JY03")),
    )
    (change,) = compare(BEFORE, after).changes
    assert (change.kind, change.grid_id, change.after) == (ChangeKind.GRID_NEW, "JY03", ("新街",))
    assert change.gained_m == pytest.approx(300, abs=0.1)


def test_a_grid_that_is_gone_is_one_change_with_its_streets():
    fewer = without("乙路")
    after = plan_of(plan=fewer, grids=BEFORE.grids[:1])
    found = compare(BEFORE, after)
    (change,) = found.changes
    assert (change.kind, change.before) == (ChangeKind.GRID_GONE, ("乙路",))
    assert found.lost_m == pytest.approx(300, abs=0.1)


def test_a_grid_under_another_name_hands_its_streets_over():
    renamed = replace(BEFORE.grids[1], id="JY09")
    moved = replace(BEFORE.sections[2], grids=("JY09",))
    found = compare(BEFORE, plan_of(moved, grids=(BEFORE.grids[0], renamed)))
    assert kinds(found) == [
        ChangeKind.GRID_NEW, ChangeKind.STREET_HANDED_OVER,
        ChangeKind.GRID_GONE, ChangeKind.STREET_HANDED_OVER,
    ]  # fmt: skip
    assert (found.gained_m, found.lost_m) == (0, 0)


def test_changes_come_plan_first_then_grid_by_grid():
    after = regrid(plan_of(effective_from=SPRING), vehicles=("晋B2",))
    after = regrid(after, "JY02", days=frozenset({0}))
    found = compare(BEFORE, after)
    assert [each.grid_id for each in found.changes] == ["", "JY01", "JY02"]
    assert [each.kind for each in found.by_grid()["JY02"]] == [ChangeKind.DAYS]


def test_streets_that_a_grid_lists_and_nobody_drew_are_told():
    found = compare(BEFORE, regrid(streets=("云中街", "无处路")))
    (change,) = found.changes
    assert (change.kind, change.after) == (ChangeKind.STREET_UNLOCATED, ("无处路",))
    assert not found.is_judged


def test_roads_of_no_grid_are_summed_up():
    (change,) = compare(BEFORE, without("连接路")).changes
    assert (change.kind, round(change.lost_m)) == (ChangeKind.ROADS, 600)
    moved = plan_of(street("连接路", (0, 0), (0, 900), grids=()))
    (change,) = compare(BEFORE, moved).changes
    assert (round(change.gained_m), round(change.lost_m)) == (298, 0)


def test_on_the_map_each_metre_of_both_plans_has_its_place():
    after = plan_of(street("云中街", (0, 0), (1400, 0)), street("新街", (0, 900), (300, 900)))
    found = compare(BEFORE, after)
    by_role = {
        role: sum(length_m(each.line) for each in found.drawn if each.role is role)
        for role in {each.role for each in found.drawn}
    }
    assert by_role[Role.NEW] == pytest.approx(400 - 2 + 300, abs=1)
    assert by_role[Role.SAME] == pytest.approx(1000 + 400 + 300, abs=3)
    assert found.gained_m == pytest.approx(698, abs=1)
