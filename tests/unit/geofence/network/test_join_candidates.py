import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.join_candidates import Candidate, Surroundings
from geofence.network.loose_ends import DrawnLines, LooseEnd, loose_ends
from tests.fixtures.drawn_lines import drawn

Told = set[tuple[str, str, str]]


def told(lines: DrawnLines, candidates: list[Candidate]) -> Told:
    """Which end may be joined to what: ``a+`` is the last vertex of a, ``a-`` its first."""

    def name(spot) -> str:
        section = lines.section_ids[spot.section]
        return (
            f"{section}{'+' if spot.measure_m else '-'}" if isinstance(spot, LooseEnd) else section
        )

    return {(name(one.end), str(one.spot.kind), name(one.spot)) for one in candidates}


def near(**shapes) -> Told:
    lines = drawn(**shapes)
    return told(lines, list(Surroundings(lines, list(loose_ends(lines))).near()))


def ahead(section: str, **shapes) -> Told:
    """What the ends of a section may be joined to because it lies ahead of them."""
    lines = drawn(**shapes)
    ends = list(loose_ends(lines))
    mine = [end for end in ends if lines.section_ids[end.section] == section]
    return told(lines, list(Surroundings(lines, ends).ahead(mine)))


def of(end: str, found: Told) -> Told:
    return {one for one in found if end in (one[0], one[2])}


def turned(degrees: float, x: float, y: float) -> list[tuple[float, float]]:
    """A line of 90 m that ends at a place and points in a direction, east being 0."""
    angle = np.radians(degrees)
    return [(x - 90 * np.cos(angle), y - 90 * np.sin(angle)), (x, y)]


WEST = turned(0, 0, 0)  # comes from the west and ends at the origin


# Other ends


@pytest.mark.parametrize(("gap_m", "found"), [(1.0, True), (15.0, True), (15.01, False)])
def test_ends_up_to_15_m_apart_may_be_joined(gap_m, found):
    assert (("a+", "end", "b+") in near(a=WEST, b=turned(180, gap_m, 0))) is found


def test_two_ends_are_one_candidate_whichever_is_asked_and_the_first_id_is_the_end():
    for shapes in ({"a": WEST, "b": turned(180, 9, 0)}, {"b": turned(180, 9, 0), "a": WEST}):
        lines = drawn(**shapes)
        found = list(Surroundings(lines, list(loose_ends(lines))).near())
        assert told(lines, found) == {("a+", "end", "b+")}
        assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("turn_deg", "found"), [(0, False), (29.5, False), (30.5, True), (90, True)]
)
def test_ends_that_run_side_by_side_do_not_belong_together(turn_deg, found):
    assert (("a+", "end", "b+") in near(a=WEST, b=turned(turn_deg, 3, 4))) is found


@pytest.mark.parametrize(
    ("turn_deg", "aside_m", "found"),
    [(180, 7, True), (180, 8, False), (150.5, 8, False), (149.5, 8, True)],
)
def test_ends_of_opposite_directions_pass_each_other_if_too_far_aside(turn_deg, aside_m, found):
    assert (("a+", "end", "b+") in near(a=WEST, b=turned(turn_deg, 3, aside_m))) is found


def test_those_that_pass_each_other_are_candidates_for_ends_that_meet_nothing_else():
    assert ahead("a", a=WEST, b=turned(180, 3, 8)) == {("a+", "end", "b+")}
    assert ahead("a", a=WEST, b=turned(150.5, 3, 8)) == {("a+", "end", "b+")}
    assert ahead("a", a=WEST, b=turned(149.5, 3, 8)) == set()


def test_a_line_that_runs_between_two_ends_parts_them():
    apart = {"a": WEST, "b": turned(180, 9, 0), "wall": [(5, -50), (5, 50)]}
    assert ("a+", "end", "b+") not in near(**apart)
    assert ("a+", "end", "b+") not in ahead("a", **apart)


def test_a_line_that_ends_loose_at_the_same_junction_parts_nothing():
    spoke = {"a": WEST, "b": turned(180, 9, 0), "spoke": turned(270, 5, -2)}
    assert ("a+", "end", "b+") in near(**spoke)
    long = {"a": WEST, "b": turned(180, 9, 0), "spoke": turned(270, 5, -16)}
    assert ("a+", "end", "b+") not in near(**long)


# Nodes

EAST = {"b": [(90, 0), (40, 0)], "c": [(40, 0), (90, 50)]}  # meet at 40 m


@pytest.mark.parametrize(("gap_m", "found"), [(7.5, True), (7.6, False)])
def test_a_node_belongs_to_an_end_if_close_whatever_its_direction(gap_m, found):
    for degrees in (0, 90, 180):
        shapes = {"a": turned(degrees, 40 - gap_m, 0), **EAST}
        assert (("a+", "node", "b") in of("a+", near(**shapes))) is found


