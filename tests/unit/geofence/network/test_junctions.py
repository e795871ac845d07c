import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import LineString, Point

from geofence.network.join_candidates import GAP_M, TOUCH_M
from geofence.network.network import Network
from geofence.network.network import build_network as build_any_network
from geofence.plan.plan import Section
from tests.fixtures.street_map import ORIGIN, StreetMap


def section(name: str, *points: tuple[float, float], oneway: bool = False) -> Section:
    metres = np.array(points, dtype=float)
    longitude, latitude = ORIGIN.to_degrees(metres[:, 0], metres[:, 1])
    return Section(name, name, (), oneway, np.stack([longitude, latitude], axis=1))


def build_network(sections: list[Section]) -> Network:
    """Networks whose nodes are those of joins alone."""
    return build_any_network(sections, crossings_lead=False)


def ends(network: Network) -> dict[str, tuple[int, int]]:
    """The nodes at the two ends of each section."""
    found: dict[str, tuple[int, int]] = {}
    for edge, number in enumerate(network.edge_section):
        name = network.section_ids[number]
        start, goal = int(network.arc_from[2 * edge]), int(network.arc_to[2 * edge])
        found[name] = (found.get(name, (start,))[0], goal)
    return found


def parts(network: Network) -> int:
    arcs = (network.arc_from, network.arc_to)
    graph = coo_array((np.ones(len(network.arc_from)), arcs), shape=(network.node_count,) * 2)
    return connected_components(graph, directed=False)[0]


def joined(network: Network) -> list[tuple[str, str, str]]:
    return [(join.section_id, str(join.kind), join.other_id) for join in network.joins]


def test_two_ends_that_do_not_quite_meet_become_one_node():
    network = StreetMap("a----bc----d").network
    assert ends(network)["ab"][1] == ends(network)["cd"][0]
    assert network.node_count == 3


def test_joining_moves_no_line():
    network = StreetMap("a----bc----d").network
    assert network.section_length_m == pytest.approx([50, 50], abs=0.01)
    assert network.edge_length_m == pytest.approx([50, 50], abs=0.01)


def test_ends_further_apart_stay_apart():
    network = StreetMap("a----b c----d").network
    assert network.joins == ()
    assert parts(network) == 2


def test_the_report_says_which_end_was_joined_to_what_and_where():
    town = StreetMap("a----bc----d")
    join = town.network.joins[0]
    assert (join.section_id, join.at_start, join.kind, join.other_id) == ("ab", False, "end", "cd")
    assert join.distance_m == pytest.approx(10.0, abs=0.01)
    x, y = ORIGIN.to_metres(np.array([join.longitude]), np.array([join.latitude]))
    assert (x[0], y[0]) == pytest.approx(town.nodes["b"], abs=0.2)


def test_an_end_that_points_at_a_line_is_joined_to_its_inside():
    network = StreetMap("""
     n
     |
a---b|
     |
     s
""").network
    assert joined(network) == [("ab", "line", "ns")]
    assert parts(network) == 1
    assert sorted(network.edge_length_m) == pytest.approx([40, 40, 40], abs=0.01)


def test_streets_that_stop_short_on_both_sides_of_a_line_are_joined_to_it_and_not_past_it():
    network = build_network(
        [
            section("main", (-90, 0), (90, 0)),
            section("north", (3, 4), (3, 90)),
            section("south", (0, -5), (0, -90)),
        ]
    )
    assert joined(network) == [("north", "line", "main"), ("south", "line", "main")]
    assert parts(network) == 1


def test_an_end_that_overshoots_a_line_is_joined_to_it():
    network = build_network([section("main", (-90, 0), (90, 0)), section("side", (0, -90), (2, 6))])
    assert joined(network) == [("side", "line", "main")]


def test_a_node_is_preferred_to_the_inside_of_a_line_next_to_it():
    network = build_network(
        [
            section("west", (-90, 0), (0, 0)),
            section("east", (0, 0), (90, 0)),
            section("side", (3, -90), (3, -8)),
        ]
    )
    assert joined(network) == [("side", "node", "east")]
    assert len(network.edge_section) == 3


