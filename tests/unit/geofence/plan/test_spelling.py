from dataclasses import replace

import numpy as np
import pytest

from geofence.plan.plan import Section
from geofence.plan.reader import read_plan
from geofence.plan.spelling import form_of, with_one_spelling
from tests.fixtures.reviewed_plan import grid
from tests.fixtures.written_plan import TOML, collection, line, write

LINE = np.array([(113.3, 40.1), (113.301, 40.1)])


def section(section_id, name, *grids):
    return Section(section_id, name, grids or ("JY01",), False, LINE)


def names(grids, *sections):
    return [each.name for each in with_one_spelling(grids, sections)[0]]


@pytest.mark.parametrize(
    ("one", "other"),
    [("云中街（北段）", "云中街(北段)"), ("第１大街", "第1大街"), ("Rua\u00a0XV", "Rua XV"),
     ("Rua  XV", "Rua XV"), ("Straße ﬁn", "Straße fin")],
)  # fmt: skip
def test_names_of_a_grid_that_differ_by_their_form_alone_are_one(one, other):
    assert form_of(one) == form_of(other)
    found, gave_way = with_one_spelling(
        [grid("JY01", "a")], [section("s1", one), section("s2", other)]
    )
    (stands,) = {each.name for each in found}
    assert stands in {one, other}
    assert gave_way == {({one, other} - {stands}).pop(): stands}
    assert {each.written_name or each.name for each in found} == {one, other}


def test_case_and_letters_make_names_that_differ():
    grids = [grid("JY01", "a")]
    for other in ("RUA XV", "Rua  X V", "Rúa XV"):
        assert names(grids, section("s1", "Rua XV"), section("s2", other)) == ["Rua XV", other]


def test_the_name_that_grids_list_stands_else_the_most_frequent():
    one, other = "云中街（北段）", "云中街(北段)"
    drawn = section("s1", one), section("s2", other), section("s3", other)
    assert set(names([grid("JY01", "a")], *drawn)) == {other}
    assert set(names([grid("JY01", "a", streets=[one])], *drawn)) == {one}


def test_a_list_in_another_form_than_the_lines_names_them():
    assert names([grid("JY01", "a", streets=["第1大街"])], section("s1", "第１大街")) == ["第1大街"]


def test_what_is_consistent_in_each_grid_stays_as_it_is_written():
    grids = [grid("JY01", "a"), grid("JY02", "b")]
    drawn = section("s1", "第１大街", "JY01"), section("s2", "第1大街", "JY02")
    assert names(grids, *drawn) == ["第１大街", "第1大街"]
    listed = [replace(grids[0], streets=("第１大街",)), replace(grids[1], streets=("第1大街",))]
    shared = section("s1", "第１大街", "JY01", "JY02")
    assert names(listed, shared) == ["第１大街"], "neither grid may lose its street"


def test_a_plan_is_read_with_one_name_and_its_exceptions_follow(tmp_path):
    streets = collection(
        line("s1", "云中街(北)", ["JY01"], (113.30, 40.1), (113.301, 40.1)),
        line("s2", "云中街（北）", ["JY01", "JY02"], (113.301, 40.1), (113.302, 40.1)),
        line("s3", "滨河路", ["JY01"], (113.302, 40.1), (113.302, 40.101)),
    )
    toml = TOML.replace('streets = ["云中街", "滨河路"]', 'streets = ["云中街(北)", "滨河路"]')
    toml += """
[[exceptions]]
reason = "road_closed"
date = 2022-04-01
grid = "JY01"
streets = ["云中街（北）", "云中街(北)"]
"""
    plan = read_plan(write(tmp_path, toml, streets))
    assert [each.name for each in plan.sections] == ["云中街(北)", "云中街(北)", "滨河路"]
    assert plan.exemptions[0].streets == ("云中街(北)",)
    assert plan.unlocated(plan.grids[0]) == ()
