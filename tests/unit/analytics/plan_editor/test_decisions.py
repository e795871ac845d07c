from analytics.plan_editor.decisions import (
    cut_that_made,
    with_assigned,
    with_cut,
    with_join,
    without_cut,
)
from geofence.overrides.overrides import Assign, Cut, Join, Overrides
from tests.fixtures.written_plan import line

AT = (113.301, 40.1)
CUT = Cut("a", AT)
JOIN = Join(("a", "b"))


def section(section_id, name="云中街", grids=("JY01",)):
    return line(section_id, name, list(grids), (113.3, 40.1), (113.302, 40.1))


def seen(section_id, *grids, name="云中街", **more):
    """An assignment as the page makes it: with where the section is, and how long."""
    return Assign(section_id, grids, name, at=AT, length_m=170.3, **more)


def test_a_cut_of_what_the_map_made_needs_no_other_entry():
    halves = [section("a/1"), section("a/2")]
    assert with_cut(Overrides(), CUT, halves) == Overrides(cuts=(CUT,))


def test_halves_of_what_was_assigned_by_hand_are_assigned_and_the_whole_no_more():
    before = Overrides(assigns=(Assign("a", ("JY01",), "云中街"), Assign("b", ())))
    after = with_cut(before, CUT, [section("a/1"), section("a/2")])
    assert after.assigns == (
        Assign("b", ()), seen("a/1", "JY01"), seen("a/2", "JY01")
    )  # fmt: skip


def test_a_join_keeps_what_was_decided_about_its_parts():
    before = Overrides(assigns=(Assign("b", ("JY02",), "滨河路"),))
    after = with_join(before, JOIN, section("a+b", grids=["JY01"]))
    assert after == Overrides(joins=(JOIN,), assigns=(seen("a+b", "JY01"),))
    assert with_join(Overrides(), JOIN, section("a+b")) == Overrides(joins=(JOIN,))


def test_what_the_map_could_not_follow_gives_way_to_a_new_decision():
    stale = Overrides((CUT,), (Join(("a", "c")),), (Assign("a/1", ("JY02",)),))
    again = Cut("a", (113.3015, 40.1))
    assert with_cut(stale, again, [section("a/1"), section("a/2")]) == Overrides(cuts=(again,))


def test_a_cut_that_is_taken_back_leaves_no_trace_but_what_was_assigned():
    before = Overrides(cuts=(CUT,))
    assert cut_that_made(before, ["a/2", "a/1"]) == CUT
    assert cut_that_made(before, ["a/1", "b"]) is None
    assert without_cut(before, CUT, section("a")) == Overrides()
    touched = Overrides(cuts=(CUT,), assigns=(Assign("a/2", ("JY02",), "云中街"),))
    assert without_cut(touched, CUT, section("a")).assigns == (seen("a", "JY01"),)


def test_an_assignment_takes_the_place_of_the_one_before_and_keeps_its_note():
    before = Overrides(assigns=(Assign("a", (), "", oneway=True, note="told by the office"),))
    after = with_assigned(before, [section("a"), section("b", None, [])])
    assert after.assigns == (
        seen("a", "JY01", oneway=True, note="told by the office"),
        seen("b", name=""),
    )  # fmt: skip
