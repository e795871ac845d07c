"""Which of several namesakes a grid means: the one that keeps it, and its operator, together.

What has one candidate only is an anchor. Of all else the candidate nearest to the anchors of its
grid, its operator and the plan counts, if it is clearly nearer than the next; what is chosen is an
anchor in the next round, until nothing more is clear.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geofence.locating.candidates import Candidate
from geofence.locating.ground.measured_map import Floats

CLEAR_RATIO = 1.5
CLEAR_M = 300.0
"""The next candidate must cost this many times as much, and this much more, or none is taken."""
COMPACT_M = 1500.0
FAR_RATIO = 6.0
"""If the best costs more than this, or the anchors of the grid lie further from one another, the
next must cost this many times as much: to scattered streets something is always the nearest."""
CLOSE_RATIO = 3.0
CLOSE_M = 600.0
"""If it costs no more than this, the choice stands, with a remark."""
FARTHEST_M = 20_000.0
"""What is further off than this counts as this far."""
HALF_M = 500.0
"""A cost at which the score is one half."""
_OPERATOR_WEIGHT = 0.3
_PLAN_WEIGHT = 0.1
_MOST_ANCHORS = 12
_MOST_CANDIDATES = 16
_NEIGHBOURS = 3
_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Slot:
    """A name that a grid mentions, and what it may mean."""

    grid: int
    operator: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a slot means: a candidate, or None if no one is clear."""

    candidate: Candidate | None
    cost_m: float = 0.0
    """Mean distance from the nearer half of the anchors, 0 where there was no choice."""
    next_m: float | None = None
    """Of the best one that was not taken."""

    @property
    def is_close(self) -> bool:
        """Whether the next one is so near that a person should look."""
        return self.next_m is not None and self.next_m < CLOSE_RATIO * self.cost_m + CLOSE_M


def score_of(cost_m: float) -> float:
    """Turn a cost into a score from 0 to 1."""
    return 1.0 / (1.0 + cost_m / HALF_M)


class _Anchors:
    """What is certain so far."""

    def __init__(
        self,
        slots: Sequence[Slot],
        choices: Mapping[int, Choice],
        areas: Mapping[int, BaseGeometry],
        bounds: dict[int, Floats],
    ) -> None:
        self._areas = areas
        self._bounds = bounds
        self._spreads: dict[int, float] = {}
        self._of_grid: dict[int, list[Candidate]] = defaultdict(list)
        of_operator: dict[int, list[Floats]] = defaultdict(list)
        for number, choice in sorted(choices.items()):
            candidate, slot = choice.candidate, slots[number]
            if candidate is not None:
                self._of_grid[slot.grid].append(candidate)
                of_operator[slot.operator].append(candidate.samples)
        self._operator_trees = {
            operator: cKDTree(np.concatenate(samples)) for operator, samples in of_operator.items()
        }
        every = [samples for each in of_operator.values() for samples in each]
        self._plan_tree = cKDTree(np.concatenate(every)) if every else None

    def costs(self, slot: Slot, candidates: Sequence[Candidate]) -> Floats | None:
        """Give what each candidate costs, in metres; None if nothing is certain yet."""
        of_grid = self._grid_costs(slot, candidates)
        if slot.grid in self._areas:
            return of_grid
        of_operator = self._costs_of(self._operator_trees.get(slot.operator), candidates)
        if of_grid is not None:
            return of_grid if of_operator is None else of_grid + _OPERATOR_WEIGHT * of_operator
        of_plan = self._costs_of(self._plan_tree, candidates)
        if of_operator is not None and of_plan is not None:
            return of_operator + _PLAN_WEIGHT * of_plan
        return of_plan

    def nearest(self, slot: Slot) -> Sequence[Candidate]:
        """Give the candidates that may be the best: of a name with hundreds of streets a few."""
        around = self._around(slot)
        if around is None or len(slot.candidates) <= _MOST_CANDIDATES:
            return slot.candidates
        key = id(slot.candidates)
        if key not in self._bounds:
            self._bounds[key] = shapely.bounds([each.geometry for each in slot.candidates])
        bounds = self._bounds[key]
        off = np.maximum(np.maximum(bounds[:, :2] - around, around - bounds[:, 2:]), 0.0)
        order = np.argsort(np.hypot(*off.T), kind="stable")[:_MOST_CANDIDATES]
        return [slot.candidates[at] for at in order]

    def _around(self, slot: Slot) -> Floats | None:
        """Give the middle of what is certain of a grid, else of its operator, else of the plan."""
        if slot.grid in self._areas:
            return np.asarray(shapely.get_coordinates(self._areas[slot.grid].centroid)[0])
        if self._of_grid[slot.grid]:
            return np.asarray(np.mean([each.middle for each in self._of_grid[slot.grid]], axis=0))
        tree = self._operator_trees.get(slot.operator, self._plan_tree)
        return None if tree is None else np.asarray(np.median(tree.data, axis=0))

    def spread_m(self, slot: Slot) -> float:
        """Give how far the anchors of a grid lie from one another, as costs are measured."""
        if slot.grid not in self._spreads:
            own = _nearer_half(anchors, anchors) if len(anchors := self._near(slot)) > 1 else [0.0]
            self._spreads[slot.grid] = float(np.mean(own))
        return self._spreads[slot.grid]

    def _near(self, slot: Slot) -> list[BaseGeometry]:
        """Give the area of a grid, else what is certain of it."""
        area = self._areas.get(slot.grid)
        if area is not None:
            return [area]
        return [anchor.geometry for anchor in self._of_grid[slot.grid][:_MOST_ANCHORS]]

    def _grid_costs(self, slot: Slot, candidates: Sequence[Candidate]) -> Floats | None:
        anchors = self._near(slot)
        if not anchors:
            return None
        return _nearer_half([candidate.geometry for candidate in candidates], anchors)

    @staticmethod
    def _costs_of(tree: cKDTree | None, candidates: Sequence[Candidate]) -> Floats | None:
        """Give how far each candidate is from the nearest places on anchors."""
        if tree is None:
            return None
        nearest = [*range(1, min(_NEIGHBOURS, tree.n) + 1)]
        off = [tree.query(candidate.samples, k=nearest)[0] for candidate in candidates]
        return np.array([np.minimum(each, FARTHEST_M).mean(axis=1).min() for each in off])


