"""Streets that a fleet or a vehicle does not drive on: in another datum, moved, or elsewhere.

All vehicles are asked together, then each. If their fixes lie on the streets no better than
anywhere near, or far better once all are moved alike, then nothing that is matched means anything.
GCJ-02 and BD-09 move every position in China by several hundred metres, and nearly all those of a
city by the same vector. Since a chequerboard of streets fits itself when moved by a block, only a
move that beats all those as far in other directions is believed. Streets on coarse coordinates are
another matter: they lie somewhere near, and until fixes show where nothing is believed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geofence.kernels import aside
from geofence.matching.candidates import Buckets, build_buckets
from geofence.network.network import Network
from geofence.seen.closeness import Floats, Scale, score
from geofence.seen.misfit import IN_DOUBT, OF_FLEET, OF_VEHICLE, Misfit, MisfitThresholds
from geofence.seen.squares import SQUARE_M, Squares, Visits, centres, choose, squares_at

Convert = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Longitudes and latitudes into those of another datum."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What some squares say."""

    fits: bool = False
    """Whether they surely lie on the streets."""
    misfit: Misfit | None = None


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
        self._fleet: tuple[Squares, Misfit | None] | None = None
        self._vehicles: dict[tuple[str, bool], tuple[Squares, _Reading]] = {}

    def read(self, visits: Iterable[Visits]) -> Misfit | None:
        """Say how the streets do not fit a fleet; None if they fit, or with too little to tell."""
        chosen = _of_fleet(visits)
        if self._fleet is None or not np.array_equal(self._fleet[0], chosen):
            self._fleet = chosen, self._read(chosen) or self._in_doubt(chosen)
        return self._fleet[1]

    def read_vehicle(self, vehicle_id: str, visits: Visits) -> Misfit | None:
        """Say the same of one vehicle.

        Where its work leaves too little to tell, the roads on which it came tell too. That it works
        on no street however it is moved is no misfit: it may have been lent elsewhere.
        """
        work = self._reading_of(vehicle_id, False, visits.at_work)
        if work.fits or work.misfit is not None:
            return work.misfit
        return self._reading_of(vehicle_id, True, visits.everywhere()).misfit

    @aside
    def can_tell(self, visits: Iterable[Visits]) -> bool:
        """Whether vehicles were at work in enough places to say anything of the streets."""
        if self._network.section_count == 0:
            return False
        return self._scale(*centres(_of_fleet(visits))).cells >= OF_FLEET.least_cells

    def _reading_of(self, vehicle_id: str, is_whole: bool, squares: Squares) -> _Reading:
        chosen = _fewer(squares, OF_VEHICLE, OF_VEHICLE.most_cells)
        known = self._vehicles.get((vehicle_id, is_whole))
        if known is None or not np.array_equal(known[0], chosen):
            known = chosen, self._look(chosen, OF_VEHICLE, IN_DOUBT if is_whole else None)
            self._vehicles[vehicle_id, is_whole] = known
        return known[1]

    def _read(self, chosen: Squares) -> Misfit | None:
        reading = self._look(_fewer(chosen, OF_FLEET, OF_FLEET.most_cells), OF_FLEET)
        return reading.misfit if reading.fits or reading.misfit else self._of_none(chosen)

    @aside
    def _look(
        self, chosen: Squares, limits: MisfitThresholds, in_doubt: MisfitThresholds | None = None
    ) -> _Reading:
        """Read some squares; `in_doubt` is what is enough where nothing shows that they fit."""
        if len(chosen) < limits.least_cells or self._network.section_count == 0:
            return _Reading()
        x, y = centres(chosen)
        scale = self._scale(x, y)
        if scale.cells < limits.least_cells:
            return _Reading()
        sent_m = scale.weigh(x, y)
        if sent_m.mean() <= limits.fit_m:
            return _Reading(fits=True)
        misfit = self._of_datums(scale, sent_m, x, y, limits)
        if misfit is not None:
            return _Reading(misfit=misfit)
        fit_score = score(_around(scale, x, y), sent_m)
        if fit_score >= limits.fit_score:
            return _Reading(fits=True)
        if scale.cells >= limits.least_cells_of_move:
            misfit = self._moved(scale, sent_m, x, y, limits)
        if misfit is None and in_doubt is not None and fit_score < limits.no_fit_score:
            likely = self._of_datums(scale, sent_m, x, y, in_doubt)
            misfit = likely and replace(likely, datum=None)
        return _Reading(misfit=misfit)

    @aside
    def _in_doubt(self, chosen: Squares) -> Misfit | None:
        """Say that nobody knows where the streets are, unless the fixes show it."""
        step, limits = self._network.step, OF_FLEET
        if step is None or not (step.is_whole and step.misleads) or not len(chosen):
            return None
        x, y = centres(_fewer(chosen, limits, limits.most_cells))
        scale = self._scale(x, y)
        sent_m = scale.weigh(x, y)
        if scale.cells >= limits.least_cells_of_proof and sent_m.mean() <= limits.proof_m:
            return None
        nothing = float("nan")
        return Misfit(
            None, nothing, nothing, scale.cells, _mean(sent_m), nothing, round(step.off_m, 1)
        )

    @aside
    def _of_none(self, chosen: Squares) -> Misfit | None:
        """Say that most fixes of a fleet lie on no street, if that is sure."""
        limits, (x, y) = OF_FLEET, centres(chosen)
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


def _of_fleet(visits: Iterable[Visits]) -> Squares:
    squares = np.unique(np.concatenate([np.empty(0, np.int64), *(each.at_work for each in visits)]))
    return _fewer(squares, OF_FLEET, OF_FLEET.most_cells_of_none)


def _fewer(squares: Squares, limits: MisfitThresholds, most_cells: int) -> Squares:
    per_side = round(limits.cell_m / SQUARE_M)
    return choose(squares, per_side, most_cells, limits.most_of_cell)


def _mean(weighed_m: Floats) -> float:
    return round(float(weighed_m.mean()), 1)


_TURNS = 2.0 * np.pi * np.arange(12) / 12 + 0.2
_RING_M = [
    (float(away_m * np.cos(turn)), float(away_m * np.sin(turn)))
    for away_m, turn in zip(np.tile([170.0, 290.0, 430.0, 610.0], 3), _TURNS, strict=True)
]
"""Moves against which fixes that fit must lie nearer, of lengths that are no blocks of a town."""