def test_a_node_is_called_by_the_first_id_of_those_that_meet_there():
    for names in ("bc", "cb"):
        meeting = dict(zip(names, EAST.values(), strict=True))
        assert of("a+", near(a=turned(0, 35, 0), **meeting)) == {("a+", "node", "b")}


def test_a_node_behind_a_line_of_others_is_parted_from_an_end():
    wall = [(37, -50), (37, 50)]
    assert ("a+", "node", "b") not in near(a=turned(0, 34, 0), wall=wall, **EAST)
    # one that meets at the node itself is no wall
    hook = [(40, 0), (37, 5), (37, -50)]
    assert ("a+", "node", "b") in near(a=turned(0, 34, 0), hook=hook, **EAST)


@pytest.mark.parametrize(
    ("aside_deg", "found"), [(0, True), (59.5, True), (60.5, False), (180, False)]
)
def test_a_node_further_off_is_ahead_within_60_degrees_of_an_ends_direction(aside_deg, found):
    shapes = {"a": turned(aside_deg, 28, 0), **EAST}
    assert (("a+", "node", "b") in ahead("a", **shapes)) is found
    assert ("a+", "node", "b") not in near(**shapes)


@pytest.mark.parametrize(("length_m", "found"), [(13, True), (11, False)])
def test_a_stub_looks_ahead_no_further_than_it_is_long(length_m, found):
    stub = [(28 - length_m, 0), (28, 0)]
    assert (("a+", "node", "b") in ahead("a", a=stub, **EAST)) is found


# The inside of lines

MAIN = [(0, -90), (0, 90)]


def test_a_line_that_the_last_metres_of_an_end_cross_belongs_to_it():
    lines = drawn(a=turned(0, 6, 0), main=[(0, -90), (0, -30), (0, 40), (0, 90)])
    (found,) = Surroundings(lines, list(loose_ends(lines))).near()
    assert told(lines, [found]) == {("a+", "line", "main")}
    assert (found.spot.x, found.spot.y, found.spot.measure_m) == pytest.approx((0, 0, 90))
    assert found.spot.vertex == lines.first[1] + 1


def test_a_line_crossed_further_back_does_not():
    assert near(a=turned(0, 16, 0), main=MAIN) == set()


def test_a_line_crossed_at_a_slant_may_lie_further_off_along_the_end_than_beside_it():
    assert near(a=turned(45, 9, 9), main=MAIN) == {("a+", "line", "main")}
    assert near(a=turned(45, 11, 11), main=MAIN) == set()


@pytest.mark.parametrize(("gap_m", "found"), [(3, True), (15, True), (15.1, False)])
def test_a_line_that_an_end_points_at_lies_ahead(gap_m, found):
    shapes = {"a": turned(0, -gap_m, 0), "main": MAIN}
    assert (ahead("a", **shapes) == {("a+", "line", "main")}) is found
    assert near(**shapes) == set()


def test_a_line_beside_an_end_does_not_lie_ahead():
    assert ahead("a", a=turned(90, -5, 0), main=MAIN) == set()


def test_an_end_looks_from_its_start_as_from_its_end():
    assert ahead("a", a=turned(0, -5, 0)[::-1], main=MAIN) == {("a-", "line", "main")}
    for past_m in (0.7, 6):
        assert near(a=turned(0, past_m, 0)[::-1], main=MAIN) == {("a-", "line", "main")}


@pytest.mark.parametrize("degrees", [45, 90, 225])
def test_an_end_looks_where_it_points(degrees):
    angle = np.radians(degrees)
    east, north = np.cos(angle), np.sin(angle)
    across = [(9 * east - 90 * north, 9 * north + 90 * east),
              (9 * east + 90 * north, 9 * north - 90 * east)]  # fmt: skip
    assert ahead("a", a=turned(degrees, 0, 0), main=across) == {("a+", "line", "main")}
    assert ahead("a", a=turned(degrees + 180, 0, 0), main=across) == set()


def test_a_stub_does_not_meet_again_what_it_begins_at():
    main = [(0, -90), (0, 0), (0, 90)]
    assert near(stub=[(0, 0), (10, 0)], main=main) == set()
    assert near(past=[(-90, 0), (0, 0), (10, 0)], main=main) == set()


def test_a_line_beside_an_end_that_its_own_line_crosses_elsewhere_is_not_crossed_by_its_end():
    around = [(0, 0), (40, 0), (40, 30), (-40, 30)]
    assert near(around=around, main=[(-5, -90), (-5, 90)]) == set()


def test_an_end_does_not_meet_the_inside_of_its_own_line():
    hook = [(0, 0), (0, 60), (40, 60), (40, 30), (6, 30)]
    assert ahead("hook", hook=hook) == near(hook=hook) == set()


