"""The street network as flat arrays: sections, nodes, edges and the arcs between them.

A *section* is what the plan draws. It is cut into *edges* at its *nodes*: the places where traffic
can change from one line to another, which are shared vertices and ends that touch another line.
Two lines that merely cross, with no vertex in common, do not meet: one is a bridge, or the map
lacks a junction. They get a node each there, and between the two an edge without a place, of
section -1: a route may take it at the price of `CROSSING_M`, which no pass counts. Ends that fall
short of a junction are given its node, see `geofence.network.junctions`.
Each edge carries two *arcs*, ``2 * edge`` along the drawn direction and ``2 * edge + 1`` against
it; the second is closed where the section is one-way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geofence.cycle_search import without_cycle_search
from geofence.network.carriers import Lines, carrying_lines, whole_lines, with_vertices
from geofence.network.coincidence import find_twins
from geofence.network.crossings import Crossing, Places, find_crossings
from geofence.network.junctions import Join, describe, find_joins, place_joins
from geofence.network.loose_ends import DrawnLines
from geofence.network.projection import LocalProjection
from geofence.network.steps import CoordinateStep, find_step
from geofence.network.turns import turning_vertices
from geofence.network.twins import Twins, twins_of
from geofence.network.vertices import measures, nodes_of, with_touching_ends
from geofence.plan.plan import Section

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]


CROSSING_M = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The straight pieces of all edges, in order of edge and measure."""

    edge: Indices
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    start_m: Floats
    """Measure of the first end along the edge."""


@dataclass(frozen=True, eq=False)
class Network:
    """A street network in local metres. Build one with `build_network`."""

    projection: LocalProjection
    section_ids: tuple[str, ...]
    section_names: tuple[str, ...]
    section_grids: tuple[tuple[str, ...], ...]
    section_oneway: Flags
    section_length_m: Floats
    vertex_x: Floats
    vertex_y: Floats
    vertex_measure_m: Floats
    """Vertices of all sections one after the other, with their measure along the section."""
    section_first_vertex: NDArray[np.int64]
    """Shape (sections + 1,): where each section's vertices begin."""
    node_x: Floats
    node_y: Floats
    edge_section: Indices
    """Section of each edge, -1 for one that joins two lines where they cross."""
    edge_start_m: Floats
    """Measure along the section where the edge begins."""
    edge_length_m: Floats
    arc_from: Indices
    arc_to: Indices
    """Shape (2 * edges,): nodes of each arc."""
    arc_open: Flags
    node_first_arc: Indices
    """Shape (nodes + 1,): open arcs leaving node ``n`` are
    ``node_arcs[node_first_arc[n]:node_first_arc[n + 1]]``, ascending."""
    node_arcs: Indices
    segments: Segments
    twins: Twins
    """Stretches that lie on others: they have no edges, and share what goes over their carriers."""
    joins: tuple[Join, ...] = ()
    """Where ends that did not quite meet were joined."""
    crossings: tuple[Crossing, ...] = ()
    """Where lines cross and do not meet."""
    step: CoordinateStep | None = None
    """The coarse step on which the coordinates of sections lie, if there is one."""

    @property
    def section_count(self) -> int:
        """Number of sections."""
        return len(self.section_ids)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_x)

    @cached_property
    def sections_of_grid(self) -> Mapping[str, tuple[int, ...]]:
        """Sections of each grid, ascending; a grid without any is not named."""
        found: dict[str, list[int]] = {}
        for section, grids in enumerate(self.section_grids):
            for grid_id in grids:
                found.setdefault(grid_id, []).append(section)
        return {grid_id: tuple(sections) for grid_id, sections in found.items()}

    @cached_property
    def _edges_by_section(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.edge_section, kind="stable")
        first = np.searchsorted(self.edge_section[order], np.arange(self.section_count + 1))
        return order, first

    def edges_of(self, sections: Sequence[int]) -> NDArray[np.int64]:
        """Give the edges of some sections, ascending."""
        order, first = self._edges_by_section
        parts = [order[first[section] : first[section + 1]] for section in sections]
        return np.sort(np.concatenate(parts or [order[:0]]))

    @cached_property
    def place_grids(self) -> tuple[frozenset[str], ...]:
        """Grids of each section and of those that lie on top of it."""
        carried = [set(grids) for grids in self.section_grids]
        pairs = sorted(
            set(zip(self.twins.section.tolist(), self.twins.carrier.tolist(), strict=True))
        )
        for section, carrier in pairs:
            carried[carrier].update(self.section_grids[section])
        for section, carrier in pairs:
            carried[section].update(carried[carrier])
        return tuple(frozenset(grids) for grids in carried)

    @cached_property
    def edge_depth_m(self) -> Floats:
        """How far a truck on each edge is from where it began: of a loop, its farthest point."""
        depth_m = self.edge_length_m.copy()
        begin, end = self.arc_from[::2], self.arc_to[::2]
        is_loop = begin == end
        s = self.segments
        of_loop = np.flatnonzero(is_loop[s.edge])
        edge = s.edge[of_loop]
        node = begin[edge]
        away_m = np.hypot(s.x1[of_loop] - self.node_x[node], s.y1[of_loop] - self.node_y[node])
        depth_m[is_loop] = 0.0
        np.maximum.at(depth_m, edge, away_m)
        return depth_m

    def position(self, section: int, measure_m: Floats) -> tuple[Floats, Floats]:
        """Give local metres of the points at `measure_m` along a section."""
        part = slice(self.section_first_vertex[section], self.section_first_vertex[section + 1])
        measures = self.vertex_measure_m[part]
        return (
            np.interp(measure_m, measures, self.vertex_x[part]),
            np.interp(measure_m, measures, self.vertex_y[part]),
        )


