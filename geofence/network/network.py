"""The street network as flat arrays: sections, nodes, edges and the arcs between them.

A *section* is what the plan draws. It is cut into *edges* at its *nodes*: the places where traffic
can change from one line to another, which are shared vertices and ends that touch another line.
Two lines that merely cross, with no vertex in common, do not meet: one is a bridge. Ends that fall
short of a junction are given its node, see `geofence.network.junctions`.
Each edge carries two *arcs*, ``2 * edge`` along the drawn direction and ``2 * edge + 1`` against
it; the second is closed where the section is one-way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.join_candidates import TOUCH_M
from geofence.network.junctions import Join, describe, find_joins, place_joins
from geofence.network.loose_ends import DrawnLines
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Section

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]
_NONE = np.empty(0, dtype=np.int64)


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
    joins: tuple[Join, ...] = ()
    """Where ends that did not quite meet were joined."""

    @property
    def section_count(self) -> int:
        """Number of sections."""
        return len(self.section_ids)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_x)

    def position(self, section: int, measure_m: Floats) -> tuple[Floats, Floats]:
        """Give local metres of the points at `measure_m` along a section."""
        part = slice(self.section_first_vertex[section], self.section_first_vertex[section + 1])
        measures = self.vertex_measure_m[part]
        return (
            np.interp(measure_m, measures, self.vertex_x[part]),
            np.interp(measure_m, measures, self.vertex_y[part]),
        )


def build_network(sections: Sequence[Section]) -> Network:
    """Build the network of a plan's sections.

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
    x, y, owner, forced = _with_touching_ends(x, y, owner, counts)
    ids = tuple(section.id for section in sections)
    lines, node_x, node_y = _drawn(ids, x, y, owner, forced, (_NONE, _NONE))
    joins: tuple[Join, ...] = ()
    if found := find_joins(lines):
        joins = describe(found, lines, projection)
        placed = place_joins(found)
        x, y = np.insert(x, placed.at, placed.x), np.insert(y, placed.at, placed.y)
        owner = np.insert(owner, placed.at, placed.section)
        forced = np.insert(forced, placed.at, True)
        lines, node_x, node_y = _drawn(ids, x, y, owner, forced, (placed.left, placed.right))
    first, measure, vertex_node = lines.first, lines.measure_m, lines.node
    length = measure[first[1:] - 1]

    cut = np.flatnonzero(vertex_node >= 0)
    same = owner[cut[:-1]] == owner[cut[1:]]
    begin, end = cut[:-1][same], cut[1:][same]
    edge_section = owner[begin].astype(np.int32)
    arc_from, arc_to = _arc_ends(vertex_node[begin], vertex_node[end])
    oneway = np.array([section.oneway for section in sections])
    arc_open = np.ones(len(arc_from), dtype=np.bool_)
    arc_open[1::2] = ~oneway[edge_section]
    open_arcs = np.flatnonzero(arc_open)
    order = open_arcs[np.lexsort((open_arcs, arc_from[open_arcs]))]
    first_arc = np.searchsorted(arc_from[order], np.arange(len(node_x) + 1))

    inner = np.flatnonzero(owner[:-1] == owner[1:])
    edge_of = (np.searchsorted(begin, inner, side="right") - 1).astype(np.int32)
    return Network(
        projection=projection,
        section_ids=ids,
        section_names=tuple(section.name for section in sections),
        section_grids=tuple(section.grids for section in sections),
        section_oneway=oneway,
        section_length_m=length,
        vertex_x=x,
        vertex_y=y,
        vertex_measure_m=measure,
        section_first_vertex=first.astype(np.int64),
        node_x=node_x,
        node_y=node_y,
        edge_section=edge_section,
        edge_start_m=measure[begin],
        edge_length_m=measure[end] - measure[begin],
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
        joins=joins,
    )


