"""Lines of any drawing → sections that end wherever lines meet.

What makes a junction: ends at one place; lines that cross; a vertex of one on the other; an end
that stops short of a line, or goes on behind it, by no more than `GAP_M`. What is on a bridge or
in a tunnel is no ground: of it only ends count, its own or those of others.
"""

from dataclasses import dataclass

import numpy as np

from geofence.streetmap.noding.flat_lines import Flags, Floats, Longs, flat_lines
from geofence.streetmap.noding.loose_tips import led_on, without_overshoots
from geofence.streetmap.noding.meetings import noded

_ROUNDS = 4
"""What leads a loose end on may come near another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """Lines cut at junctions."""

    spots: Floats
    """(n, 2) longitude and latitude, section after section."""
    first: Longs
    """(sections + 1,) where each begins."""
    line: Longs
    """(sections,) which line each was cut from, in order of lines, then along each."""
    ends: Longs
    """(sections, 2) numbers of the junctions at start and end."""
    cuts: int
    """Places inside lines at which they were cut."""
    gaps: int
    """Loose ends that were led on to a line."""
    overshoots: int
    """Rests behind a line that were dropped."""
    degenerate: int
    """Lines of a single place, dropped."""


def node(spots: Floats, owner: Longs, is_ground: Flags) -> Sections:
    """Cut lines wherever they meet.

    Parameters
    ----------
    spots
        (n, 2) longitude and latitude in WGS 84, line after line.
    owner
        (n,) the line of each vertex, ascending from 0.
    is_ground
        (lines,) False of what lies on a bridge or in a tunnel.

    Raises
    ------
    TooDenseError
        If hundreds of lines lie on each other everywhere.
    """
    lines = flat_lines(spots, owner, np.arange(len(is_ground)), is_ground)
    degenerate = len(is_ground) - lines.count
    parent_m = np.zeros(len(is_ground))
    parent_m[lines.parent] = lines.measures()[lines.tips[:, 1]]
    whole = lines.count
    lines, overshoots = without_overshoots(noded(lines), parent_m)
    gaps = 0
    for _ in range(_ROUNDS):
        lines, fresh, count = led_on(lines)
        if count == 0:
            break
        gaps += count
        lines = noded(lines, fresh)
    ends, _ = lines.junctions()
    return Sections(
        lines.spots, lines.first, lines.parent, ends,
        lines.count + overshoots - whole, gaps, overshoots, degenerate,
    )  # fmt: skip
