from dataclasses import replace

import pytest

from geofence.difference.change import ChangeKind
from geofence.difference.drawn_change import Role
from geofence.difference.street_changes import compare_streets
from geofence.difference.street_lines import project, projection_of, streets_of
from tests.fixtures.changed_towns import BEFORE, plan_of, without
from tests.fixtures.town import street

STREET = ("JY01", "云中街")


def compared(after, before=BEFORE):
    projection = projection_of(before, after)
    return compare_streets(
        *(streets_of(plan, project(plan.sections, projection)) for plan in (before, after))
    )


def sole(after, before=BEFORE):
    (change,) = compared(after, before).changes
    return change


def roles(after, before=BEFORE):
    return {each.role for each in compared(after, before).drawn if each.role is not Role.SAME}


def test_a_street_that_is_new_or_gone_is_told_with_its_metres():
    longer = plan_of(street("新街", (0, 900), (300, 900)))
    new, gone = sole(longer), sole(BEFORE, longer)
    assert (new.kind, new.subject) == (ChangeKind.STREET_NEW, "新街")
    assert new.gained_m == gone.lost_m == pytest.approx(300, abs=0.1)
    assert (gone.kind, roles(longer)) == (ChangeKind.STREET_GONE, {Role.NEW})


def test_a_street_that_is_longer_gains_what_lies_beyond():
    after = plan_of(street("云中街", (0, 0), (1400, 0)))
    change = sole(after)
    assert change.kind is ChangeKind.STREET_LENGTH
    assert (change.gained_m, change.lost_m) == (pytest.approx(398, abs=1), 0)
    assert roles(after) == {Role.NEW}
    assert roles(BEFORE, after) == {Role.GONE}


def test_a_street_drawn_elsewhere_is_as_long_and_moved():
    after = plan_of(street("云中街", (0, 40), (1000, 40)))
    change = sole(after)
    assert change.kind is ChangeKind.STREET_MOVED
    assert change.moved_m == pytest.approx(40, abs=0.1)
    assert roles(after) == {Role.MOVED, Role.MOVED_FROM}


@pytest.mark.parametrize("off_m", [0.0, 1.0])
def test_a_street_cut_otherwise_or_drawn_a_metre_off_has_the_same_metres(off_m):
    after = plan_of(
        street("云中街", (0, off_m), (600, off_m)),
        street("云中街", (600, off_m), (1000, off_m), section="云中街-2"),
    )
    change = sole(after)
    assert (change.kind, change.is_judged) == (ChangeKind.STREET_SECTIONS, False)
    assert roles(after) == set()


def test_a_vertex_more_on_the_same_line_is_no_other_street():
    after = plan_of(street("云中街", (0, 0), (500, 0), (1000, 0)))
    assert sole(after).kind is ChangeKind.STREET_SECTIONS


def test_a_second_line_beside_the_first_is_a_longer_street():
    after = plan_of(street("云中街", (0, 1), (1000, 1), section="云中街-2"))
    change = sole(after)
    assert (change.kind, round(change.gained_m)) == (ChangeKind.STREET_LENGTH, 1000)


def test_traffic_that_turns_is_told():
    whole = BEFORE.sections[0]
    oneway = plan_of(replace(whole, oneway=True))
    turned = plan_of(replace(whole, oneway=True, coordinates=whole.coordinates[::-1]))
    assert sole(oneway).kind is ChangeKind.STREET_ONEWAY
    assert sole(turned, oneway).kind is ChangeKind.STREET_ONEWAY
    assert roles(turned, oneway) == {Role.OTHERWISE}


def test_the_same_lines_under_another_name_are_a_street_renamed():
    after = plan_of(replace(BEFORE.sections[0], name="云中大街"))
    change = sole(after)
    assert change.kind is ChangeKind.STREET_RENAMED
    assert (change.before, change.after) == (("云中街",), ("云中大街",))


def test_a_street_that_another_grid_has_now_is_told_to_both():
    after = plan_of(replace(BEFORE.sections[0], grids=("JY02",)))
    gives, takes = compared(after).changes
    assert {gives.kind, takes.kind} == {ChangeKind.STREET_HANDED_OVER}
    assert (gives.grid_id, takes.grid_id) == ("JY01", "JY02")
    assert (takes.before, takes.after) == (("JY01",), ("JY02",))


def test_a_street_of_the_same_name_elsewhere_is_another_street():
    after = plan_of(
        street("云中街", (5_000, 5_000), (6_000, 5_000), grids=["JY02"]), plan=without("云中街")
    )
    assert {each.kind for each in compared(after).changes} == {
        ChangeKind.STREET_GONE, ChangeKind.STREET_NEW,
    }  # fmt: skip


def test_of_many_streets_without_a_name_each_goes_to_the_grid_that_has_its_place():
    def town(prefix, order):
        streets = [
            street("", (n * 500, 0), (n * 500 + 300, 0), grids=[f"{prefix}{n}"], section=f"s{n}")
            for n in order
        ]
        return plan_of(sections=tuple(streets))

    changes = compared(town("JY1", [4, 2, 0, 1, 3]), town("XC2", range(5))).changes
    assert {each.kind for each in changes} == {ChangeKind.STREET_HANDED_OVER}
    assert {(*each.before, *each.after) for each in changes} == {
        (f"XC2{n}", f"JY1{n}") for n in range(5)
    }


def test_a_street_is_handed_over_once():
    after = plan_of(
        street("云中街", (0, 0), (1000, 0), grids=["JY02"], section="云中街"),
        street("云中街", (0, 1), (1000, 1), grids=["JY03"], section="云中街-3"),
    )
    kinds = sorted(each.kind for each in compared(after).changes)
    assert kinds == [
        ChangeKind.STREET_HANDED_OVER, ChangeKind.STREET_HANDED_OVER, ChangeKind.STREET_NEW,
    ]  # fmt: skip
