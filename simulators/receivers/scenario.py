"""What goes wrong on a simulated date: which streets are missed, done late or done unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zlib import crc32

import numpy as np

from simulators.trucks.service_day import WindowTimes

AFTER_GRACE_S = (60.0, 180.0)
"""Seconds between a window's last moment in time and the start of a late tour."""
LATE_PACE_MPS = 0.8
"""How many metres a second a late tour is trusted to collect, all told."""
LATE_TRAVEL_S = 420.0
"""Seconds it is given to get there."""
MAKE_UP_AFTER_S = (300.0, 1200.0)
"""Seconds between the end of what it must come after and the start of a second collection."""
SHORT_STREET_M = 150.0
"""Shorter streets are spared: where a truck stops or turns nearby counts for too much of them."""
PART_SHARE = (0.3, 0.7)
"""Share of a street's length missed when only part of it is."""


class Kind(StrEnum):
    """What befalls a grid for a whole date."""

    CLEAN = "clean"
    LATE = "late"
    SKIP = "skip"
    GAP = "gap"
    MAKE_UP = "make_up"


class Scenario(StrEnum):
    """What befalls the city: one kind for every grid, or a mixture of all."""

    CLEAN = "clean"
    LATE = "late"
    SKIP = "skip"
    GAP = "gap"
    MAKE_UP = "make_up"
    MIXED = "mixed"


MIXTURE = {Kind.LATE: 0.15, Kind.SKIP: 0.15, Kind.GAP: 0.15}
"""Shares of grids in a mixed city; the rest is clean."""


@dataclass(frozen=True, slots=True)
class Street:
    """A street of a grid, as the simulator sees it."""

    name: str
    edges: tuple[int, ...]
    lengths_m: tuple[float, ...]

    @property
    def length_m(self) -> float:
        """Its whole length."""
        return sum(self.lengths_m)


@dataclass(frozen=True, slots=True)
class Episode:
    """Streets of one grid that are not collected for a time, because of one window."""

    kind: Kind
    window: WindowTimes
    streets: tuple[str, ...]
    edges: frozenset[int]
    from_s: float
    until_s: float
    catch_up_s: float | None
    """When a late tour or a second collection begins; None if they are given up."""


def seeded(seed: int, *words: str) -> np.random.Generator:
    """Give a generator that depends on the seed and what it is for, and on nothing else."""
    return np.random.default_rng([seed, *(crc32(word.encode()) for word in words)])


def kinds(scenario: Scenario, grid_ids: Sequence[str], seed: int) -> dict[str, Kind]:
    """Say what befalls each grid; in a mixture each kind gets its share as nearly as it divides."""
    if scenario is not Scenario.MIXED:
        return dict.fromkeys(grid_ids, Kind(scenario.value))
    dealt = [kind for kind, share in MIXTURE.items() for _ in range(round(share * len(grid_ids)))]
    dealt += [Kind.CLEAN] * (len(grid_ids) - len(dealt))
    order = seeded(seed, "kinds").permutation(len(grid_ids))
    return {grid_ids[place]: kind for place, kind in zip(order.tolist(), dealt, strict=True)}


def episodes(
    kind: Kind,
    windows: Sequence[WindowTimes],
    streets: Mapping[str, Street],
    rng: np.random.Generator,
    *,
    by_spare: bool = False,
) -> list[Episode]:
    """Draw one or two windows of a grid and the streets that are late or missed in them.

    What is made up is collected again by the grid's own truck after its last window, or `by_spare`
    as soon as it is missed. It must be missed while there is still work to do that day.
    """
    if kind not in {Kind.LATE, Kind.SKIP, Kind.MAKE_UP} or not windows:
        return []
    wanted = int(rng.integers(1, 3))
    drawn: list[Episode] = []
    day_end_s = max(window.end_s for window in windows)
    if kind is Kind.MAKE_UP:
        windows = [window for window in windows if window.last_s < day_end_s]
    for place in rng.permutation(len(windows)).tolist():
        window = windows[place]
        if len(drawn) == wanted or any(
            window.start_s < other.until_s and other.from_s < window.last_s for other in drawn
        ):
            continue
        episode = (_late if kind is Kind.LATE else _skip)(window, streets, rng)
        if episode is not None and kind is Kind.MAKE_UP:
            after_s = window.last_s if by_spare else day_end_s
            begin_s = after_s + rng.uniform(*MAKE_UP_AFTER_S)
            episode = replace(episode, kind=kind, catch_up_s=begin_s)
        if episode is not None:
            drawn.append(episode)
    return drawn


def _late(
    window: WindowTimes, streets: Mapping[str, Street], rng: np.random.Generator
) -> Episode | None:
    """Hold streets back until grace is over, as many as can still be done by the deadline."""
    room_m = LATE_PACE_MPS * (window.last_s - window.in_time_s - LATE_TRAVEL_S)
    chosen = []
    for street in _drawn(streets, rng):
        if street.length_m <= room_m:
            chosen.append(street)
            room_m -= street.length_m
    if not chosen:
        return None
    start_s = window.in_time_s + rng.uniform(*AFTER_GRACE_S)
    return _episode(
        Kind.LATE, window, chosen, [edge for street in chosen for edge in street.edges], start_s
    )


def _skip(
    window: WindowTimes, streets: Mapping[str, Street], rng: np.random.Generator
) -> Episode | None:
    """Give streets up until the deadline, wholly, or one in three in part."""
    chosen = _drawn(streets, rng)
    edges = [
        edge
        for street in chosen
        for edge in (_part(street, rng) if rng.random() < 1 / 3 else street.edges)
    ]
    return _episode(Kind.SKIP, window, chosen, edges, None) if chosen else None


def _episode(
    kind: Kind,
    window: WindowTimes,
    streets: Sequence[Street],
    edges: Sequence[int],
    catch_up_s: float | None,
) -> Episode:
    return Episode(
        kind=kind,
        window=window,
        streets=tuple(street.name for street in streets),
        edges=frozenset(edges),
        from_s=window.start_s,
        until_s=window.last_s if catch_up_s is None else catch_up_s,
        catch_up_s=catch_up_s,
    )


def _drawn(streets: Mapping[str, Street], rng: np.random.Generator) -> list[Street]:
    """Draw up to three streets, at most half of those long enough (one if there is but one)."""
    fit = [street for street in streets.values() if street.length_m >= SHORT_STREET_M]
    if not fit:
        return []
    count = int(rng.integers(1, max(1, min(3, len(fit) // 2)) + 1))
    return [fit[place] for place in rng.permutation(len(fit))[:count].tolist()]


def _part(street: Street, rng: np.random.Generator) -> tuple[int, ...]:
    """Choose the first or the last edges of a street so that a fair part is missed, else all."""
    share = np.cumsum(street.lengths_m) / street.length_m
    low, high = PART_SHARE
    cuts = [number for number, part in enumerate(share.tolist(), 1) if low <= part <= high]
    if not cuts:
        return street.edges
    cut = int(rng.choice(cuts))
    return street.edges[:cut] if rng.random() < 0.5 else street.edges[cut:]
