"""Places that a truck cannot come to or leave: parts of a network, and ends of one-way streets."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from geofence.network.network import Network
from geofence.review.warning import PlanWarning, WarningCode, listed

Numbers = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]


def split_network(network: Network) -> Iterator[PlanWarning]:
    """Tell the parts that nothing joins to the longest."""
    drawn = np.repeat(network.edge_section >= 0, 2)
    arcs = (network.arc_from[drawn], network.arc_to[drawn])
    count, part_of_node = connected_components(_joined(network, *arcs), directed=False)
    if count == 1:
        return
    part_of_edge = part_of_node[arcs[0][::2]]
    length_m = network.edge_length_m[drawn[::2]]
    length_km = np.bincount(part_of_edge, length_m, minlength=count) / 1000
    main = int(np.argmax(length_km))
    _, first_edge = np.unique(part_of_edge, return_index=True)
    examples = [
        network.section_ids[network.edge_section[first_edge[part]]]
        for part in range(count)
        if part != main
    ]
    yield PlanWarning(
        WarningCode.NETWORK_SPLIT,
        "",
        f"the network is in {count} parts; {length_km.sum() - length_km[main]:.2f} km of "
        f"{length_km.sum():.2f} km are cut off, at sections {listed(examples)}",
    )


def one_way_ends(network: Network) -> Iterator[PlanWarning]:
    """Tell in each joined part the sections that are one-way to or from the longest round of it.

    A round is what a truck can drive on for ever: places from each of which a way leads to each.
    """
    edge = np.flatnonzero(network.edge_section >= 0)
    arc = np.stack([2 * edge, 2 * edge + 1], axis=1).ravel()
    begin, end = network.arc_from[arc], network.arc_to[arc]
    is_open = network.arc_open[arc]
    if is_open.all():
        return
    _, part = connected_components(_joined(network, begin, end), directed=False)
    ways = _joined(network, begin[is_open], end[is_open])
    _, round_of = connected_components(ways, directed=True, connection="strong")
    mains = _longest_round(network, edge, part, round_of)
    out_of = _reached(ways, mains, round_of)
    back_to = _reached(ways.T.tocsr(), mains, round_of)
    tail, head = network.arc_from[2 * edge], network.arc_to[2 * edge]
    for code, fails, words in (
        (WarningCode.NO_WAY_OUT, ~back_to[tail] | ~back_to[head], "no way leads back from"),
        (WarningCode.NO_WAY_IN, ~out_of[tail] | ~out_of[head], "no way leads to"),
    ):
        yield from _told(network, edge[fails], code, words)


def _joined(network: Network, begin: NDArray[Any], end: NDArray[Any]) -> csr_array:
    shape = (network.node_count, network.node_count)
    return coo_array((np.ones(len(begin), dtype=np.int32), (begin, end)), shape=shape).tocsr()


def _longest_round(network: Network, edge: Numbers, part: Numbers, round_of: Numbers) -> Numbers:
    """Give for each joined part the round with the greatest length, of equals the first."""
    tail, head = network.arc_from[2 * edge], network.arc_to[2 * edge]
    inside = round_of[tail] == round_of[head]
    length_m = np.bincount(
        round_of[tail][inside], network.edge_length_m[edge][inside], minlength=round_of.max() + 1
    )
    nodes = np.unique(np.concatenate([tail, head]))
    rounds, at = np.unique(round_of[nodes], return_index=True)
    parts = part[nodes[at]]
    order = np.lexsort((rounds, -length_m[rounds], parts))
    firsts = np.append(True, np.diff(parts[order]) != 0)[: len(order)]
    return np.asarray(rounds[order][firsts], dtype=np.int64)


def _reached(ways: csr_array, mains: Numbers, round_of: Numbers) -> Flags:
    """Tell which nodes a way leads to from the chosen rounds; they are asked for all at once."""
    nodes = len(round_of)
    starts = np.flatnonzero(np.isin(round_of, mains))
    ends = ways.tocoo()
    begin = np.concatenate([ends.row.astype(np.int64), np.full(len(starts), nodes)])
    end = np.concatenate([ends.col.astype(np.int64), starts])
    more = coo_array((np.ones(len(begin), dtype=np.int32), (begin, end)), shape=(nodes + 1,) * 2)
    found = breadth_first_order(more.tocsr(), nodes, return_predecessors=False)
    reached = np.zeros(nodes + 1, dtype=np.bool_)
    reached[found] = True
    return reached[:nodes]


def _told(network: Network, edges: Numbers, code: WarningCode, words: str) -> Iterator[PlanWarning]:
    """Name the sections that are collected, and count the others."""
    sections = np.unique(network.edge_section[edges])
    collected = [s for s in sections.tolist() if network.section_grids[s]]
    if not len(sections):
        return
    km = float(network.edge_length_m[edges].sum()) / 1000
    ids, lengths_m = network.section_ids, network.section_length_m
    names = [f"{ids[s]} ({network.section_names[s]}, {lengths_m[s]:.0f} m)" for s in collected]
    others = len(sections) - len(collected)
    count = f"{len(sections)} section{'' if len(sections) == 1 else 's'}"
    told = f"{words} {count}, {km:.2f} km, but against one-way streets"
    if names:
        told += f": {listed(names)}"
    if others:
        told += f"; {others} of them no grid collects"
    yield PlanWarning(code, "", told)
