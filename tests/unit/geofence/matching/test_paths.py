"""Routes as pieces, and which of them another explanation of the fixes does without."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geofence.matching.paths import (
    Pieces,
    choose_pieces,
    find_alternatives,
    join_pieces,
    lay_out,
    weigh,
)
from geofence.matching.states import States
from geofence.matching.viterbi import Lattice
from tests.fixtures.lattice import lattice
from tests.fixtures.street_map import StreetMap
from tests.fixtures.weighing import (
    roads_of,
    steps_in_lattice,
    steps_of,
    steps_on,
    weigh_fixes,
)

CREDIT, DENIAL = 0.5, 3.0
TOWN = StreetMap("a---------b---------c")
AB, BA, BC, CB = range(4)


def pieces_of(*rows):
    """Pieces of (fix, arc), all of it in all the time and certain."""
    fix, arc = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    none, ones = np.zeros(len(fix)), np.ones(len(fix))
    return Pieces(fix, arc.astype(np.int32), none, ones, none, ones, ones.astype(bool))


def laid_out(*places):
    """The pieces between places (arc, measure) on the street from a to c, and their lengths."""
    count = len(places)
    arc, offset_m = np.array(places).T
    none = np.zeros(count)
    states = States(np.arange(count + 1), arc.astype(np.int32), offset_m, none, none, none, none)
    steps = steps_of(10.0 * np.arange(count), none)
    fix = np.arange(1, count)
    return lay_out(fix, fix - 1, fix, np.arange(count) - 1, states, roads_of(TOWN.network), steps)


def path_of(found):
    """The pieces of the chain chosen by a search."""
    chosen = found.lattice.active[found.chosen]
    fix = np.flatnonzero(found.lattice.before >= 0)
    return lay_out(
        fix, chosen[fix - 1], chosen[fix], found.lattice.before,
        found.states, found.roads, found.steps,
    )  # fmt: skip


def weighed(found, pieces):
    return weigh(
        pieces, found.chosen, found.onward, found.lattice,
        found.states, found.roads, found.steps, CREDIT, DENIAL,
    )  # fmt: skip


def test_a_route_over_a_junction_lies_on_both_streets_in_proportion_to_their_metres():
    pieces, length_m = laid_out((AB, 70.0), (BC, 10.0))
    whole_m = TOWN.network.edge_length_m[0]
    assert pieces.arc.tolist() == [AB, BC]
    assert pieces.from_m.tolist() == [70.0, 0.0]
    assert pieces.to_m == pytest.approx([whole_m, 10.0])
    assert length_m == pytest.approx([whole_m - 60.0])
    corner = (whole_m - 70.0) / length_m[0]
    assert pieces.from_share == pytest.approx([0.0, corner])
    assert pieces.to_share == pytest.approx([corner, 1.0])
    assert pieces.certain.all()


def test_a_route_that_turns_back_ends_where_the_other_direction_says():
    pieces, length_m = laid_out((AB, 30.0), (BA, TOWN.network.edge_length_m[0] - 20.0))
    assert pieces.arc.tolist() == [AB]
    assert (pieces.from_m.tolist(), pieces.to_m) == ([30.0], pytest.approx([20.0]))
    assert length_m == pytest.approx([10.0])
    assert (pieces.from_share.tolist(), pieces.to_share.tolist()) == ([0.0], [1.0])


def test_a_fix_that_noise_moves_back_has_a_way_of_less_than_nothing():
    pieces, length_m = laid_out((CB, 70.0), (CB, 62.0))
    assert (pieces.from_m.tolist(), pieces.to_m.tolist()) == ([70.0], [62.0])
    assert length_m.tolist() == [-8.0]


def test_a_truck_that_stays_has_a_piece_without_length_or_time():
    pieces, length_m = laid_out((BC, 30.0), (BC, 30.0))
    assert (pieces.from_m.tolist(), pieces.to_m.tolist()) == ([30.0], [30.0])
    assert length_m.tolist() == pieces.to_share.tolist() == [0.0]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 25))
def test_pieces_lead_without_a_break_from_state_to_state_over_the_length_told(seed, count):
    network = lattice(seed)
    found = weigh_fixes(network, steps_in_lattice(network, seed, count))
    assume((found.lattice.before[1:] == np.arange(count - 1)).all())
    pieces, length_m = path_of(found)
    chosen = found.lattice.active[found.chosen]
    whole_m = network.edge_length_m[pieces.arc >> 1]
    for fix in range(1, count):
        rows = np.flatnonzero(pieces.fix == fix)
        begin, end = rows[0], rows[-1]
        assert pieces.arc[begin] == found.states.arc[chosen[fix - 1]]
        assert pieces.from_m[begin] == found.states.offset_m[chosen[fix - 1]]
        arc, offset_m = found.states.arc[chosen[fix]], found.states.offset_m[chosen[fix]]
        turned = pieces.arc[end] == arc ^ 1
        assert pieces.arc[end] >> 1 == arc >> 1
        assert pieces.to_m[end] == pytest.approx(whole_m[end] - offset_m if turned else offset_m)
        assert pieces.from_m[rows[1:]].tolist() == [0.0] * (len(rows) - 1)
        assert pieces.to_m[rows[:-1]].tolist() == whole_m[rows[:-1]].tolist()
        metres = np.abs(pieces.to_m - pieces.from_m)[rows]
        assert metres.sum() == pytest.approx(abs(length_m[fix - 1]), abs=1e-6)
        share = np.concatenate([[0.0], np.cumsum(metres)]) / max(metres.sum(), 1e-300)
        assert pieces.from_share[rows] == pytest.approx(share[:-1], abs=1e-9)
        assert pieces.to_share[rows] == pytest.approx(share[1:], abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 4))
def test_a_piece_is_disputed_if_any_chain_within_the_margin_does_without_its_edge(seed, count):
    network = lattice(seed)
    found = weigh_fixes(network, steps_in_lattice(network, seed, count), radius_m=45.0)
    assume((found.lattice.before[1:] >= 0).all())
    assume(not found.lattice.anchor.any())
    pieces, _ = path_of(found)
    doubts = weighed(found, pieces)
    columns = doubts.rival_fix, doubts.rival_from, doubts.rival_to
    rivals = list(zip(*(column.tolist() for column in columns), strict=True))
    chains = found.every_chain()
    least = min(cost for _, cost in chains)
    edges = {
        (fix, link): found.edges(fix, *link)
        for fix in range(1, count)
        for link in {chain[fix - 1 : fix + 1] for chain, _ in chains}
    }
    for k, (fix, arc) in enumerate(zip(pieces.fix.tolist(), pieces.arc.tolist(), strict=True)):
        without = [
            cost - least
            for chain, cost in chains
            if arc >> 1 not in edges[fix, chain[fix - 1 : fix + 1]]
        ]
        nearest = min(without, default=np.inf)
        disputed = any(arc >> 1 not in edges[fix, tuple(link)] for of, *link in rivals if of == fix)
        if abs(nearest - DENIAL) > 1e-6:
            assert disputed == (nearest <= DENIAL)
        if nearest > CREDIT + 1e-6:
            assert doubts.certain[k]
        elif nearest < CREDIT - 1e-6 and (pieces.arc >> 1 == arc >> 1).sum() == 1:
            assert not doubts.certain[k]
    for fix, *link in rivals:
        costs = [cost for chain, cost in chains if list(chain[fix - 1 : fix + 1]) == link]
        assert min(costs) <= least + DENIAL + 1e-6


def test_of_two_streets_that_explain_the_fixes_alike_neither_is_certain():
    pair = StreetMap("a-------------------b\n\nc-------------------d", row_m=15.0)
    steps = steps_on(pair.network, [0, 10, 20], [50.0, 80.0, 110.0], np.full(3, -15.0))
    found = weigh_fixes(pair.network, steps)
    pieces, _ = path_of(found)
    doubts = weighed(found, pieces)
    assert not doubts.certain.any()
    assert set(doubts.rival_fix.tolist()) == set(pieces.fix.tolist())
    rivals = found.states.arc[doubts.rival_to] >> 1
    assert set(rivals.tolist()) == {0, 1} - set((pieces.arc >> 1).tolist())


def test_a_street_without_a_neighbour_is_beyond_doubt():
    steps = steps_on(TOWN.network, [0, 10, 20], [60.0, 70.0, 80.0], np.full(3, 8.0))
    found = weigh_fixes(TOWN.network, steps, radius_m=15.0)
    doubts = weighed(found, path_of(found)[0])
    assert doubts.certain.all()
    assert len(doubts.rival_fix) == 0


def test_a_truck_near_a_dead_end_may_have_come_from_there():
    steps = steps_on(TOWN.network, [0, 10, 20], [20.0, 50.0, 80.0], np.full(3, 8.0))
    found = weigh_fixes(TOWN.network, steps, radius_m=15.0)
    doubts = weighed(found, path_of(found)[0])
    assert doubts.certain.all()
    assert doubts.rival_fix.tolist() == [1]
    states = [*doubts.rival_from, *doubts.rival_to]
    assert found.states.arc[states].tolist() == [BA, AB]


def weighed_on_two_streets(before):
    """A truck on the street to a, which may have been on the one to b at fixes 0 and 1.

    At the other fixes it was nowhere else; all steps cost nothing, and the rival 0.2 in all.
    """
    places = [[(BA, 10.0), (CB, 20.0)], [(BA, 40.0), (CB, 50.0)], [(BA, 70.0)], [(BA, 90.0)]]
    first = np.cumsum([0, *map(len, places)])
    arc, offset_m = np.array([place for of_fix in places for place in of_fix]).T
    none = np.zeros(len(arc))
    states = States(first, arc.astype(np.int32), offset_m, none, none, none, none)
    pairs = [[], [0.0, np.inf, np.inf, 0.0], [0.0, 0.0], [0.0]]
    pair_first = np.cumsum([0, *map(len, pairs)])
    forward = np.array([0.0, 0.2, 0.0, 0.2, 0.0, 0.0])
    lattice = Lattice(
        first, np.arange(6), forward, none.astype(int), np.array(before), none[:4].astype(bool),
        pair_first, np.concatenate(pairs),
    )  # fmt: skip
    roads, steps = roads_of(TOWN.network), steps_of(10.0 * np.arange(4), none[:4])
    chosen, fix = first[:-1], np.flatnonzero(lattice.before >= 0)
    pieces, _ = lay_out(
        fix, chosen[lattice.before[fix]], chosen[fix], lattice.before, states, roads, steps
    )
    assert set((pieces.arc >> 1).tolist()) == {0}
    return weigh(pieces, chosen, none, lattice, states, roads, steps, CREDIT, DENIAL)


def test_a_truck_sure_to_be_on_a_street_at_one_fix_was_on_it_while_it_kept_to_it():
    doubts = weighed_on_two_streets([-1, 0, 1, 2])
    assert doubts.certain.tolist() == [True, True, True]
    assert (doubts.rival_fix.tolist(), doubts.rival_to.tolist()) == ([1], [3])


def test_what_is_sure_of_one_chain_is_not_of_another_on_the_same_street():
    assert weighed_on_two_streets([-1, 0, -1, 2]).certain.tolist() == [False, True]


def beyond(path, rivals):
    """What of the rivals lies beyond the path: fix, arc and measures."""
    elsewhere, from_m, to_m = find_alternatives(
        path, rivals, TOWN.network.edge_length_m, np.array([0.0, SLACK_M, 0.0, 0.0])
    )
    kept = choose_pieces(rivals._replace(from_m=from_m, to_m=to_m), elsewhere)
    return list(zip(*(column.tolist() for column in kept[:4]), strict=True))


def test_of_a_rival_only_what_lies_elsewhere_is_an_alternative():
    path = pieces_of((1, AB), (1, BC), (2, BC))
    rivals = pieces_of((1, BA), (1, 4), (1, 2), (2, 0), (2, 5))
    assert [row[:2] for row in beyond(path, rivals)] == [(1, 4), (2, 0), (2, 5)]


def spans_of(*rows):
    """Pieces of (fix, arc, from, to)."""
    fix, arc, from_m, to_m = zip(*rows, strict=True)
    return pieces_of(*zip(fix, arc, strict=True))._replace(
        from_m=np.array(from_m), to_m=np.array(to_m)
    )


SLACK_M = 2.0
WHOLE_M = float(TOWN.network.edge_length_m[0])


@pytest.mark.parametrize(
    ("path", "rival", "left"),
    [
        pytest.param([(AB, 20.0, 60.0)], (AB, 20.0, 90.0), (60.0, 90.0), id="farther on"),
        pytest.param([(AB, 60.0, 20.0)], (AB, 20.0, 90.0), (60.0, 90.0), id="of a piece back"),
        pytest.param([(BA, WHOLE_M - 60.0, WHOLE_M - 20.0)], (AB, 20.0, 90.0), (60.0, 90.0),
                     id="of one the other way"),
        pytest.param([(AB, 20.0, 60.0)], (AB, 5.0, 50.0), (5.0, 20.0), id="before"),
        pytest.param([(AB, 80.0, WHOLE_M), (BA, WHOLE_M - 20.0, WHOLE_M)], (AB, 0.0, WHOLE_M),
                     (20.0, 80.0), id="between the ends of a loop"),
        pytest.param([(AB, 10.0, 60.0), (AB, 60.0, 70.0)], (AB, 10.0, 90.0), (70.0, 90.0),
                     id="of two pieces on end"),
        pytest.param([(AB, 60.0, 70.0), (AB, 10.0, 60.0)], (AB, 10.0, 90.0), (70.0, 90.0),
                     id="of two in any order"),
        pytest.param([(AB, 20.0, 60.0)], (AB, 20.0, 61.9), None, id="what noise makes is none"),
        pytest.param([(AB, 20.0, 60.0)], (AB, 30.0, 50.0), None, id="nothing"),
    ],
)  # fmt: skip
def test_on_an_edge_of_the_path_only_what_a_rival_drove_beyond_it_is_an_alternative(
    path, rival, left
):
    found = beyond(spans_of(*((1, *row) for row in path)), spans_of((1, *rival)))
    assert found == ([] if left is None else [(1, AB, *map(pytest.approx, left))])


def test_what_the_path_drove_in_another_step_takes_nothing_from_a_rival():
    path = spans_of((1, AB, 0.0, 50.0), (2, AB, 50.0, 60.0), (3, AB, 60.0, 90.0))
    assert beyond(path, spans_of((2, AB, 50.0, 80.0))) == [(2, AB, 60.0, 80.0)]


def test_pieces_put_together_come_apart_again():
    first, second = pieces_of((1, AB), (2, BC)), pieces_of((7, CB))
    joined = join_pieces(first, second)
    for part, chosen in ((first, joined.fix < 7), (second, joined.fix == 7)):
        for column, expected in zip(choose_pieces(joined, chosen), part, strict=True):
            assert np.array_equal(column, expected)