def choose(slots: Sequence[Slot], areas: Mapping[int, BaseGeometry]) -> list[Choice]:
    """Choose for every slot; `areas` holds the areas of grids that have one, in metres."""
    certain = {
        number: Choice(slot.candidates[0])
        for number, slot in enumerate(slots)
        if len(slot.candidates) == 1
    }
    waiting = [number for number in range(len(slots)) if number not in certain]
    unclear: dict[int, Choice] = {}
    bounds: dict[int, Floats] = {}
    for _ in range(_MOST_ROUNDS):
        anchors = _Anchors(slots, certain, areas, bounds)
        made = {number: _choice(slots[number], anchors) for number in waiting}
        clear = {number: each for number, each in made.items() if each.candidate is not None}
        unclear |= made
        certain |= clear
        # only beside a new anchor may anything be clearer than before
        grids = {slots[number].grid for number in clear}
        operators = {slots[number].operator for number in clear}
        waiting = [
            number
            for number in unclear
            if number not in certain
            and (slots[number].grid in grids or slots[number].operator in operators)
        ]
        if not waiting:
            break
    return [certain.get(number) or unclear[number] for number in range(len(slots))]


def _choice(slot: Slot, anchors: _Anchors) -> Choice:
    candidates = anchors.nearest(slot)
    costs = anchors.costs(slot, candidates)
    if costs is None:
        return Choice(None)
    order = np.argsort(costs, kind="stable")
    best, second = float(costs[order[0]]), float(costs[order[1]])
    is_compact = max(best, anchors.spread_m(slot)) <= COMPACT_M
    ratio = CLEAR_RATIO if is_compact else FAR_RATIO
    clear = second >= max(ratio * best, best + CLEAR_M)
    return Choice(candidates[order[0]] if clear else None, best, second)


def _nearer_half(geometries: Sequence[BaseGeometry], anchors: Sequence[BaseGeometry]) -> Floats:
    """Give the mean distance of each geometry from the nearer half of the anchors."""
    one = np.array(geometries, dtype=object)[:, None]
    off = np.minimum(shapely.distance(one, np.array(anchors, dtype=object)[None, :]), FARTHEST_M)
    return np.asarray(np.sort(off, axis=1)[:, : (len(anchors) + 1) // 2].mean(axis=1))
