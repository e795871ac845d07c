"""Streets that a fleet or a vehicle does not drive on: in another datum, moved, or elsewhere.

All vehicles are asked together, then each. If their fixes lie on the streets no better than
anywhere near, or far better once all are moved alike, then nothing that is matched means anything.
GCJ-02 and BD-09 move every position in China by several hundred metres, and nearly all those of a
city by the same vector. Since a chequerboard of streets fits itself when moved by a block, only a
move that beats all those as far in other directions is believed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geofence.kernels import aside
from geofence.matching.candidates import Buckets, build_buckets
from geofence.network.network import Network
from geofence.seen.closeness import Floats, Scale, score
from geofence.seen.squares import SQUARE_M, Squares, Visits, centres, choose, squares_at

Convert = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Longitudes and latitudes into those of another datum."""


@dataclass(frozen=True, slots=True)
class MisfitThresholds:
    """From where on streets are said not to be those that a fleet, or a vehicle, drove on."""

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
    fit_m: float = 0.0
    """Metres from a street, on average, up to which fixes as sent fit, and nothing else is tried.
    """
    on_street_m: float = 45.0
    """Metres from a street, on average, that moved fixes may lie at most; some streets are drawn in
    no plan."""
    least_gain_m: float = 4.0
    """Metres by which moved fixes must lie nearer."""
    least_score: float = 5.0
    """Standard errors that the gain of a datum must be worth."""
    least_score_of_move: float = 5.0
    """The same of a move that no datum explains: the best of many."""
    least_rival_score: float = 2.5
    """Standard errors by which a datum must beat moves as far in any other direction."""
    least_rival_score_of_move: float = 2.5
    """The same of a move that no datum explains, against the best other."""
    rivals: int = 11
    """Other directions."""
    fit_score: float = 6.0
    """Standard errors by which fixes lie nearer than moved ones, from where on they surely fit."""
    no_fit_score: float = 2.0
    """Below this nothing shows that they fit at all."""
    doubts: bool = False
    """Whether fixes that nothing shows to fit are a misfit if a datum brings them nearer, however
    sure that is."""
    least_cells_of_move: int = 40
    """Cells without which no move is looked for that no datum explains."""
    least_cells_of_none: int | None = 20
    """Cells without which it is not said that nothing fits; None if that is never said."""
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