@without_cycle_search
def build_network(sections: Sequence[Section], *, crossings_lead: bool = True) -> Network:
    """Build the network of a plan's sections.

    Parameters
    ----------
    crossings_lead
        Whether routes may go from one line to another where they merely cross, at a price.

    Raises
    ------
    ValueError
        If there is no section.
    """
    if not sections:
        raise ValueError("a street network needs at least one section")
    counts = np.array([len(section.coordinates) for section in sections])
    coordinates = np.concatenate([section.coordinates for section in sections])
    projection = LocalProjection.around(coordinates[:, 0], coordinates[:, 1])
    x, y = projection.to_metres(coordinates[:, 0], coordinates[:, 1])
    owner = np.repeat(np.arange(len(sections)), counts)
    x, y, owner, forced = with_touching_ends(x, y, owner, counts)
    ids = tuple(section.id for section in sections)
    laid = drawn = whole_lines(x, y, owner, forced, len(sections))
    measure = measures(x, y, _firsts(owner, len(ids)))
    twins = find_twins(ids, x, y, owner, measure)
    if twins:
        laid = carrying_lines(drawn, twins)
    laid, lines, nodes, joins = _joined(ids, laid, projection)
    crossings, places = find_crossings(lines, projection)
    if not twins:
        drawn = laid
    connected = np.empty((0, 2), dtype=np.int64)
    if crossings and crossings_lead:
        laid, lines, nodes, connected = _connected(laid, lines, nodes, places)
    lines, node_x, node_y = _cut_at_turns(lines, *nodes)
    measure, vertex_node = lines.measure_m, lines.node
    cut = np.flatnonzero(vertex_node >= 0)
    same = laid.owner[cut[:-1]] == laid.owner[cut[1:]]
    begin, end = cut[:-1][same], cut[1:][same]
    edge_line = laid.owner[begin]
    edge_section = laid.section[edge_line].astype(np.int32)
    edge_start_m = laid.start_m[edge_line] + measure[begin]
    edge_length_m = measure[end] - measure[begin]
    edge_section = np.append(edge_section, np.full(len(connected), -1, dtype=np.int32))
    edge_start_m = np.append(edge_start_m, np.zeros(len(connected)))
    edge_length_m = np.append(edge_length_m, np.full(len(connected), CROSSING_M))
    arc_from, arc_to = _arc_ends(
        np.append(vertex_node[begin], connected[:, 0]), np.append(vertex_node[end], connected[:, 1])
    )
    oneway = np.array([section.oneway for section in sections])
    arc_open = np.ones(len(arc_from), dtype=np.bool_)
    arc_open[1::2] = ~oneway[edge_section] | (edge_section < 0)
    table = twins_of(twins)
    if twins:
        arc_open |= table.opened(edge_section, edge_start_m, edge_length_m, oneway)
    open_arcs = np.flatnonzero(arc_open)
    order = open_arcs[np.lexsort((open_arcs, arc_from[open_arcs]))]
    first_arc = np.searchsorted(arc_from[order], np.arange(len(node_x) + 1))

    x, y, owner = laid.x, laid.y, laid.owner
    inner = np.flatnonzero(owner[:-1] == owner[1:])
    edge_of = (np.searchsorted(begin, inner, side="right") - 1).astype(np.int32)
    first = _firsts(drawn.owner, len(ids))
    drawn_measure = measures(drawn.x, drawn.y, first)
    return Network(
        projection=projection,
        section_ids=ids,
        section_names=tuple(section.name for section in sections),
        section_grids=tuple(section.grids for section in sections),
        section_oneway=oneway,
        section_length_m=drawn_measure[first[1:] - 1],
        vertex_x=drawn.x,
        vertex_y=drawn.y,
        vertex_measure_m=drawn_measure,
        section_first_vertex=first,
        node_x=node_x,
        node_y=node_y,
        edge_section=edge_section,
        edge_start_m=edge_start_m,
        edge_length_m=edge_length_m,
        arc_from=arc_from,
        arc_to=arc_to,
        arc_open=arc_open,
        node_first_arc=first_arc.astype(np.int32),
        node_arcs=order.astype(np.int32),
        segments=Segments(
            edge=edge_of,
            x0=x[inner],
            y0=y[inner],
            x1=x[inner + 1],
            y1=y[inner + 1],
            start_m=measure[inner] - measure[begin][edge_of],
        ),
        twins=table,
        joins=joins,
        crossings=crossings,
        step=find_step([section.coordinates for section in sections]),
    )


