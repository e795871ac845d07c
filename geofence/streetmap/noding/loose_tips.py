"""Tips of lines at which nothing else is: drawn a bit too short, or a bit too long.

A tip within `GAP_M` of another line is led on to it; the line itself stays where it was drawn. Of
a line that ends within `GAP_M` after it has met another one, that rest is dropped.
"""

import numpy as np
import shapely

from geofence.streetmap.noding.flat_lines import Flags, FlatLines, Floats, Longs, metres

GAP_M = 0.5
"""Farther apart, what is drawn apart is meant so."""
LEAST_M = 4.0 * GAP_M
"""A shorter line meets others only where it touches them."""


def without_overshoots(lines: FlatLines, parent_m: Floats) -> tuple[FlatLines, int]:
    """Drop what goes on after a junction and ends at once; also tell how many those were.

    Parameters
    ----------
    parent_m
        Metres of what the lines were cut from; of short ones nothing is dropped.
    """
    number, count = lines.junctions()
    at = count[number]
    loose = (at == 1).any(axis=1) & (at >= 3).any(axis=1)
    drop = loose & (_lengths(lines) <= GAP_M) & (parent_m[lines.parent] > LEAST_M)
    return lines.kept(~drop), int(drop.sum())


def led_on(lines: FlatLines) -> tuple[FlatLines, Flags, int]:
    """Lead loose tips on to the line beside them.

    Returns the lines, which of their vertices are new, and how many tips were led on.
    """
    tip, there = _targets(lines)
    first = lines.first
    is_head = tip == first[lines.owner[tip]]
    at = np.where(is_head, tip, tip + 1)
    spots = np.insert(lines.spots, at, there, axis=0)
    owner = np.insert(lines.owner, at, lines.owner[tip])
    fresh = np.insert(np.zeros(len(lines.spots), dtype=np.bool_), at, True)
    return FlatLines(spots, owner, lines.parent, lines.is_ground), fresh, len(tip)


def _targets(lines: FlatLines) -> tuple[Longs, Floats]:
    """Give loose tips, in order, and where the nearest line is to which each is led."""
    number, count = lines.junctions()
    tips = lines.tips
    loose = (count[number] == 1) & (_lengths(lines) > LEAST_M)[:, None]
    tip = np.sort(tips[loose])
    if len(tip) == 0:
        return tip, np.empty((0, 2))
    tip, segment = _beside(lines, tip)
    spots, owner = lines.spots, lines.owner
    latitude = spots[tip, 1]
    along = metres(spots[segment + 1] - spots[segment], latitude)
    away = metres(spots[tip] - spots[segment], latitude)
    size_m = np.hypot(*along.T)
    share = np.clip((away * along).sum(axis=1) / size_m**2, 0.0, 1.0)
    # where the line has a tip of its own within reach, they meet there
    for vertex, end_share in ((segment, 0.0), (segment + 1, 1.0)):
        is_tip = (vertex == tips[owner[vertex], 0]) | (vertex == tips[owner[vertex], 1])
        close = np.hypot(*metres(spots[tip] - spots[vertex], latitude).T) <= GAP_M
        share[is_tip & close] = end_share
    away_m = np.hypot(*(away - share[:, None] * along).T)
    measure_m = lines.measures()
    way_m = np.abs(measure_m[tip] - measure_m[segment] - share * size_m)
    ground = lines.is_ground
    fits = (away_m <= GAP_M) & ((owner[tip] != owner[segment]) | (way_m > LEAST_M))
    # what ends under a bridge does not end on it
    fits &= ~ground[owner[tip]] | ground[owner[segment]]
    tip, segment, share, away_m = tip[fits], segment[fits], share[fits], away_m[fits]
    order = np.lexsort((segment, away_m, tip))
    tip, segment, share = tip[order], segment[order], share[order]
    nearest = np.ones(len(tip), dtype=np.bool_)
    nearest[1:] = tip[1:] != tip[:-1]
    tip, segment, share = tip[nearest], segment[nearest], share[nearest]
    there = spots[segment] + share[:, None] * (spots[segment + 1] - spots[segment])
    there[share == 0.0] = spots[segment[share == 0.0]]
    there[share == 1.0] = spots[segment[share == 1.0] + 1]
    # of two that would be led to each other, one is
    back = _same_places(spots[tip], there)
    keep = ~(back & (np.arange(len(tip)) > _partner(spots[tip], there)))
    return tip[keep], there[keep]


def _beside(lines: FlatLines, tip: Longs) -> tuple[Longs, Longs]:
    """Give pairs of tips and of segments that may be within `GAP_M`."""
    begin = lines.segments
    spots = lines.spots
    reach_deg = GAP_M / 111_000.0
    east_deg = reach_deg / np.maximum(np.cos(np.radians(spots[tip, 1])), 0.01)
    boxes = shapely.box(
        spots[tip, 0] - east_deg,
        spots[tip, 1] - reach_deg,
        spots[tip, 0] + east_deg,
        spots[tip, 1] + reach_deg,
    )
    tree = shapely.STRtree(boxes)
    rows, found = [], []
    for start in range(0, len(begin), 250_000):
        some = begin[start : start + 250_000]
        shapes = shapely.linestrings(np.stack([spots[some], spots[some + 1]], axis=1))
        row, box = tree.query(shapes, predicate="intersects")
        rows.append(some[row])
        found.append(tip[box])
    return np.concatenate(found), np.concatenate(rows)


def _partner(tips: Floats, there: Floats) -> Longs:
    """Give of each tip the number of the one that lies where it is led; else -1."""
    number = {(lon, lat): i for i, (lon, lat) in enumerate(tips.tolist())}
    return np.array([number.get((lon, lat), -1) for lon, lat in there.tolist()], np.int64)


def _same_places(tips: Floats, there: Floats) -> Flags:
    partner = _partner(tips, there)
    known = partner >= 0
    back: Flags = known & (there[partner] == tips).all(axis=1)
    return back


def _lengths(lines: FlatLines) -> Floats:
    length_m: Floats = lines.measures()[lines.tips[:, 1]]
    return length_m
