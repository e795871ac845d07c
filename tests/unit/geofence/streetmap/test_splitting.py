"""Ways are cut where they meet, and nothing of them is lost."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geofence.streetmap.extract.extract import Ways
from geofence.streetmap.splitting import Cuts, split

SPOTS = {number: (number % 4 * 0.01, number // 4 * 0.01) for number in range(1, 13)}


def ways_of(
    lines: Mapping[int, Sequence[int]], spots: Mapping[int, tuple[float, float]] = SPOTS
) -> Ways:
    nodes = [node for line in lines.values() for node in line]
    return Ways(
        np.array(list(lines), dtype=np.int64),
        np.cumsum([0, *map(len, lines.values())]),
        np.array(nodes, dtype=np.int64),
        np.array([spots.get(node, (np.nan, np.nan)) for node in nodes]).reshape(-1, 2),
        np.zeros(len(lines), dtype=np.int64),
    )


def cut(
    lines: Mapping[int, Sequence[int]],
    backward: Sequence[int] = (),
    spots: Mapping[int, tuple[float, float]] = SPOTS,
) -> Cuts:
    return split(ways_of(lines, spots), np.array([way in backward for way in lines], dtype=bool))


def sections_of(
    lines: Mapping[int, Sequence[int]], backward: Sequence[int] = ()
) -> list[tuple[int, list[int]]]:
    """Give way and nodes of each section."""
    cuts = cut(lines, backward)
    node_at = {place: node for node, place in SPOTS.items()}
    every = [node_at[tuple(place)] for place in cuts.coordinates.tolist()]
    firsts = cuts.first_vertex.tolist()
    return [
        (list(lines)[way], every[first:end])
        for way, first, end in zip(cuts.way.tolist(), firsts, firsts[1:], strict=False)
    ]


def test_a_way_is_cut_where_another_one_uses_its_node():
    lines = {7: [1, 2, 3], 8: [2, 6]}
    assert sections_of(lines) == [(7, [1, 2]), (7, [2, 3]), (8, [2, 6])]
    ends = cut(lines).ends
    assert ends[0, 1] == ends[1, 0] == ends[2, 0]
    assert len(np.unique(ends)) == 4


def test_a_way_that_only_crosses_another_one_is_not_cut():
    assert sections_of({7: [1, 2, 3], 8: [6, 10]}) == [(7, [1, 2, 3]), (8, [6, 10])]


def test_sections_are_numbered_along_each_way():
    cuts = cut({7: [1, 2, 3, 4], 8: [2, 6], 9: [3, 7]})
    assert cuts.way.tolist() == [0, 0, 0, 1, 2]
    assert cuts.part.tolist() == [1, 2, 3, 1, 1]


def test_a_way_whose_traffic_goes_against_its_nodes_is_turned_round():
    assert sections_of({7: [1, 2, 3], 8: [2, 6]}, backward=[7]) == [
        (7, [3, 2]), (7, [2, 1]), (8, [2, 6]),
    ]  # fmt: skip


def test_a_way_that_meets_itself_is_cut_there():
    assert sections_of({7: [1, 2, 3, 7, 6, 2]}) == [(7, [1, 2]), (7, [2, 3, 7]), (7, [7, 6, 2])]


def test_a_ring_is_halved():
    assert sections_of({7: [1, 2, 6, 5, 1]}) == [(7, [1, 2, 6]), (7, [6, 5, 1])]


def test_a_ring_at_the_end_of_a_street_is_cut_at_the_street_and_halved():
    assert sections_of({7: [1, 2], 8: [2, 3, 7, 6, 2]}) == [
        (7, [1, 2]), (8, [2, 3, 7]), (8, [7, 6, 2]),
    ]  # fmt: skip


def test_a_way_drawn_out_and_back_is_one_two_way_section():
    for lines in ({7: [1, 2, 1]}, {7: [1, 2, 3, 2, 1]}):
        cuts = cut(lines)
        assert [nodes for _, nodes in sections_of(lines)] == [[1, 2], [2, 3]][: len(cuts.way)]
        assert cuts.two_way.all()


def test_two_ways_on_the_same_nodes_are_both_kept():
    assert sections_of({7: [1, 2], 8: [2, 1]}) == [(7, [1, 2]), (8, [2, 1])]
    assert not cut({7: [1, 2], 8: [2, 1]}).two_way.any()


def test_a_node_repeated_in_a_row_is_one_vertex_and_no_junction():
    assert sections_of({7: [1, 2, 2, 3]}) == [(7, [1, 2, 3])]


def test_a_node_that_the_map_lacks_cuts_the_way_and_is_counted():
    assert sections_of({7: [1, 2, 99, 3, 4]}) == [(7, [1, 2]), (7, [3, 4])]
    assert sections_of({7: [99, 3, 4, 98]}) == [(7, [3, 4])]
    assert cut({7: [1, 2, 99, 3, 4], 8: [5, 6]}).incomplete == 1


def test_a_way_without_two_places_is_left_out_and_counted():
    cuts = cut({7: [1], 8: [2, 99], 9: [3, 3], 10: [], 11: [5, 6]})
    assert cuts.way.tolist() == [4]
    assert cuts.short == 4


def test_nodes_at_the_same_place_that_follow_each_other_are_one_junction():
    spots = {1: (0, 0), 2: (0.01, 0), 3: (0.01, 0), 4: (0.02, 0), 5: (0.01, 0.01)}
    cuts = cut({7: [1, 2, 3, 4], 8: [3, 5]}, spots=spots)
    assert np.diff(cuts.first_vertex).tolist() == [2, 2, 2]
    assert cuts.ends[0, 1] == cuts.ends[1, 0] == cuts.ends[2, 0]


def test_nodes_at_the_same_place_of_two_ways_stay_two():
    spots = {1: (0, 0), 2: (0.01, 0), 3: (0.02, 0), 4: (0.01, 0.01), 5: (0.01, 0)}
    assert cut({7: [1, 2, 3], 8: [4, 5]}, spots=spots).way.tolist() == [0, 1]


def test_no_way_at_all_gives_no_section():
    assert len(cut({}).way) == 0


def pieces(nodes: Sequence[int]) -> set[frozenset[int]]:
    return {frozenset(pair) for pair in pairwise(nodes) if pair[0] != pair[1]}


networks = st.dictionaries(
    st.integers(1, 20), st.lists(st.integers(1, 12), min_size=0, max_size=9), max_size=6
)


@given(networks)
def test_the_sections_hold_every_piece_of_the_ways_and_no_other(lines):
    drawn = set().union(*map(pieces, lines.values()))
    cuts = [pieces(nodes) for _, nodes in sections_of(lines)]
    assert set().union(*cuts) == drawn


@given(networks)
def test_a_junction_is_an_end_of_sections_and_never_inside_one(lines):
    inside, ends = set(), set()
    for _, nodes in sections_of(lines):
        assert nodes[0] != nodes[-1]
        assert not {nodes[0], nodes[-1]} & set(nodes[1:-1])
        inside |= set(nodes[1:-1])
        ends |= {nodes[0], nodes[-1]}
    assert not inside & ends
    for first in lines:
        for second in lines:
            shared = set().union(*pieces(lines[first])) & set().union(*pieces(lines[second]))
            assert first == second or shared <= ends


@given(networks)
def test_ends_are_the_same_number_where_and_only_where_they_are_the_same_node(lines):
    places = [place for _, nodes in sections_of(lines) for place in (nodes[0], nodes[-1])]
    numbers = cut(lines).ends.ravel().tolist()
    assert len(set(zip(places, numbers, strict=True))) == len(set(places)) == len(set(numbers))


@given(networks, st.randoms(use_true_random=False))
def test_the_order_of_ways_changes_no_section(lines, random):
    shuffled = list(lines.items())
    random.shuffle(shuffled)
    assert sorted(sections_of(dict(shuffled))) == sorted(sections_of(lines))


def test_ids_of_nodes_that_lie_far_apart_cut_as_near_ones():
    far = {node: node * 2**58 - 2**61 for node in SPOTS}
    near = {1: [1, 2, 3], 2: [2, 6, 10], 3: [10, 3]}
    lines = {way: [far[node] for node in nodes] for way, nodes in near.items()}
    cuts = cut(lines, spots={far[node]: place for node, place in SPOTS.items()})
    assert cuts.ends.tolist() == cut(near).ends.tolist()
    assert cuts.coordinates.tolist() == cut(near).coordinates.tolist()
