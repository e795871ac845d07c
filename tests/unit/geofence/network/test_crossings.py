import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.crossings import _meet_nearby
from geofence.network.join_candidates import GAP_M
from geofence.network.network import build_network
from tests.fixtures.drawn_lines import drawn
from tests.fixtures.lattice import section


def crossings(*sections):
    return [(c.section_id, c.other_id) for c in build_network(sections).crossings]


ALONG = section("along", (0, 0), (200, 0))


def test_lines_that_cross_without_a_vertex_are_told_with_the_place():
    (found,) = build_network([ALONG, section("across", (50, -60), (50, 60))]).crossings
    assert (found.section_id, found.other_id) == ("across", "along")
    assert str(found).startswith("across and along cross at 113.3005")


def test_lines_that_share_a_vertex_do_not_cross():
    assert crossings(section("along", (0, 0), (50, 0), (200, 0)),
                     section("across", (50, -60), (50, 0), (50, 60))) == []  # fmt: skip


def test_an_end_that_overshoots_its_junction_does_not_cross():
    assert crossings(ALONG, section("side", (80, 90), (80, -4))) == []


def test_lines_that_meet_elsewhere_and_cross_again_are_told():
    bow = section("bow", (0, 0), (60, 60), (120, -60))
    assert crossings(ALONG, bow) == [("along", "bow")]


def test_a_line_that_crosses_itself_is_told():
    knot = section("knot", (0, 0), (100, 0), (100, 80), (50, 80), (50, -80))
    assert crossings(knot) == [("knot", "knot")]


def test_the_order_of_sections_changes_nothing():
    sections = [ALONG, *(section(f"s{n}", (n * 40 + 20, -60), (n * 40 + 25, 60)) for n in range(4))]
    assert build_network(sections[::-1]).crossings == build_network(sections).crossings


def test_a_vertex_of_one_line_on_the_other_is_one_crossing():
    across = section("across", (50, -60), (50, 0), (50, 60))
    assert crossings(ALONG, across) == [("across", "along")]


def test_a_bend_of_a_line_is_no_crossing():
    assert crossings(section("bent", (0, 0), (50, 0), (50, 60), (90, 90))) == []


points = st.tuples(
    st.integers(0, 5).map(lambda n: n * 5.0), st.integers(0, 5).map(lambda n: n * 5.0)
)
lines = st.lists(st.lists(points, min_size=2, max_size=5, unique=True), min_size=1, max_size=5)


@settings(max_examples=100)
@given(lines, st.data())
def test_lines_meet_nearby_where_a_look_at_every_node_of_both_says_so(laid, data):
    network = drawn(**{f"s{number}": line for number, line in enumerate(laid)})
    numbers = st.integers(0, len(laid) - 1)
    rows = data.draw(st.lists(st.tuples(numbers, numbers, points), min_size=1, max_size=6))
    first, second = np.array([row[:2] for row in rows]).T
    at = np.array([row[2] for row in rows])
    expected = [
        any(
            network.owner[vertex] == one
            and np.hypot(network.x[vertex] - x, network.y[vertex] - y) <= GAP_M
            and any(
                network.node[vertex] == network.node[there]
                for there in np.flatnonzero(network.owner == other)
            )
            for vertex in np.flatnonzero(network.node >= 0)
        )
        for one, other, (x, y) in rows
    ]
    assert _meet_nearby(network, first, second, at).tolist() == expected
