import numpy as np
import pytest

from geofence.review.lines import close_vertices, coincident, crossing, turning_back
from tests.fixtures.reviewed_plan import drawn, metres, section

EAST = metres((0, 0), (850, 0))


def test_each_pair_of_sections_on_top_of_each_other_is_told():
    network = drawn(section("out", "云中街", ["JY01"], EAST), section("back", "a", [], EAST[::-1]))
    (found,) = coincident(network)
    assert found.code.value == "lines_coincide"
    assert "back" in found.detail
    assert "lies on" in found.detail
    assert "for 850.0 m" in found.detail


def test_two_layers_a_metre_apart_are_told_as_one_place():
    beside = metres((0, 1), (400, 1), (850, 1))
    network = drawn(section("osm", "云中街", ["JY01"], EAST), section("gis", "x", ["JY01"], beside))
    (found,) = coincident(network)
    assert "gis" in found.detail
    assert "osm" in found.detail


@pytest.mark.parametrize("back_to", [0.0, 30.0, 840.0])
def test_a_line_that_comes_back_beside_itself_is_told_once(back_to):
    line = metres((0, 0), (850, 0), (back_to, 0))
    network = drawn(section("close", "云中街", ["JY01"], line))
    (found,) = [*coincident(network), *turning_back(network)]
    assert "close comes back beside itself" in found.detail


def test_a_slip_of_the_mouse_is_told_with_section_and_place():
    line = metres((0, 0), (400, 0), (398.5, 0), (850, 0))
    network = drawn(section("s1", "云中街", ["JY01"], line))
    (found,) = turning_back(network)
    assert found.code.value == "line_turns_back"
    assert found.detail.startswith("at 2 vertices: s1 (400.0 m from its start, at 113.304")


def test_sharp_bends_and_hairpins_are_no_turning_back():
    hairpin = metres((0, 0), (300, 0), (310, 15), (300, 30), (0, 60))
    sharp = metres((0, 200), (300, 200), (0, 260))
    network = drawn(section("s1", "a", ["JY01"], hairpin), section("s2", "b", ["JY01"], sharp))
    assert list(turning_back(network)) == []


def test_each_crossing_without_a_vertex_is_told_with_both_sections():
    across = metres((400, -100), (400, 100))
    network = drawn(section("s1", "云中街", ["JY01"], EAST), section("s2", "桥", [], across))
    (found,) = crossing(network)
    assert found.code.value == "lines_cross"
    assert "s1 and s2 cross at 113.304" in found.detail


def test_crossings_and_copies_of_roads_that_no_grid_collects_are_counted():
    across = metres((400, -100), (400, 100))
    network = drawn(
        section("s0", "云中街", ["JY01"], metres((850, 0), (1700, 0))),
        section("s1", "高架", [], EAST),
        section("s2", "桥", [], across),
        section("s3", "桥", [], across[::-1]),
    )
    found = [*coincident(network), *crossing(network)]
    assert [(each.code.value, each.detail.split()[0]) for each in found] == [
        ("lines_coincide", "1"),
        ("lines_cross", "1"),
    ]


def test_dense_vertices_are_told_with_how_dense_they_are():
    turn = np.linspace(0.0, 2.0 * np.pi, 200)
    circle = [(20 + 5 * np.cos(a), 5 * np.sin(a)) for a in turn]
    network = drawn(
        section("road", "a", ["JY01"], metres((25, 0), (400, 0))),
        section("round", "b", ["JY01"], metres(*circle)),
    )
    (found,) = close_vertices(network)
    assert found.detail == (
        "vertices that follow the one before within 0.5 m, in 1 section: "
        "round (199, the closest 0.16 m)"
    )