OF_FLEET = MisfitThresholds()
OF_VEHICLE = MisfitThresholds(
    most_cells_of_none=250,
    most_of_cell=4,
    least_cells=8,
    least_cells_of_move=20,
    fit_m=12.0,
    on_street_m=30.0,
    least_score=3.0,
    least_rival_score=1.5,
    least_cells_of_none=None,
)
"""One vehicle leaves fewer cells; and one that works on no street may have been lent elsewhere."""
IN_DOUBT = replace(OF_VEHICLE, doubts=True)
"""Of one that does not surely fit."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """In what way the streets are not those that a fleet, or a vehicle, drove on."""

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
    """Asks whether the streets of one network are those that fleets and vehicles drive on.

    Parameters
    ----------
    conversions
        By name: what brings fixes onto streets of another datum.
    """

    def __init__(self, network: Network, conversions: Mapping[str, Convert]) -> None:
        self._network, self._conversions = network, conversions
        self._buckets: Buckets | None = None
        self._known: dict[tuple[str, ...], tuple[Squares, Misfit | None]] = {}

    def read(self, visits: Iterable[Visits]) -> Misfit | None:
        """Say how the streets do not fit a fleet; None if they fit, or with too little to tell."""
        return self._remembered((), _chosen(visits), OF_FLEET)

    def read_vehicle(self, vehicle_id: str, visits: Visits) -> Misfit | None:
        """Say the same of one vehicle, unless it works on no street however it is moved.

        Where its work leaves too little to tell, the roads on which it came tell too.
        """
        at_work, all_ = (_fewer(each, OF_VEHICLE) for each in (visits.at_work, visits.all()))
        return (
            self._remembered((vehicle_id,), at_work, OF_VEHICLE)
            or self._remembered((vehicle_id, "all"), all_, OF_VEHICLE)
            or self._remembered((vehicle_id, "doubt"), all_, IN_DOUBT)
        )

    def can_tell(self, visits: Iterable[Visits]) -> bool:
        """Whether vehicles were at work in enough places to say anything of the streets."""
        if self._network.section_count == 0:
            return False
        return self._scale(*centres(_chosen(visits))).cells >= OF_FLEET.least_cells

    def _remembered(
        self, whose: tuple[str, ...], chosen: Squares, limits: MisfitThresholds
    ) -> Misfit | None:
        known = self._known.get(whose)
        if known is None or not np.array_equal(known[0], chosen):
            known = self._known[whose] = chosen, self._read(chosen, limits)
        return known[1]

    @aside
    def _read(self, chosen: Squares, limits: MisfitThresholds) -> Misfit | None:
        if len(chosen) < limits.least_cells or self._network.section_count == 0:
            return None
        is_few = limits.most_cells == limits.most_cells_of_none
        x, y = centres(chosen if is_few else _fewer(chosen, limits, limits.most_cells))
        scale = self._scale(x, y)
        if scale.cells < limits.least_cells:
            return None
        sent_m = scale.weigh(x, y)
        if sent_m.mean() <= limits.fit_m:
            return None
        found = self._of_datums(scale, sent_m, x, y, limits)
        if found is not None:
            return found
        fit_score = score(_around(scale, x, y), sent_m)
        if fit_score >= limits.fit_score:
            return None
        if scale.cells >= limits.least_cells_of_move:
            found = self._moved(scale, sent_m, x, y, limits)
        if found is None and limits.doubts and fit_score < limits.no_fit_score:
            unsure = replace(limits, least_score=1.0, least_rival_score=-np.inf)
            found = self._of_datums(scale, sent_m, x, y, unsure)
            found = found and replace(found, datum=None)
        return found or self._of_none(chosen, limits)

    def _of_none(self, chosen: Squares, limits: MisfitThresholds) -> Misfit | None:
        """Say that most fixes lie on no street, if that is sure."""
        x, y = centres(chosen)
        scale = self._scale(x, y)
        if limits.least_cells_of_none is None or scale.cells < limits.least_cells_of_none:
            return None
        sent_m, around_m = scale.weigh(x, y), _around(scale, x, y)
        gain_m = around_m - sent_m
        most_m = gain_m.mean() + 3.0 * gain_m.std(ddof=1) / np.sqrt(len(gain_m))
        could_m = around_m.mean() - limits.worst_error_m
        if score(around_m, sent_m) >= limits.no_fit_score or most_m >= limits.least_share * could_m:
            return None
        nothing = float("nan")
        return Misfit(None, nothing, nothing, scale.cells, _mean(sent_m), nothing)

    def _scale(self, x: Floats, y: Floats) -> Scale:
        if self._buckets is None:
            self._buckets = build_buckets(self._network)
        return Scale(self._network, self._buckets, OF_FLEET.cap_m, OF_FLEET.cell_m, x, y)

    def _of_datums(
        self, scale: Scale, sent_m: Floats, x: Floats, y: Floats, limits: MisfitThresholds
    ) -> Misfit | None:
        """Find the conversion that surely fits better, if there is one."""
        projection = self._network.projection
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

    def _moved(
        self, scale: Scale, sent_m: Floats, x: Floats, y: Floats, limits: MisfitThresholds
    ) -> Misfit | None:
        """Look for a move that no datum explains."""
        east_m, north_m, rival = self._best_move(x, y, limits)
        if np.hypot(east_m, north_m) < limits.least_move_m:
            return None
        moved_m = scale.weigh(x + east_m, y + north_m)
        rival_m = scale.weigh(x + rival[0], y + rival[1])
        if (
            moved_m.mean() > limits.on_street_m
            or (sent_m - moved_m).mean() < limits.least_gain_m
            or score(sent_m, moved_m) < limits.least_score_of_move
            or score(rival_m, moved_m) < limits.least_rival_score_of_move
        ):
            return None
        return Misfit(None, east_m, north_m, scale.cells, _mean(sent_m), _mean(moved_m))

    def _best_move(
        self, x: Floats, y: Floats, limits: MisfitThresholds
    ) -> tuple[float, float, tuple[float, float]]:
        """Give the move after which some fixes lie nearest, and the best far from it."""
        x, y = centres(_fewer(squares_at(x, y), limits, limits.most_cells_searched))
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


def _chosen(visits: Iterable[Visits]) -> Squares:
    squares = [np.empty(0, np.int64), *(each.at_work for each in visits)]
    return _fewer(np.unique(np.concatenate(squares)), OF_FLEET)


def _fewer(squares: Squares, limits: MisfitThresholds, most_cells: int | None = None) -> Squares:
    """Choose some; by default as many as may be looked at."""
    per_side = round(limits.cell_m / SQUARE_M)
    most_cells = most_cells or limits.most_cells_of_none
    return choose(squares, per_side, most_cells, limits.most_of_cell)


def _mean(weighed_m: Floats) -> float:
    return round(float(weighed_m.mean()), 1)


_TURNS = 2.0 * np.pi * np.arange(12) / 12 + 0.2
_RING_M = [
    (float(away_m * np.cos(turn)), float(away_m * np.sin(turn)))
    for away_m, turn in zip(np.tile([170.0, 290.0, 430.0, 610.0], 3), _TURNS, strict=True)
]
"""Moves against which fixes that fit must lie nearer, of lengths that are no blocks of a town."""
