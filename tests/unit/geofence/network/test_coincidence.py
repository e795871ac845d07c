import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.network.coincidence import find_twins


def twins(**lines):
    points = np.array([point for line in lines.values() for point in line], dtype=float)
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines.values()])
    measure = np.concatenate(
        [
            np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(np.array(line, float), axis=0).T))])
            for line in lines.values()
        ]
    )
    ids = list(lines)
    found = find_twins(ids, points[:, 0], points[:, 1], owner, measure)
    return sorted(
        (ids[t.section], round(t.from_m, 3), round(t.to_m, 3), ids[t.carrier],
         round(t.carrier_from_m, 3), round(t.carrier_to_m, 3))
        for t in found
    )  # fmt: skip


STREET = [(0, 0), (100, 0), (100, 80)]


def test_a_street_exported_once_a_direction_is_one_place():
    assert twins(a=STREET, b=STREET[::-1]) == [
        ("b", 0, 80, "a", 180, 100),
        ("b", 80, 180, "a", 100, 0),
    ]


def test_the_id_decides_which_of_two_equal_lines_is_matched():
    assert {row[0] for row in twins(b=STREET, a=STREET[::-1])} == {"b"}


def test_the_longer_of_two_lines_is_matched_whatever_its_id():
    assert twins(z=[(0, 0), (300, 0)], a=[(200, 1), (100, 1)]) == [("a", 0, 100, "z", 200, 100)]


def test_lines_within_two_metres_all_along_are_one_place():
    assert twins(a=[(0, 0), (100, 0)], b=[(0, 1.9), (100, 1.9)]) == [("b", 0, 100, "a", 0, 100)]


def test_carriageways_are_two_places():
    assert twins(a=[(0, 0), (100, 0)], b=[(0, 3.5), (100, 3.5)]) == []


def test_streets_that_cross_at_a_right_angle_or_follow_each_other_are_two_places():
    assert twins(a=[(0, 0), (100, 0)], b=[(50, -50), (50, 50)], c=[(100, 0), (200, 0)]) == []


def test_streets_that_part_at_a_sharp_angle_are_two_places():
    assert twins(a=[(0, 0), (300, 0)], b=[(0, 0), (300, 30)]) == []


def test_a_line_that_leaves_another_is_its_twin_as_far_as_they_run_together():
    assert twins(a=[(0, 0), (300, 0)], b=[(0, 0), (150, 0), (150, 90)]) == [
        ("b", 0, 150, "a", 0, 150)
    ]


def test_an_end_that_sticks_out_a_little_belongs_to_the_stretch():
    assert twins(a=[(0, 0), (300, 0)], b=[(-3, 1), (200, 1)]) == [("b", 0, 203, "a", 0, 200)]


def test_a_close_drawn_out_and_back_is_the_twin_of_itself():
    assert twins(a=[(0, 0), (0, 150), (0, 0)]) == [("a", 150, 300, "a", 150, 0)]


def test_a_close_that_turns_round_between_its_own_lines_is_cut_at_the_turn():
    (found,) = twins(a=[(0, 0), (0, 150), (4, 150), (4, 0)])
    assert found == ("a", 152, 304, "a", 152, 0)


def test_a_turning_circle_and_a_street_round_a_block_are_no_twins():
    angles = np.linspace(0, 2 * np.pi, 361)
    assert twins(a=[(8 * np.cos(angle), 8 * np.sin(angle)) for angle in angles]) == []
    assert twins(a=[(0, 0), (90, 0), (90, 60), (0, 60), (0, 0)]) == []


def test_of_three_lines_on_top_of_each_other_one_is_matched():
    found = twins(a=[(0, 0), (90, 0)], b=[(90, 1.5), (0, 1.5)], c=[(0, 3), (90, 3)])
    assert [(row[0], row[3]) for row in found] == [("b", "a"), ("c", "a")]


def test_a_twin_of_pieces_is_laid_on_each_of_them():
    pieces = {"a": [(0, 0), (150, 0)], "b": [(150, 0), (300, 0)], "long": [(300, 1), (0, 1)]}
    assert twins(**pieces) == [("a", 0, 150, "long", 300, 150), ("b", 0, 150, "long", 150, 0)]


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_sections_changes_nothing(order):
    lines = {
        "a": STREET,
        "b": STREET[::-1],
        "c": [(0, 0), (0, 150), (0, 0)],
        "d": [(20, 1), (90, 1)],
    }
    assert twins(**{name: lines[name] for name in order}) == twins(**lines)


@pytest.mark.parametrize("spacing_m", [0.5, 3.0, 40.0])
def test_how_densely_a_copy_is_drawn_changes_nothing(spacing_m):
    east = np.append(np.arange(0.0, 200.0, spacing_m), 200.0)
    found = twins(a=[(0, 0), (200, 0)], b=[(x, 0.5) for x in east])
    assert found[0][1] == 0
    assert found[-1][2] == pytest.approx(200, abs=0.01)
    assert all(row[1] == pytest.approx(row[4], abs=0.01) for row in found)


@given(st.integers(0, 2**32 - 1))
def test_chance_lines_have_twins_only_on_lines_that_stay(seed):
    rng = np.random.default_rng(seed)
    lines = {
        f"s{number}": np.cumsum(rng.integers(-3, 4, (5, 2)) * 20.0 + [[1.0, 0.0]], axis=0).tolist()
        for number in range(12)
    }
    found = twins(**lines)
    gone = {(row[0], row[1], row[2]) for row in found}
    for _, from_m, to_m, carrier, one, other in found:
        assert to_m >= from_m
        low, high = sorted((one, other))
        overlap = [min(high, end) - max(low, begin) for name, begin, end in gone if name == carrier]
        assert max(overlap, default=0.0) <= 0.01
