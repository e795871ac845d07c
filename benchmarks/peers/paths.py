"""A peer's path as a match, so that the same rules turn it into passes: the only such place."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.matching.paths import Pieces
from geofence.matching.settings import MatchSettings
from geofence.network.network import Network

Floats = NDArray[np.float64]

Piece = tuple[int, float, float]
"""An arc of the network, and the measures along it where a piece of the path begins and ends; one
that runs back has its end below its beginning."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The route between two fixes of a track."""

    before: int
    fix: int
    """Indices of the fixes it joins."""
    pieces: tuple[Piece, ...]
    """In order of travel."""


@dataclass(frozen=True, slots=True, eq=False)
class PeerMatch:
    """What `geofence.seen.passes` reads of a `geofence.matching.matcher.Match`."""

    before: NDArray[np.int64]
    leap_from: NDArray[np.int64]
    """-1 everywhere: no peer asks whether the receiver was wrong for a while."""
    pieces: Pieces
    """All certain: no peer says where it doubts."""
    progress_m: Floats
    progress_error_m: Floats
    """What is new at every fix, `MatchSettings.white_m`, at both ends: no peer says what else."""
    sigma_m: Floats
    """Zero: no peer says how far along the street a fix may be off."""
    speed_mps: Floats
    """NaN: no peer says which speeds it believes."""


def match_of(legs: Iterable[Leg], fix_count: int) -> PeerMatch:
    """Put the routes between the fixes of one track together, ascending by fix.

    Motion from fix to fix is uniform.
    """
    before = np.full(fix_count, -1, dtype=np.int64)
    progress_m = np.zeros(fix_count)
    rows: list[tuple[int, int, float, float, float, float]] = []
    for leg in legs:
        lengths_m = [abs(to_m - from_m) for _, from_m, to_m in leg.pieces]
        total_m = sum(lengths_m)
        entered_m = 0.0
        for (arc, from_m, to_m), length_m in zip(leg.pieces, lengths_m, strict=True):
            left_m = entered_m + length_m
            shares = (entered_m / total_m, left_m / total_m) if total_m else (0.0, 0.0)
            rows.append((leg.fix, arc, from_m, to_m, *shares))
            entered_m = left_m
        runs_back = len(leg.pieces) == 1 and leg.pieces[0][2] < leg.pieces[0][1]
        before[leg.fix] = leg.before
        progress_m[leg.fix] = -total_m if runs_back else total_m
    columns = list(zip(*rows, strict=True)) or [()] * 6
    pieces = Pieces(
        fix=np.array(columns[0], dtype=np.int64),
        arc=np.array(columns[1], dtype=np.int32),
        from_m=np.array(columns[2], dtype=np.float64),
        to_m=np.array(columns[3], dtype=np.float64),
        from_share=np.array(columns[4], dtype=np.float64),
        to_share=np.array(columns[5], dtype=np.float64),
        certain=np.ones(len(rows), dtype=np.bool_),
    )
    return PeerMatch(
        before=before,
        leap_from=np.full(fix_count, -1, dtype=np.int64),
        pieces=pieces,
        progress_m=progress_m,
        progress_error_m=np.full(fix_count, math.sqrt(2.0) * MatchSettings().white_m),
        sigma_m=np.zeros(fix_count),
        speed_mps=np.full(fix_count, np.nan),
    )


def edge_line(network: Network, edge: int) -> list[tuple[float, float]]:
    """Give the vertices of an edge in the drawn direction, in local metres."""
    segments = network.segments
    own = slice(*np.searchsorted(segments.edge, [edge, edge + 1]).tolist())
    x = [*segments.x0[own].tolist(), float(segments.x1[own][-1])]
    y = [*segments.y0[own].tolist(), float(segments.y1[own][-1])]
    return list(zip(x, y, strict=True))