def test_where_a_line_has_a_node_the_end_is_joined_to_that_and_not_to_the_line():
    north, south = {"n": [(0, 0.3), (0, 90)]}, {"s": [(0, -90), (0, 0.3)]}
    shapes = {"a": turned(0, -12, 0), **north, **south}
    assert ahead("a", **shapes) == {("a+", "node", "n")}


def test_a_line_with_a_node_further_along_offers_both_the_node_and_its_inside():
    shapes = {"a": turned(0, -5, 0), "n": [(0, 8), (0, 90)], "s": [(0, 8), (0, -90)]}
    assert ahead("a", **shapes) == {("a+", "node", "n"), ("a+", "line", "s")}


def test_a_line_that_ends_loose_close_by_belongs_to_the_junction_by_its_end():
    assert ahead("a", a=turned(0, -5, 0), main=[(0, -90), (0, 8)]) == set()
    assert ahead("a", a=turned(0, -5, 0), main=[(0, -90), (0, 16)]) == {("a+", "line", "main")}


# Which comes first


def weights(**shapes) -> dict[tuple[str, str], float]:
    lines = drawn(**shapes)
    ends = list(loose_ends(lines))
    around = Surroundings(lines, ends)
    found = [*around.near(), *around.ahead(ends)]
    return {
        (str(one.spot.kind), lines.section_ids[one.spot.section]): one.weight_m for one in found
    }


def test_ends_and_nodes_weigh_as_much_as_they_are_away():
    assert weights(a=WEST, b=turned(180, 9, 0)) == {("end", "b"): 9}
    assert weights(a=turned(0, 28, 0), **EAST)["node", "b"] == 12


def test_a_node_is_preferred_to_the_inside_of_a_line_unless_5_m_further():
    def first(node_m: float) -> str:
        shapes = {"a": turned(0, -5, 0), "n": [(0, node_m), (0, 90)], "s": [(0, node_m), (0, -90)]}
        found = weights(**shapes)
        return min(found, key=found.__getitem__)[0]

    assert first(8.6) == "node"  # 9.95 m away
    assert first(8.7) == "line"  # 10.03 m away


def test_equal_weights_go_by_id_and_measure_whatever_the_order_of_lines():
    shapes = {"c": turned(180, 9, 0), "b": turned(270, 0, 9), "a": WEST}
    for names in ("abc", "cba", "bca"):
        lines = drawn(**{name: shapes[name] for name in names})
        found = sorted(Surroundings(lines, list(loose_ends(lines))).near(), key=lambda c: c[:2])
        ids = [(lines.section_ids[c.end.section], lines.section_ids[c.spot.section]) for c in found]
        assert list(dict.fromkeys(ids)) == [("a", "b"), ("a", "c"), ("b", "c")]


# Laws


POINTS = st.tuples(st.integers(0, 40), st.integers(0, 40))
TOWNS = st.lists(st.lists(POINTS, min_size=2, max_size=3, unique=True), min_size=1, max_size=6).map(
    lambda shapes: {f"s{number}": shape for number, shape in enumerate(shapes)}
)


def all_of(shapes) -> list[tuple]:
    """Every candidate, told by ids and measures."""
    lines = drawn(**shapes)
    ends = list(loose_ends(lines))
    around = Surroundings(lines, ends)
    found = [*around.near(), *around.ahead(ends)]
    return sorted(
        (
            lines.section_ids[one.end.section],
            round(one.end.measure_m, 3),
            str(one.spot.kind),
            lines.section_ids[one.spot.section],
            round(one.spot.measure_m, 3),
            round(one.weight_m, 3),
        )
        for one in found
    )


@settings(max_examples=40, deadline=None)
@given(TOWNS, st.randoms(use_true_random=False))
def test_the_order_of_lines_has_no_part_in_what_may_be_joined(shapes, random):
    order = list(shapes)
    random.shuffle(order)
    assert all_of({name: shapes[name] for name in order}) == all_of(shapes)


@settings(max_examples=40, deadline=None)
@given(TOWNS)
def test_no_candidate_lies_further_off_than_15_m_nor_is_it_the_end_itself(shapes):
    lines = drawn(**shapes)
    ends = list(loose_ends(lines))
    around = Surroundings(lines, ends)
    for one in (*around.near(), *around.ahead(ends)):
        assert one.end.away_m(one.spot) <= 15.0 + 1e-9
        assert one.weight_m >= one.end.away_m(one.spot) - 1e-6
        assert one.end in ends
        assert one.spot != one.end


def test_lines_without_a_loose_end_have_no_candidate():
    lines = drawn(ring=[(0, 0), (9, 0), (9, 9), (0, 0)])
    around = Surroundings(lines, [])
    assert list(around.near()) == list(around.ahead([])) == []