def test_a_line_right_ahead_is_preferred_to_a_node_further_on():
    network = build_network(
        [
            section("west", (-90, 0), (0, 0)),
            section("east", (0, 0), (90, 0)),
            section("side", (12, -90), (12, -2)),
        ]
    )
    assert joined(network) == [("side", "line", "east")]


def test_a_dead_end_along_a_parallel_street_stays_one():
    network = build_network(
        [section("street", (-90, 0), (90, 0)), section("alley", (-80, 12), (20, 12))]
    )
    assert network.joins == ()


def test_lines_that_cross_stay_apart_even_where_a_loose_end_is_near_both():
    network = build_network(
        [
            section("we", (-90, 0), (90, 0)),
            section("sn", (0, -90), (0, 90)),
            section("side", (-80, -75), (-6, -5)),
        ]
    )
    assert len(network.joins) == 1
    assert parts(network) == 2


def test_both_ends_of_a_short_section_do_not_become_one_node():
    network = build_network(
        [
            section("west", (-90, 0), (0, 0)),
            section("short", (3, 0), (12, 0)),
            section("east", (14, 0), (90, 0)),
        ]
    )
    start, goal = ends(network)["short"]
    assert start != goal
    assert parts(network) == 1


def test_teeth_of_a_comb_stay_apart():
    teeth = [section(f"tooth {x}", (x, 0), (x, 6)) for x in range(0, 60, 5)]
    network = build_network([section("back", (-50, 0), (100, 0)), *teeth])
    assert network.joins == ()


def test_carriageways_that_end_side_by_side_are_not_joined():
    network = build_network(
        [
            section("out", (0, 0), (100, 0), oneway=True),
            section("back", (100, 12), (0, 12), oneway=True),
        ]
    )
    assert network.joins == ()


def test_carriageways_with_gaps_go_on_straight_and_not_across():
    network = build_network(
        [
            section("out 1", (-100, 0), (0, 0), oneway=True),
            section("out 2", (4, 0), (100, 0), oneway=True),
            section("back 1", (100, 12), (4, 12), oneway=True),
            section("back 2", (0, 12), (-100, 12), oneway=True),
        ]
    )
    assert joined(network) == [("back 1", "end", "back 2"), ("out 1", "end", "out 2")]
    assert parts(network) == 2


def test_carriageways_that_merge_are_joined_to_the_road_they_become():
    network = build_network(
        [
            section("out", (-100, -5), (0, -5), oneway=True),
            section("back", (0, 5), (-100, 5), oneway=True),
            section("road", (6, 0), (100, 0)),
        ]
    )
    assert ends(network)["out"][1] == ends(network)["back"][0] == ends(network)["road"][0]


def test_a_ring_that_does_not_quite_close_is_closed():
    corners = [(0, 5), (0, 80), (-80, 80), (-80, 0), (-5, 0)]
    network = build_network([section("ring", *corners)])
    assert ends(network)["ring"] == (0, 0)


def test_two_ends_that_meet_a_line_in_one_place_cut_it_once():
    network = build_network(
        [
            section("main", (-90, 0), (90, 0)),
            section("north", (0.1, 5), (0.1, 90)),
            section("south", (0, -5), (0, -90)),
        ]
    )
    assert sorted(network.edge_length_m) == pytest.approx([85, 85, 90, 90], abs=0.2)
    assert ends(network)["north"][0] == ends(network)["south"][0]


def test_two_ends_of_opposite_directions_are_joined_across_a_lane_only_if_both_meet_nothing():
    west, east = section("b", (-100, 0), (0, 0)), section("c", (100, 12), (2, 12))
    assert joined(build_network([west, east])) == [("b", "end", "c")]
    for name in "ad":  # the order of ids has no part in it
        on = section(name, (4, 0), (100, -20))
        assert joined(build_network([west, east, on])) == [(min("b", name), "end", max("b", name))]


SPOKES = [(x, y) for x, y in np.random.default_rng(4).uniform(-4.5, 4.5, (5, 2)).tolist()]


@given(st.permutations(range(5)))
def test_ends_at_one_junction_become_one_node_in_whatever_order_they_come(order):
    spokes = [
        section(f"s{i}", (x, y), (90 * np.cos(1.2 * i), 90 * np.sin(1.2 * i)))
        for i, (x, y) in enumerate(SPOKES)
    ]
    network = build_network([spokes[i] for i in order])
    assert len({start for start, _ in ends(network).values()}) == 1
    assert network.joins == build_network(spokes).joins


