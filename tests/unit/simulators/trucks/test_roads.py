from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.network import build_network
from simulators.trucks.roads import AVOIDED_FACTOR, Place, Roads, Stretch, split, stretches_length_m
from tests.fixtures.lattice import lattice, section
from tests.fixtures.street_map import StreetMap

TOWN = StreetMap(
    """
a---------b---------c    x-----y
|         |
|         |
d>>>>>>>>>e
"""
)
NETWORK = TOWN.network


def node(name: str) -> int:
    """The node of that name: the nearest to where it is drawn."""
    ends = {}
    for edge, section_index in enumerate(NETWORK.edge_section):
        for end, arc in zip(NETWORK.section_ids[section_index], (0, 1), strict=True):
            ends[end] = int(NETWORK.arc_from[2 * edge + arc])
    return ends[name]


def drawn(way: list[Stretch]) -> str:
    """The nodes a way leads over."""
    names = [NETWORK.section_ids[stretch.arc // 2][:: 1 - 2 * (stretch.arc % 2)] for stretch in way]
    assert all(a[1] == b[0] for a, b in pairwise(names))
    return "".join(name[0] for name in names) + names[-1][1] if names else ""


def edges(*names: str) -> frozenset[int]:
    return frozenset(NETWORK.section_ids.index(name) for name in names)


def test_a_way_is_the_shortest_there_is():
    assert drawn(Roads(NETWORK).way(node("d"), node("c"))) == "debc"


def test_nobody_drives_against_a_one_way_street():
    assert drawn(Roads(NETWORK).way(node("e"), node("d"))) == "ebad"


def test_to_stay_is_no_way():
    assert Roads(NETWORK).way(node("a"), node("a")) == []


def test_a_way_that_does_not_exist_names_its_ends():
    with pytest.raises(ValueError, match=f"no way from node {node('a')} to node {node('x')}"):
        Roads(NETWORK).way(node("a"), node("x"))
    assert np.isinf(Roads(NETWORK).costs_from(node("a"))[node("x")])


def test_a_street_to_be_avoided_is_driven_only_where_the_way_round_is_far_too_long():
    assert drawn(Roads(NETWORK, edges("be")).way(node("b"), node("e"))) == "bade"
    assert drawn(Roads(NETWORK, edges("bc")).way(node("a"), node("c"))) == "abc"
    dear = Roads(NETWORK, edges("bc")).costs_from(node("b"))[node("c")]
    assert dear == pytest.approx(AVOIDED_FACTOR * NETWORK.edge_length_m[1])


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_a_way_is_as_long_as_its_cost_says_and_goes_over_open_arcs_end_to_end(seed):
    network = lattice(seed)
    roads = Roads(network)
    start = seed % network.node_count
    for goal in np.flatnonzero(np.isfinite(roads.costs_from(start))).tolist():
        way = roads.way(start, goal)
        ends = [start, *(roads.head(stretch.arc) for stretch in way)]
        assert [roads.tail(stretch.arc) for stretch in way] == ends[:-1]
        assert ends[-1] == goal
        assert network.arc_open[[stretch.arc for stretch in way]].all()
        assert stretches_length_m(way) == pytest.approx(roads.costs_from(start)[goal])


def test_searches_made_ahead_give_what_searches_made_when_asked_for_do():
    ahead, asked = Roads(NETWORK), Roads(NETWORK)
    ahead.prepare([node("a"), node("c"), node("a")])
    for name in "ac":
        assert np.array_equal(ahead.costs_from(node(name)), asked.costs_from(node(name)))


def test_of_two_streets_between_the_same_junctions_the_shorter_is_driven():
    bow = section("弓街", (0, 0), (50, 60), (100, 0))
    string = section("弦街", (0, 0), (100, 0))
    for streets, chosen in (([bow, string], 1), ([string, bow], 0)):
        network = build_network(streets)
        way = Roads(network).way(int(network.arc_from[0]), int(network.arc_to[0]))
        assert [stretch.arc // 2 for stretch in way] == [chosen]


def test_a_street_that_returns_to_where_it_begins_leads_nowhere():
    ring = section("环路", (0, 0), (60, 60), (0, 120), (-60, 60), (0, 0))
    network = build_network([ring, section("直街", (0, 0), (0, -80))])
    end = int(network.arc_to[2])
    assert [stretch.arc for stretch in Roads(network).way(end, int(network.arc_from[2]))] == [3]


def test_onward_of_a_place_lies_the_rest_of_its_arc_and_of_an_end_nothing():
    roads = Roads(NETWORK)
    length_m = roads.length_m(1)
    assert roads.onward(Place(1, 30.0)) == [Stretch(1, 30.0, length_m)]
    assert roads.onward(Place(1, length_m)) == []


def test_a_run_of_streets_end_to_end_is_driven_from_one_end_to_the_other_once():
    roads = Roads(NETWORK)
    chain = roads.longest_chain(edges("ab", "bc", "be"))
    assert len(drawn(chain)) == 3
    assert drawn(roads.longest_chain(edges("bc", "ab"))) in {"abc", "cba"}


def test_a_run_keeps_to_one_way_streets():
    assert drawn(Roads(NETWORK).longest_chain(edges("de", "be", "bc"))) == "debc"


def test_of_streets_that_do_not_meet_the_longer_is_the_longest_run():
    assert drawn(Roads(NETWORK).longest_chain(edges("xy", "bc"))) in {"bc", "cb"}
    assert Roads(NETWORK).longest_chain(frozenset()) == []


@pytest.mark.xfail(
    strict=True, reason="a run goes on over the first street at a junction, not the longest"
)
def test_at_a_junction_the_longest_run_takes_the_longest_street():
    star = StreetMap("c---------b---------d\n          |\n          a")
    names = list(star.network.section_ids)
    roads = Roads(build_network([star.sections[names.index(name)] for name in ("ba", "cb", "bd")]))
    assert stretches_length_m(roads.longest_chain(frozenset(range(3)))) > 190


@given(
    lengths=st.lists(st.floats(1.0, 300.0), min_size=1, max_size=6),
    share=st.floats(0.0, 1.0),
)
def test_a_way_split_anywhere_keeps_its_metres(lengths, share):
    way = [Stretch(arc, 0.0, length_m) for arc, length_m in enumerate(lengths)]
    at_m = share * sum(lengths)
    before, after = split(way, at_m)
    assert stretches_length_m(before) == pytest.approx(at_m)
    assert stretches_length_m([*before, *after]) == pytest.approx(sum(lengths))
    assert np.unique([stretch.arc for stretch in [*before, *after]]).size == len(lengths)


WAY = [Stretch(4, 20.0, 50.0), Stretch(7, 0.0, 40.0)]


@pytest.mark.parametrize(
    ("at_m", "before", "after"),
    [
        (-1.0, [], WAY),
        (0.0, [], WAY),
        (10.0, [Stretch(4, 20.0, 30.0)], [Stretch(4, 30.0, 50.0), WAY[1]]),
        (30.0, [WAY[0]], [WAY[1]]),
        (45.0, [WAY[0], Stretch(7, 0.0, 15.0)], [Stretch(7, 15.0, 40.0)]),
        (70.0, WAY, []),
        (99.0, WAY, []),
    ],
)
def test_a_way_is_cut_where_told_without_pieces_of_no_length(at_m, before, after):
    assert split(WAY, at_m) == (before, after)
