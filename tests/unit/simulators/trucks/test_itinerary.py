from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.network import build_network
from simulators.city.city import generate_city
from simulators.trucks.itinerary import SHORT_HAUL_M, lap
from simulators.trucks.roads import Roads, stretches_length_m
from tests.fixtures.small_town import town

NETWORK = build_network(town().sections)
OF_GRID = [
    edge
    for edge, section in enumerate(NETWORK.edge_section)
    if "JY01" in NETWORK.section_grids[section]
]


def far_away(section):
    """The same section 17 km further east, where no road leads."""
    shifted = section.coordinates + np.array([0.2, 0.0])
    return replace(section, id=f"far-{section.id}", coordinates=shifted)


def arcs_of(legs, *, collecting):
    return [stretch.arc for leg in legs if leg.collecting == collecting for stretch in leg.way]


@settings(deadline=None, max_examples=20)
@given(start=st.integers(0, NETWORK.node_count - 1))
def test_a_lap_collects_every_edge_and_never_breaks_off(start):
    roads = Roads(NETWORK)
    legs = lap(roads, start, OF_GRID)
    assert {arc // 2 for arc in arcs_of(legs, collecting=True)} >= set(OF_GRID)
    arcs = [stretch.arc for leg in legs for stretch in leg.way]
    assert roads.tail(arcs[0]) == start
    assert all(roads.head(a) == roads.tail(b) for a, b in pairwise(arcs))


def test_a_lap_keeps_to_oneway_streets():
    legs = lap(Roads(NETWORK), 0, list(range(len(NETWORK.edge_section))))
    arcs = [stretch.arc for leg in legs for stretch in leg.way]
    assert NETWORK.section_oneway.any()
    assert NETWORK.arc_open[arcs].all()


def test_a_lap_is_not_much_longer_than_its_streets():
    legs = lap(Roads(NETWORK), int(NETWORK.arc_from[2 * OF_GRID[0]]), OF_GRID)
    driven_m = sum(stretches_length_m(leg.way) for leg in legs)
    assert driven_m < 2.5 * NETWORK.edge_length_m[OF_GRID].sum()


def test_what_is_avoided_is_only_driven_fast():
    avoided = OF_GRID[:3]
    legs = lap(Roads(NETWORK, avoided), 0, OF_GRID[3:])
    assert not {arc // 2 for arc in arcs_of(legs, collecting=True)} & set(avoided)


def test_a_long_way_between_streets_is_driven_fast_and_a_short_one_is_not():
    legs = lap(Roads(NETWORK), 0, list(range(len(NETWORK.edge_section))))
    fast = [leg for leg in legs if not leg.collecting]
    assert all(stretches_length_m(leg.way) > SHORT_HAUL_M for leg in fast)


def test_edges_that_no_way_leads_to_are_left_out():
    island = generate_city(town(grids=1).grids, 1).sections
    network = build_network([*island, *map(far_away, island[:3])])
    legs = lap(Roads(network), 0, [0, len(network.edge_section) - 1])
    assert {arc // 2 for arc in arcs_of(legs, collecting=True)} == {0}