def _firsts(owner: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Give where the vertices of each line begin, and where those of the last end."""
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)


def _joined(
    ids: tuple[str, ...], laid: Lines, projection: LocalProjection
) -> tuple[Lines, DrawnLines, tuple[Floats, Floats], tuple[Join, ...]]:
    """Join the ends that do not quite meet; give lines, their nodes' positions and the joins."""
    lines, *nodes = _with_nodes(ids, laid)
    found = find_joins(lines)
    if not found:
        return laid, lines, (nodes[0], nodes[1]), ()
    joins = describe(found, lines, projection)
    placed = place_joins(found)
    laid = with_vertices(laid, placed.at, placed.section, placed.x, placed.y)
    left, right = laid.joined
    left, right = np.append(left, placed.left), np.append(right, placed.right)
    laid = replace(laid, joined=(left, right))
    lines, *nodes = _with_nodes(ids, laid)
    return laid, lines, (nodes[0], nodes[1]), joins


def _connected(
    laid: Lines, lines: DrawnLines, nodes: tuple[Floats, Floats], places: Places
) -> tuple[Lines, DrawnLines, tuple[Floats, Floats], NDArray[np.int64]]:
    """Give lines that cross a node each where they do; tell the pairs of these nodes."""
    count = len(places.x)
    numbers = len(nodes[0]) + np.arange(2 * count)
    vertex, x, y = (
        np.append(places.vertex, places.other),
        np.tile(places.x, 2),
        np.tile(places.y, 2),
    )
    away_m = np.hypot(x - lines.x[vertex], y - lines.y[vertex])
    order = np.lexsort((away_m, vertex))
    at = vertex[order] + 1
    more = with_vertices(laid, at, laid.owner[vertex[order]], x[order], y[order])
    node = np.insert(lines.node, at, numbers[order].astype(np.int32))
    first = _firsts(more.owner, len(more.section))
    measure_m = measures(more.x, more.y, first)
    drawn = DrawnLines(lines.section_ids, more.x, more.y, measure_m, first, node)
    return (
        more, drawn, (np.append(nodes[0], x), np.append(nodes[1], y)),
        numbers.reshape(2, count).T,
    )  # fmt: skip


def _cut_at_turns(
    lines: DrawnLines, node_x: Floats, node_y: Floats
) -> tuple[DrawnLines, Floats, Floats]:
    """Make nodes of the vertices at which edges turn back."""
    turning = turning_vertices(lines)
    if not len(turning):
        return lines, node_x, node_y
    node = lines.node.copy()
    node[turning] = len(node_x) + np.arange(len(turning))
    return (
        replace(lines, node=node),
        np.append(node_x, lines.x[turning]),
        np.append(node_y, lines.y[turning]),
    )


def _with_nodes(ids: tuple[str, ...], laid: Lines) -> tuple[DrawnLines, Floats, Floats]:
    """Measure the lines and find their nodes; give the positions of these too."""
    first = _firsts(laid.owner, len(laid.section))
    node, node_x, node_y = nodes_of(laid.x, laid.y, first, laid.forced, laid.joined)
    of_lines = tuple(ids[section] for section in laid.section.tolist())
    measure_m = measures(laid.x, laid.y, first)
    return DrawnLines(of_lines, laid.x, laid.y, measure_m, first, node), node_x, node_y


def _arc_ends(begin: Indices, end: Indices) -> tuple[Indices, Indices]:
    return (
        np.stack([begin, end], axis=1).ravel().astype(np.int32),
        np.stack([end, begin], axis=1).ravel().astype(np.int32),
    )
