import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.difference.street_lines import (
    lines_of,
    parts_of,
    project,
    projection_of,
    sign_of,
    streets_of,
)
from tests.fixtures.changed_towns import BEFORE, plan_of
from tests.fixtures.town import street


def drawn(*sections):
    return lines_of(sections, project(sections, projection_of(BEFORE)))


def oneway(section):
    from dataclasses import replace

    return replace(section, oneway=True)


def test_a_street_is_as_long_as_its_sections_together():
    cut = drawn(street("a", (0, 0), (400, 0)), street("b", (400, 0), (1000, 0)))
    assert cut.length_m == pytest.approx(1000, abs=0.1)


def test_what_is_drawn_the_other_way_round_is_the_same_unless_traffic_is_one_way():
    forth, back = street("a", (0, 0), (400, 0)), street("a", (400, 0), (0, 0))
    assert sign_of(forth) == sign_of(back)
    assert sign_of(oneway(forth)) != sign_of(oneway(back))
    assert sign_of(forth) != sign_of(oneway(forth))


def test_what_lies_beyond_another_is_the_rest():
    whole = drawn(street("a", (0, 0), (1000, 0)))
    part = drawn(street("a", (0, 1), (400, 1)))
    assert whole.beyond(part).length == pytest.approx(598, abs=2)
    assert part.beyond(whole).length == 0


@given(st.floats(5, 200))
def test_a_line_that_is_moved_is_told_how_far(metres):
    here = drawn(street("a", (0, 0), (400, 0)))
    there = drawn(street("a", (0, metres), (400, metres)))
    assert here.moved_m(there) == pytest.approx(metres, rel=0.01)


def test_cuts_leave_the_flow_of_traffic_as_it_was():
    whole = drawn(oneway(street("a", (0, 0), (1000, 0))))
    cut = drawn(oneway(street("a", (0, 0), (300, 0))), oneway(street("b", (300, 0), (1000, 0))))
    turned = drawn(oneway(street("a", (1000, 0), (0, 0))))
    assert whole.flows_like(cut)
    assert not whole.flows_like(turned)


def test_streets_are_named_by_grid_and_name():
    lines = project(BEFORE.sections, projection_of(BEFORE))
    assert set(streets_of(BEFORE, lines)) == {
        ("JY01", "云中街"), ("JY01", "魏都大道"), ("JY02", "乙路"),
    }  # fmt: skip


def test_a_projection_holds_both_plans_in_the_middle():
    far = plan_of(street("远路", (0, 20_000), (100, 20_000)))
    lines = np.concatenate(project(far.sections, projection_of(BEFORE, far)))
    assert abs(lines[:, 1].max() + lines[:, 1].min()) < 50


def test_no_sections_have_no_lines():
    assert project([], projection_of(BEFORE)) == []


def test_parts_that_are_no_lines_are_left_out():
    street_ = drawn(street("a", (0, 0), (400, 0)))
    assert len(parts_of(street_.geometry)) == 1
    assert parts_of(street_.geometry.buffer(5)) == []
