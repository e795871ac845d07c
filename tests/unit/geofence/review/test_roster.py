from dataclasses import replace

from geofence.review.roster import idle_operators, unequal_lists
from tests.fixtures.reviewed_plan import grid, metres, plan_of, section

EAST, ON = metres((0, 0), (850, 0)), metres((850, 0), (1700, 0))


def told(warnings):
    return [(each.code.value, each.subject, each.detail) for each in warnings]


def test_streets_that_the_list_and_the_lines_do_not_share_are_told():
    plan = plan_of(
        [grid("JY01", "a", streets=["云中街", "南关"])],
        [section("s1", "云中街", ["JY01"], EAST), section("s2", "滨河路", ["JY01"], ON)],
    )
    assert told(unequal_lists(plan)) == [
        ("street_unlocated", "JY01", "not drawn: 南关"),
        ("street_not_listed", "JY01", "drawn but not listed: 滨河路"),
    ]


def test_a_grid_that_nothing_is_drawn_for_is_told():
    plan = plan_of(
        [grid("JY01", "a"), grid("JY02", "b")], [section("s1", "云中街", ["JY01"], EAST)]
    )
    assert told(unequal_lists(plan)) == [("grid_without_section", "JY02", "has no section")]


def test_an_operator_without_grid_is_told():
    plan = plan_of([], [section("s1", "", [], EAST)])
    assert told(idle_operators(plan)) == [("operator_without_grid", "sweep-1", "runs no grid")]


def test_a_street_that_sections_mention_in_other_words_is_drawn_and_listed():
    north = replace(section("s1", "永泰南路", ["JY01"], EAST), mentions=("永泰南路北段",))
    plan = plan_of([grid("JY01", "a", streets=["永泰南路北段"])], [north])
    assert told(unequal_lists(plan)) == []