SIDE = 3
LINKS = [
    (a, b)
    for a in range(SIDE * SIDE)
    for b in range(SIDE * SIDE)
    if (b == a + 1 and b % SIDE) or b == a + SIDE
]


def crooked(rng: np.random.Generator) -> np.ndarray:
    """Junctions of a town of crooked blocks of about 90 m."""
    lattice = np.array([(x, y) for y in range(SIDE) for x in range(SIDE)], dtype=float)
    return 90 * lattice + rng.uniform(-12, 12, lattice.shape)


def moved(point: np.ndarray, by_m: float, rng: np.random.Generator) -> tuple[float, float]:
    angle, away = rng.uniform(0, 2 * np.pi), by_m * np.sqrt(rng.uniform())
    return point[0] + away * np.cos(angle), point[1] + away * np.sin(angle)


def none_meet_by_chance(lines: list[list[tuple[float, float]]]) -> bool:
    """Tell whether no end touches another line: what meets already is not looked at again."""
    shapes = [LineString(line) for line in lines]
    return all(
        shape.distance(Point(end)) > TOUCH_M
        for line in lines
        for end in line
        for shape, other in zip(shapes, lines, strict=True)
        if other is not line
    )


def ways_m(network: Network) -> np.ndarray:
    """Metres along the lines from node to node."""
    size = (network.node_count, network.node_count)
    edges = zip(network.arc_from[::2], network.arc_to[::2], network.edge_length_m, strict=True)
    direct = np.full(size, np.inf)
    for start, goal, length_m in edges:
        direct[start, goal] = min(direct[start, goal], length_m)
    return dijkstra(np.minimum(direct, direct.T), directed=False)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_ends_moved_by_up_to_7_m_meet_as_they_did_before(seed):
    rng = np.random.default_rng(seed)
    corners = crooked(rng)
    links = [LINKS[i] for i in rng.permutation(len(LINKS))[: rng.integers(4, len(LINKS) + 1)]]
    lines = [[moved(corners[node], 7.0, rng) for node in link] for link in links]
    assume(none_meet_by_chance(lines))
    network = build_network(
        [section(f"{a}-{b}", *line) for (a, b), line in zip(links, lines, strict=True)]
    )
    nodes = ends(network)
    at = [(corner, nodes[f"{a}-{b}"][k]) for a, b in links for k, corner in enumerate((a, b))]
    corner, node = np.array(at).T
    together = ways_m(network)[np.ix_(node, node)] < 2 * GAP_M
    assert np.array_equal(together, corner[:, None] == corner[None, :])


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_side_streets_moved_by_up_to_7_m_still_meet_the_streets_they_met(seed):
    rng = np.random.default_rng(seed)
    corners = crooked(rng).reshape(SIDE, SIDE, 2)
    rows = [section(f"row {y}", *corners[y].tolist()) for y in range(SIDE)]
    sides = {
        f"{x}{y}": [moved(corners[y + up, x], 7.0, rng) for up in (0, 1)]
        for x in range(SIDE)
        for y in range(SIDE - 1)
    }
    assume(none_meet_by_chance(list(sides.values())))
    network = build_network([*rows, *(section(name, *line) for name, line in sides.items())])
    nodes, away_m = ends(network), ways_m(network)
    for name in sides:
        for node, row in zip(nodes[name], (int(name[1]), int(name[1]) + 1), strict=True):
            on_row = network.edge_section == row
            of_row = np.concatenate([network.arc_from[::2][on_row], network.arc_to[::2][on_row]])
            assert away_m[node, of_row].min() < GAP_M


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_sections_has_no_part_in_what_is_joined(seed):
    rng = np.random.default_rng(seed)
    corners = crooked(rng)
    sections = [
        section(f"{a}-{b}", *(moved(corners[node], 14.0, rng) for node in (a, b))) for a, b in LINKS
    ]
    shuffled = [sections[i] for i in rng.permutation(len(sections))]
    assert build_network(shuffled).joins == build_network(sections).joins
