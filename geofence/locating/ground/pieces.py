"""Pieces of sections: whole ones, those where something holds, and how they are cut cleanly."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Piece, Remark, UnlocatedReason

SLIVER_M = 20.0
"""What is left of a section on either side of a cut is longer, or the section is not cut: no fix
proves that so short a street was missed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pieces, or the reason why there are none."""

    pieces: tuple[Piece, ...] = ()
    reason: UnlocatedReason | None = None
    detail: str = ""
    suggestions: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def whole(sections: Iterable[int] | NDArray[np.int64]) -> tuple[Piece, ...]:
    """Give sections as pieces, ascending."""
    return tuple(Piece(int(section)) for section in np.unique(np.fromiter(sections, np.int64)))


def united(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Sort pieces and unite those that touch or overlap."""
    result: list[Piece] = []
    for piece in sorted(pieces):
        last = result[-1] if result else None
        if last and last.section == piece.section and piece.from_share <= last.to_share:
            if piece.to_share > last.to_share:
                result[-1] = Piece(last.section, last.from_share, piece.to_share)
        else:
            result.append(piece)
    return tuple(result)


def where(
    measured: MeasuredMap,
    section: int,
    shares: NDArray[np.float64],
    margin: NDArray[np.float64],
) -> list[Piece]:
    """Give the pieces of a section where a sampled quantity is not negative.

    Between two samples of unlike sign the cut lies where the straight line between them is zero.
    """
    inside = margin >= 0
    if inside.all():
        return [Piece(section)]
    if not inside.any():
        return []
    cuts = []
    for at in np.flatnonzero(inside[1:] != inside[:-1]):
        low, high = margin[at], margin[at + 1]
        cuts.append(float(shares[at] + (shares[at + 1] - shares[at]) * low / (low - high)))
    bounds = [0.0, *cuts, 1.0]
    holds = bool(inside[0])
    pieces = []
    for start, end in pairwise(bounds):
        if holds and end > start:
            pieces.append(Piece(section, start, end))
        holds = not holds
    return _without_slivers(measured, section, pieces)


def _without_slivers(measured: MeasuredMap, section: int, pieces: list[Piece]) -> list[Piece]:
    """Close gaps and drop pieces that are shorter than `SLIVER_M`."""
    length = float(measured.length_m[section])
    least = SLIVER_M / length if length > 0 else 1.0
    grown: list[Piece] = []
    for piece in pieces:
        start = 0.0 if piece.from_share < least else piece.from_share
        end = 1.0 if piece.to_share > 1.0 - least else piece.to_share
        if grown and start - grown[-1].to_share < least:
            grown[-1] = Piece(section, grown[-1].from_share, end)
        else:
            grown.append(Piece(section, start, end))
    if len(grown) == 1 and length < 2 * SLIVER_M:
        held = sum(piece.to_share - piece.from_share for piece in pieces)
        return [Piece(section)] if held >= 0.5 else []  # where most of it is
    return [piece for piece in grown if piece.to_share - piece.from_share >= least]
