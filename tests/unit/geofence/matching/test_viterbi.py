"""The chains found are the cheapest of all; what a receiver's error was is not forgotten."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geofence.matching.emission import innovation_cost
from geofence.network.network import build_network
from geofence.track.standing import Stands
from tests.fixtures.lattice import lattice, section
from tests.fixtures.street_map import StreetMap
from tests.fixtures.weighing import TAIL, WHITE_M, steps_in_lattice, steps_of, steps_on, weigh_fixes

SIGMA_M = 8.0
STREET = StreetMap("a" + "-" * 59 + "b")
"""600 m; the states of a fix on it are its two directions."""
FORK = StreetMap(
    """
a---------b---------c
          |
          |
          |
          |
          d
"""
)


def chosen_states(weighing):
    return weighing.lattice.active[weighing.chosen]


def cost_of_path(weighing):
    """What the steps of the chosen chain cost."""
    lattice, chosen, total = weighing.lattice, weighing.chosen, 0.0
    for i in np.flatnonzero(lattice.before >= 0):
        before = lattice.before[i]
        if lattice.pair_first[i] == lattice.pair_first[i + 1]:  # within a stand
            assert lattice.back[chosen[i]] == chosen[before]
            continue
        width = lattice.first[i + 1] - lattice.first[i]
        k, m = chosen[before] - lattice.first[before], chosen[i] - lattice.first[i]
        total += lattice.pair[lattice.pair_first[i] + k * width + m]
    return total


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 4))
def test_where_errors_have_no_memory_the_chain_chosen_is_the_cheapest_of_all(seed, count):
    network = lattice(seed)
    found = weigh_fixes(network, steps_in_lattice(network, seed, count), radius_m=45.0)
    assume((found.lattice.before[1:] >= 0).all())
    assume(not found.lattice.anchor.any())
    chains = found.every_chain()
    best, least = min(chains, key=lambda chain: chain[1])
    end = slice(found.lattice.first[-2], found.lattice.first[-1])
    assert found.lattice.forward[end].min() == pytest.approx(least)
    rest = [cost for _, cost in chains if cost > least + 1e-6]
    if len(rest) == len(chains) - 1:  # it has no equal
        assert chosen_states(found).tolist() == list(best)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 4))
def test_what_lies_onward_of_each_state_costs_what_its_cheapest_chain_to_the_end_does(seed, count):
    network = lattice(seed)
    found = weigh_fixes(network, steps_in_lattice(network, seed, count), radius_m=45.0)
    assume((found.lattice.before[1:] >= 0).all())
    assume(not found.lattice.anchor.any())
    for fix in range(count):
        chains = found.every_chain(fix)
        for k in range(found.lattice.first[fix], found.lattice.first[fix + 1]):
            state = found.lattice.active[k]
            costs = [cost - found.own_cost(state) for chain, cost in chains if chain[0] == state]
            assert found.onward[k] == pytest.approx(min(costs, default=np.inf))


def surprises(off_m, pauses_s, memory, spread, shift_m, held):
    """What a scalar filter (Kalman 1960) makes of errors across one street, one cost a fix."""
    power, noise, mean, variance, costs = SIGMA_M**2, WHITE_M**2, 0.0, 0.0, []
    keep = np.concatenate([[0.0], np.exp(-np.array(pauses_s) / 60.0)])
    for i, off in enumerate(off_m):
        if held[i]:
            costs.append(0.0)
        else:
            mean *= keep[i] * memory[i]
            variance *= (keep[i] * memory[i]) ** 2
            variance += ((1 - keep[i] ** 2) * memory[i] ** 2 + spread[i]) * power
            whole = variance + noise
            costs.append(innovation_cost(off - mean, whole, power, TAIL))
            gain = variance / whole
            mean += gain * (off - mean)
            variance -= gain * variance
        mean += shift_m[i]
    return costs


@settings(deadline=None, max_examples=40)
@given(
    bearing=st.floats(-3.1, 3.1),
    fixes=st.lists(
        st.tuples(
            st.floats(-20, 20),  # metres off the street, to the left
            st.sampled_from([2.0, 10.0, 45.0]),  # seconds until the next fix
            st.sampled_from([1.0, 1.0, 0.3]),  # memory and spread of a stand
            st.sampled_from([0.0, 0.0, 0.1]),
            st.sampled_from([0.0, 0.0, 5.0, -9.0]),  # how far the error moved within it
            st.booleans(),  # held by the stand before
        ),
        min_size=2,
        max_size=8,
    ),
)
def test_along_one_street_an_error_is_expected_where_a_plain_filter_expects_it(bearing, fixes):
    off_m, pauses_s, memory, spread, shift_m, held = (np.array(c) for c in zip(*fixes, strict=True))
    held[0] = False
    along = np.array([np.cos(bearing), np.sin(bearing)])
    left = np.array([-along[1], along[0]])
    street = build_network([section("云中街", tuple(-300 * along), tuple(300 * along))])
    places = np.outer(30.0 * np.arange(len(fixes)) - 200, along) + np.outer(off_m, left)
    steps = steps_of(
        np.concatenate([[0.0], np.cumsum(pauses_s[:-1])]), *places.T, held=np.flatnonzero(held)
    )
    stands = Stands(held, memory, spread, *np.outer(shift_m, left).T, np.full(len(held), np.nan))
    found = weigh_fixes(
        street, steps, sigma_m=SIGMA_M, correlation_ms=60_000.0, stands=stands, bridge_ms=1e9
    )
    lattice = found.lattice
    driven = [found.states_of(i)[0] for i in range(len(fixes))]  # the direction that is drawn
    expected = surprises(off_m, pauses_s[:-1], memory, spread, shift_m, held)
    assert lattice.forward[0] == pytest.approx(expected[0], abs=1e-4)
    for i in range(1, len(fixes)):
        pair = lattice.pair[lattice.pair_first[i] : lattice.pair_first[i + 1]]
        assert (len(pair) == 0) == held[i]
        if held[i]:
            continue
        cost = pair[0] - found.step(i, driven[i - 1], driven[i])[0]
        assert cost == pytest.approx(expected[i], abs=1e-4)


def test_an_error_that_stays_costs_less_than_one_that_changes_sides():
    times, x = 10.0 * np.arange(8), 30.0 * np.arange(8) + 20
    drifting = weigh_fixes(
        STREET.network,
        steps_on(STREET.network, times, x, np.full(8, 12.0)),
        correlation_ms=60_000.0,
    )
    leaping = weigh_fixes(
        STREET.network,
        steps_on(STREET.network, times, x, 12.0 * (-1.0) ** np.arange(8)),
        correlation_ms=60_000.0,
    )
    assert cost_of_path(drifting) + 10.0 < cost_of_path(leaping)


def test_without_a_memory_it_makes_no_difference_on_which_side_a_fix_lies():
    times, x = 10.0 * np.arange(8), 30.0 * np.arange(8) + 20
    same, other = (
        weigh_fixes(STREET.network, steps_on(STREET.network, times, x, y))
        for y in (np.full(8, 12.0), 12.0 * (-1.0) ** np.arange(8))
    )
    # the straight line from fix to fix is longer where they lie on either side
    assert cost_of_path(other) - cost_of_path(same) == pytest.approx(
        7 * (np.hypot(30, 24) - 30) / 15.0, abs=0.01
    )


def test_an_error_seen_across_one_street_says_nothing_of_that_across_a_street_round_the_corner():
    # north of the street from a to b for a while, then east or west of that from b to d
    def seen(off_m):
        x = [20.0, 50.0, 80.0, 100 + off_m, 100 + off_m]
        y = [10.0, 10.0, 10.0, -30.0, -60.0]
        steps = steps_on(FORK.network, 10.0 * np.arange(5), x, y)
        return weigh_fixes(FORK.network, steps, radius_m=25.0, correlation_ms=60_000.0)

    def surprise(found):  # what the first fix after the corner costs besides its route
        before, after = chosen_states(found)[[2, 3]]
        lattice = found.lattice
        width = lattice.first[4] - lattice.first[3]
        k, m = found.chosen[2] - lattice.first[2], found.chosen[3] - lattice.first[3]
        pair = lattice.pair[lattice.pair_first[3] + k * width + m]
        return pair - found.step(3, before, after)[0]

    assert surprise(seen(8.0)) == pytest.approx(surprise(seen(-8.0)), abs=1e-6)


def test_no_chain_crosses_a_cut():
    steps = steps_on(STREET.network, [0, 10, 20, 30], [50.0, 80.0, 110.0, 140.0])
    found = weigh_fixes(STREET.network, steps, cut=(0, 2))
    assert found.lattice.before.tolist() == [-1, 0, -1, 2]
    assert (found.chosen >= 0).all()


@pytest.mark.parametrize(("seconds", "before"), [(20.0, [-1, -1, 0]), (20.001, [-1, -1, -1])])
def test_a_fix_without_a_street_is_passed_over_if_the_next_comes_soon_enough(seconds, before):
    steps = steps_on(STREET.network, [0, 10, seconds], [50.0, 80.0, 110.0], [0.0, 300.0, 0.0])
    found = weigh_fixes(STREET.network, steps, bridge_ms=20_000.0)
    assert found.lattice.before.tolist() == before
    assert found.chosen[1] == -1


def test_a_long_step_with_no_fix_between_breaks_no_chain():
    steps = steps_on(STREET.network, [0, 100], [50.0, 80.0])
    assert weigh_fixes(STREET.network, steps, bridge_ms=20_000.0).lattice.before.tolist() == [-1, 0]


def test_where_no_route_joins_two_fixes_a_new_chain_begins():
    steps = steps_on(STREET.network, [0, 10, 20, 30], [50.0, 80.0, 500.0, 530.0], reach_m=100.0)
    found = weigh_fixes(STREET.network, steps)
    assert found.lattice.before.tolist() == [-1, 0, -1, 2]
    assert [(state - found.states.first[i]) for i, state in enumerate(chosen_states(found))] == [
        0, 0, 0, 0,
    ]  # fmt: skip


def test_a_fix_where_one_state_alone_survives_is_an_anchor_and_costs_begin_anew():
    steps = steps_on(STREET.network, 10.0 * np.arange(6), 60.0 * np.arange(6) + 20)
    found = weigh_fixes(STREET.network, steps, beam=5.0)
    lattice = found.lattice
    assert lattice.anchor.tolist() == (np.diff(lattice.first) == 1).tolist()
    assert not lattice.anchor[0]
    assert (lattice.forward[lattice.first[:-1][lattice.anchor]] == 0).all()
    assert lattice.anchor[1]  # so onward of the two states before it lies that step alone
    assert found.onward[:2].tolist() == lattice.pair[:2].tolist()
    assert not weigh_fixes(STREET.network, steps).lattice.anchor.any()


def test_states_within_the_beam_survive_and_dearer_ones_are_given_up():
    streets = StreetMap("a---------b\n\nc---------d", row_m=15.0)  # 30 m apart
    steps = steps_on(streets.network, [0.0], [50.0], [-10.0])
    kept = [len(weigh_fixes(streets.network, steps, beam=beam).lattice.active) for beam in (1, 50)]
    assert kept == [2, 4]


def test_of_directions_that_cost_the_same_the_drawn_one_is_chosen():
    found = weigh_fixes(STREET.network, steps_on(STREET.network, [0.0], [300.0]))
    assert found.states.arc[chosen_states(found)].tolist() == [0]


def test_within_a_stand_a_truck_keeps_its_street_and_the_fix_costs_nothing():
    # the second fix would lie on the side street, if it told anything
    steps = steps_on(FORK.network, [0, 60], [50.0, 100.0], [0.0, -50.0], held=[1])
    found = weigh_fixes(FORK.network, steps, radius_m=60.0)
    assert found.states.arc[chosen_states(found)].tolist() == [0, 0]
    assert cost_of_path(found) == 0.0
    moving = steps_on(FORK.network, [0, 60], [50.0, 100.0], [0.0, -50.0])
    of_moving = weigh_fixes(FORK.network, moving, radius_m=60.0)
    assert of_moving.states.arc[chosen_states(of_moving)[1]] >> 1 == 2


def test_a_stand_off_the_network_has_no_place_although_the_fix_before_it_had():
    steps = steps_on(STREET.network, [0, 10, 20], [50.0, 80.0, 80.0], [0.0, 300.0, 300.0], held=[2])
    found = weigh_fixes(STREET.network, steps)
    assert found.chosen.tolist() == [0, -1, -1]
    assert found.lattice.before.tolist() == [-1, -1, -1]


@pytest.mark.parametrize("y", [[], [500.0], [500.0, 500.0]])
def test_fixes_off_the_network_have_no_chain(y):
    found = weigh_fixes(
        STREET.network, steps_on(STREET.network, 10.0 * np.arange(len(y)), np.zeros(len(y)), y)
    )
    assert found.chosen.tolist() == [-1] * len(y)
    assert len(found.lattice.active) == len(found.onward) == 0
