"""Streets that a fleet does not drive on: a map in another datum, moved, or of another place.

All vehicles are asked together. If their fixes lie on the streets no better than anywhere near, or
far better once all are moved alike, then nothing that is matched means anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geofence.matching.candidates import Buckets, build_buckets
from geofence.network.network import Network
from geofence.seen.closeness import Floats, Scale, score
from geofence.seen.datum_fault import Convert
from geofence.seen.observation import Gaps, Observation, Passes
from geofence.seen.squares import SQUARE_M, Squares, centres, choose, squares_at


@dataclass(frozen=True, slots=True)
class MisfitThresholds:
    """From where on streets are said not to be those that a fleet drove on."""

    cap_m: float = 60.0
    """Metres that count for a fix at this distance or more from any street."""
    cell_m: float = 100.0
    """Side of the cells that count as one witness each."""
    most_cells: int = 250
    """Cells that are looked at."""
    most_cells_searched: int = 150
    """Those of which are tried at every move."""
    most_cells_of_none: int = 1_600
    """Cells that are looked at before it is said that nothing fits: a few streets that are drawn
    among many that are not show only in many."""
    most_of_cell: int = 3
    """Squares of a cell that are looked at."""
    least_cells: int = 20
    """Cells without which nothing is said."""
    on_street_m: float = 45.0
    """Metres from a street, on average, that moved fixes may lie at most; some streets are drawn in
    no plan."""
    least_gain_m: float = 4.0
    """Metres by which moved fixes must lie nearer."""
    least_score: float = 5.0
    """Standard errors that the gain must be worth."""
    least_rival_score: float = 2.5
    """Standard errors by which they must beat fixes moved as far in any other direction."""
    rivals: int = 11
    """Other directions."""
    fit_score: float = 6.0
    """Standard errors by which fixes lie nearer than moved ones, from where on they surely fit."""
    no_fit_score: float = 2.0
    """Below this nothing shows that they fit at all."""
    least_cells_of_move: int = 40
    """Cells without which no move is looked for that no datum explains."""
    least_cells_of_none: int = 60
    """Cells without which it is not said that nothing fits."""
    least_move_m: float = 60.0
    """Moves shorter than this are errors of drawing and of receivers."""
    most_move_m: float = 800.0
    """As far as moves are looked for."""
    move_step_m: float = 40.0
    """Between the moves that are tried first."""
    worst_error_m: float = 20.0
    """Metres from their street, on average, of fixes of the worst receivers."""
    least_share: float = 0.5
    """Of fixes that surely lie on streets to a lesser share, most lie on none."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """In what way the streets are not those that a fleet drove on."""

    datum: str | None
    """Name of the conversion that brings fixes onto the streets; None if none does."""
    east_m: float
    north_m: float
    """By how much fixes must be moved, in the median; NaN if nothing brings them onto streets."""
    cells: int
    """Cells that testify."""
    sent_m: float
    """Mean distance of the fixes to the nearest street, each counting 60 m at most."""
    moved_m: float
    """The same of the moved fixes; NaN if nothing brings them onto streets."""


class StreetFit:
    """Asks of fleets whether the streets of one network are those that they drive on.

    Parameters
    ----------
    conversions
        By name: what brings fixes onto streets of another datum.
    """

    def __init__(
        self,
        network: Network,
        conversions: Mapping[str, Convert],
        thresholds: MisfitThresholds | None = None,
    ) -> None:
        self._network, self._conversions = network, conversions
        self._limits = thresholds or MisfitThresholds()
        self._buckets: Buckets | None = None
        self._known: tuple[Squares, Misfit | None] | None = None

    def read(self, visited: Iterable[Squares]) -> Misfit | None:
        """Say how the streets do not fit; None if they fit, or if there is too little to tell.

        Parameters
        ----------
        visited
            Of each vehicle the squares of `geofence.seen.squares.visited`.
        """
        chosen = self._chosen(visited)
        if self._known is None or not np.array_equal(self._known[0], chosen):
            self._known = chosen, self._read(chosen)
        return self._known[1]

    def can_tell(self, visited: Iterable[Squares]) -> bool:
        """Whether vehicles were at work in enough places to say anything of the streets."""
        if self._network.section_count == 0:
            return False
        return self._scale(*centres(self._chosen(visited))).cells >= self._limits.least_cells

    def _chosen(self, visited: Iterable[Squares]) -> Squares:
        squares = np.unique(np.concatenate([*visited, np.empty(0, np.int64)]))
        return self._fewer(squares, self._limits.most_cells_of_none)

    def _read(self, chosen: Squares) -> Misfit | None:
        limits = self._limits
        if len(chosen) < limits.least_cells or self._network.section_count == 0:
            return None
        x, y = centres(self._fewer(chosen, limits.most_cells))
        scale = self._scale(x, y)
        if scale.cells < limits.least_cells:
            return None
        sent_m = scale.weigh(x, y)
        found = self._of_datums(scale, sent_m, x, y)
        if found is not None:
            return found
        if score(_around(scale, x, y), sent_m) >= limits.fit_score:
            return None
        if scale.cells >= limits.least_cells_of_move:
            found = self._moved(scale, sent_m, x, y)
        return found or self._of_none(chosen)

    def _of_none(self, chosen: Squares) -> Misfit | None:
        """Say that most fixes lie on no street, if that is sure."""
        limits = self._limits
        x, y = centres(chosen)
        scale = self._scale(x, y)
        if scale.cells < limits.least_cells_of_none:
            return None
        sent_m, around_m = scale.weigh(x, y), _around(scale, x, y)
        gain_m = around_m - sent_m
        most_m = gain_m.mean() + 3.0 * gain_m.std(ddof=1) / np.sqrt(len(gain_m))
        could_m = around_m.mean() - limits.worst_error_m
        if score(around_m, sent_m) >= limits.no_fit_score or most_m >= limits.least_share * could_m:
            return None
        nothing = float("nan")
        return Misfit(None, nothing, nothing, scale.cells, _mean(sent_m), nothing)

    def _fewer(self, chosen: Squares, most_cells: int) -> Squares:
        per_side = round(self._limits.cell_m / SQUARE_M)
        return choose(chosen, per_side, most_cells, self._limits.most_of_cell)

    def _scale(self, x: Floats, y: Floats) -> Scale:
        if self._buckets is None:
            self._buckets = build_buckets(self._network)
        return Scale(self._network, self._buckets, self._limits.cap_m, self._limits.cell_m, x, y)

    def _of_datums(self, scale: Scale, sent_m: Floats, x: Floats, y: Floats) -> Misfit | None:
        """Find the conversion that surely fits better, if there is one."""
        limits, projection = self._limits, self._network.projection
        degrees = projection.to_degrees(x, y)
        found = None
        best_m = limits.on_street_m
        for name, convert in self._conversions.items():
            there_x, there_y = projection.to_metres(*convert(*degrees))
            moved_m = scale.weigh(there_x, there_y)
            if (
                moved_m.mean() <= best_m
                and (sent_m - moved_m).mean() >= limits.least_gain_m
                and score(sent_m, moved_m) >= limits.least_score
                and all(
                    score(rival_m, moved_m) >= limits.least_rival_score
                    for rival_m in scale.rivals(x, y, there_x - x, there_y - y, limits.rivals)
                )
            ):
                best_m = float(moved_m.mean())
                found = Misfit(
                    name,
                    round(float(np.median(there_x - x)), 1),
                    round(float(np.median(there_y - y)), 1),
                    scale.cells,
                    _mean(sent_m),
                    _mean(moved_m),
                )
        return found

    def _moved(self, scale: Scale, sent_m: Floats, x: Floats, y: Floats) -> Misfit | None:
        """Look for a move that no datum explains."""
        limits = self._limits
        east_m, north_m, rival = self._best_move(x, y)
        if np.hypot(east_m, north_m) < limits.least_move_m:
            return None
        moved_m = scale.weigh(x + east_m, y + north_m)
        rival_m = scale.weigh(x + rival[0], y + rival[1])
        if (
            moved_m.mean() > limits.on_street_m
            or (sent_m - moved_m).mean() < limits.least_gain_m
            or score(sent_m, moved_m) < limits.least_score
            or score(rival_m, moved_m) < limits.least_rival_score
        ):
            return None
        return Misfit(None, east_m, north_m, scale.cells, _mean(sent_m), _mean(moved_m))

    def _best_move(self, x: Floats, y: Floats) -> tuple[float, float, tuple[float, float]]:
        """Give the move after which some fixes lie nearest, and the best far from it."""
        limits = self._limits
        x, y = centres(self._fewer(squares_at(x, y), limits.most_cells_searched))
        scale, step_m = self._scale(x, y), limits.move_step_m

        def away_m(move: tuple[float, float]) -> float:
            return float(scale.weigh(x + move[0], y + move[1]).mean())

        most = int(limits.most_move_m // step_m)
        ticks = (step_m * np.arange(-most, most + 1)).tolist()
        coarse = {
            (east_m, north_m): away_m((east_m, north_m))
            for east_m in ticks
            for north_m in ticks
            if limits.least_move_m <= float(np.hypot(east_m, north_m)) <= limits.most_move_m
        }
        best = min(coarse, key=lambda move: (coarse[move], move))
        for finer_m in (step_m / 2, step_m / 4):
            around = [
                (best[0] + finer_m * i, best[1] + finer_m * j)
                for i in (-1, 0, 1)
                for j in (-1, 0, 1)
            ]
            best = min(around, key=lambda move: (away_m(move), move))
        rivals = [
            move
            for move in coarse
            if float(np.hypot(move[0] - best[0], move[1] - best[1])) > 3 * step_m
        ]
        return *best, min(rivals, key=lambda move: (coarse[move], move))


def _around(scale: Scale, x: Floats, y: Floats) -> Floats:
    """Give the mean distance of fixes moved by some hundred metres in any direction."""
    moved = [scale.weigh(x + east_m, y + north_m) for east_m, north_m in _RING_M]
    return np.asarray(np.mean(moved, axis=0), np.float64)


def withhold(observation: Observation) -> Observation:
    """Give what is left of an observation on streets that do not fit: that there were fixes.

    They count as dropped, like those far outside the network, so that nothing is known of where
    the vehicle was: nothing is credited, and nothing denied.
    """
    none, no_instants = np.empty(0), np.empty(0, np.int64)
    no_flags, no_sections = np.empty(0, np.bool_), np.empty(0, np.int32)
    return replace(
        observation,
        time_ms=no_instants,
        x=none,
        y=none,
        part_started_ms=no_instants,
        part_finished_ms=no_instants,
        passes=Passes(no_sections, none, none, none, none, no_flags, no_flags),
        gaps=Gaps(no_instants, no_instants, none, none, none, none, no_flags),
        frozen_started_ms=no_instants,
        frozen_finished_ms=no_instants,
        outlier_ms=np.sort(np.concatenate([observation.time_ms, observation.outlier_ms])),
    )


def _mean(weighed_m: Floats) -> float:
    return round(float(weighed_m.mean()), 1)


_TURNS = 2.0 * np.pi * np.arange(12) / 12 + 0.2
_RING_M = [
    (float(away_m * np.cos(turn)), float(away_m * np.sin(turn)))
    for away_m, turn in zip(np.tile([170.0, 290.0, 430.0, 610.0], 3), _TURNS, strict=True)
]
"""Moves against which fixes that fit must lie nearer, of lengths that are no blocks of a town."""
