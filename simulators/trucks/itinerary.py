"""In which order a truck collects the streets of a grid: greedy route inspection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulators.trucks.roads import Roads, Stretch, stretches_length_m

OTHER_STREET_M = 30.0
"""Detour a truck takes rather than leave a street half done."""
TURN_ROUND_M = 60.0
"""Detour it takes rather than turn round on the spot."""
SHORT_HAUL_M = 150.0
"""Up to here it does not stow its gear between two streets: it collects on."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A way driven in one manner."""

    way: list[Stretch]
    collecting: bool


def lap(roads: Roads, start: int, edges: Sequence[int]) -> list[Leg]:
    """Give a tour from a node that collects every edge that can be reached.

    Each is passed once, in either direction or in the one that is allowed; what lies between is
    driven the shortest way. Edges that `roads` avoids must not be among `edges`.
    """
    network = roads.network
    arcs = np.array([arc for edge in edges for arc in (2 * edge, 2 * edge + 1)], dtype=np.int64)
    arcs = arcs[network.arc_open[arcs]]
    tails = network.arc_from[arcs]
    names = np.array([network.section_names[network.edge_section[arc // 2]] for arc in arcs])
    roads.prepare([start, *tails.tolist(), *network.arc_to[arcs].tolist()])
    waiting = np.ones(len(arcs), dtype=bool)
    legs: list[Leg] = []
    node, last_arc, last_name = start, -1, ""
    while waiting.any():
        cost = roads.costs_from(node)[tails]
        cost = cost + OTHER_STREET_M * (names != last_name) + TURN_ROUND_M * (arcs == last_arc ^ 1)
        cost = np.where(waiting, cost, np.inf)
        chosen = int(np.argmin(cost))
        if not np.isfinite(cost[chosen]):
            break
        arc = int(arcs[chosen])
        between = roads.way(node, roads.tail(arc))
        on_the_way = [stretch.arc // 2 for stretch in between]
        short = stretches_length_m(between) <= SHORT_HAUL_M
        if short and not roads.avoided.intersection(on_the_way):
            _append(legs, [*between, roads.whole(arc)])
            waiting &= ~np.isin(arcs // 2, [*on_the_way, arc // 2])
        else:
            legs.append(Leg(between, collecting=False))
            _append(legs, [roads.whole(arc)])
            waiting &= arcs // 2 != arc // 2
        node, last_arc, last_name = roads.head(arc), arc, str(names[chosen])
    return legs


def _append(legs: list[Leg], way: list[Stretch]) -> None:
    """Go on collecting, in the leg begun if there is one."""
    if legs and legs[-1].collecting:
        legs[-1].way.extend(way)
    else:
        legs.append(Leg(way, collecting=True))