def _drawn(
    ids: tuple[str, ...],
    x: Floats,
    y: Floats,
    owner: NDArray[np.int64],
    forced: Flags,
    joined: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[DrawnLines, Floats, Floats]:
    """Measure the lines and find their nodes; give the positions of these too."""
    counts = np.bincount(owner, minlength=len(ids))
    first = np.concatenate([[0], np.cumsum(counts)])
    vertex_node, node_x, node_y = _nodes(x, y, first, forced, joined)
    return DrawnLines(ids, x, y, _measures(x, y, first), first, vertex_node), node_x, node_y


def _arc_ends(begin: Indices, end: Indices) -> tuple[Indices, Indices]:
    return (
        np.stack([begin, end], axis=1).ravel().astype(np.int32),
        np.stack([end, begin], axis=1).ravel().astype(np.int32),
    )


def _measures(x: Floats, y: Floats, first: NDArray[np.int64]) -> Floats:
    """Measure of each vertex along its section."""
    steps = np.concatenate([[0.0], np.hypot(np.diff(x), np.diff(y))])
    steps[first[:-1]] = 0.0
    total = np.cumsum(steps)
    along: Floats = total - np.repeat(total[first[:-1]], np.diff(first))
    return along


def _with_touching_ends(
    x: Floats, y: Floats, owner: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[Floats, Floats, NDArray[np.int64], Flags]:
    """Insert a vertex wherever another section's end touches the inside of a line.

    Returns vertices, their section and whether each was inserted, which makes it a node.
    """
    last = np.cumsum(counts) - 1
    ends = np.concatenate([last - counts + 1, last])
    inside = np.flatnonzero(owner[:-1] == owner[1:])
    begins, finishes = np.stack([x, y], 1)[inside], np.stack([x, y], 1)[inside + 1]
    lines = np.asarray(shapely.linestrings(np.stack([begins, finishes], axis=1)))
    tips = np.asarray(shapely.points(x[ends], y[ends]))
    tip, line = shapely.STRtree(lines).query(tips, predicate="dwithin", distance=TOUCH_M)
    vertex = inside[line]
    along = shapely.line_locate_point(lines[line], tips[tip])
    span = shapely.length(lines[line])
    new = (along > TOUCH_M) & (along < span - TOUCH_M) & (owner[ends[tip]] != owner[vertex])
    vertex, at, tip_vertex = vertex[new], along[new], ends[tip[new]]
    order = np.lexsort((at, vertex))
    vertex, at, tip_vertex = vertex[order], at[order], tip_vertex[order]
    repeated = np.zeros(len(vertex), dtype=np.bool_)
    repeated[1:] = (np.diff(vertex) == 0) & (np.diff(at) < TOUCH_M)
    vertex, tip_vertex = vertex[~repeated], tip_vertex[~repeated]
    forced = np.insert(np.zeros(len(x), dtype=np.bool_), vertex + 1, True)
    return (
        np.insert(x, vertex + 1, x[tip_vertex]),
        np.insert(y, vertex + 1, y[tip_vertex]),
        np.insert(owner, vertex + 1, owner[vertex]),
        forced,
    )


def _nodes(
    x: Floats,
    y: Floats,
    first: NDArray[np.int64],
    forced: Flags,
    joined: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[Indices, Floats, Floats]:
    """Give each vertex the number of its node, -1 for a vertex that is none.

    A vertex is a node if it ends a section, was inserted, or lies within `TOUCH_M` of another.
    Those of a pair `joined` are one node wherever they lie.
    """
    points = np.asarray(shapely.points(x, y))
    near = shapely.STRtree(points).query(points, predicate="dwithin", distance=TOUCH_M)
    left, right = np.concatenate([near, joined, joined[::-1]], axis=1)
    group = np.arange(len(x))
    while True:  # the least index reachable by short steps names the group
        least = group.copy()
        np.minimum.at(least, left, group[right])
        least = least[least]
        if np.array_equal(least, group):
            break
        group = least
    is_node = forced.copy()
    is_node[first[:-1]] = True
    is_node[first[1:] - 1] = True
    owner = np.repeat(np.arange(len(first) - 1), np.diff(first))
    # consecutive vertices of one line are near each other without being a junction
    meets = (group[left] == group[right]) & (
        (owner[left] != owner[right]) | (np.abs(left - right) > 1)
    )
    is_node[left[meets]] = True
    chosen = np.flatnonzero(is_node)
    names, number = np.unique(group[chosen], return_inverse=True)
    vertex_node = np.full(len(x), -1, dtype=np.int32)
    vertex_node[chosen] = number
    return vertex_node, x[names], y[names]
