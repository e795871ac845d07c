"""Lines that lie on top of each other: one street exported once a direction, or drawn twice.

No fix can tell which of two coincident lines a truck was on, so they are one place. A stretch is a
twin if it runs within `TWIN_M` of its carrier, in its direction or against it, for `LEAST_RUN_M` or
for the whole of its section. A section that comes back beside itself is the twin of itself
there. Of two sections the longer one carries, and of equal lengths the one whose id comes first.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.twins import OWN_TWIN_M, TWIN_M, Stretch
from geofence.network.vertices import box_neighbours

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

LEAST_RUN_M = 25.0
"""Lines that meet at a sharp angle are close for a while; twins are longer or whole sections."""
OWN_RUN_M = 5.0
"""The same where a section comes back beside itself."""
ALONG_COS = np.cos(np.radians(20.0))
"""Pieces whose directions differ by no more are parallel."""
WHOLE = 0.8
"""Share of a section that has to be beside its carrier for the whole to be a twin."""
_ROUNDING_M = 1e-6


def find_twins(
    ids: Sequence[str], x: Floats, y: Floats, owner: Longs, measure_m: Floats
) -> list[Stretch]:
    """Find the stretches that lie on a carrier, each with its place there, by section."""
    order = _order(ids, owner, measure_m)
    found: dict[int, list[Stretch]] = {}
    for stretch in _near_pieces(x, y, owner, measure_m, order):
        found.setdefault(stretch.section, []).append(stretch)
    last = np.searchsorted(owner, np.arange(len(ids)), side="right") - 1
    twins: dict[int, list[Stretch]] = {}
    for section in sorted(found, key=lambda section: int(order[section])):
        length_m = float(measure_m[last[section]])
        for run in _runs(_first_of_each(found[section], order)):
            own = all(stretch.carrier == section for stretch in run)
            run_m = run[-1].to_m - run[0].from_m
            overhang_m = run[0].from_m, length_m - run[-1].to_m
            whole = max(overhang_m) <= run[0].bridged_m and run_m >= WHOLE * length_m
            if whole or run_m >= (OWN_RUN_M if own else LEAST_RUN_M):
                twins.setdefault(section, []).extend(_stretched(run, length_m))
    return [
        resolved
        for section in sorted(twins)
        for stretch in twins[section]
        for resolved in _resolved(stretch, twins)
        if resolved.to_m - resolved.from_m > _ROUNDING_M
    ]


def _order(ids: Sequence[str], owner: Longs, measure_m: Floats) -> Longs:
    """Give each section's place in the order in which they carry."""
    length_m = np.zeros(len(ids))
    np.maximum.at(length_m, owner, measure_m)
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[np.lexsort((np.array(ids, dtype=np.str_), -np.round(length_m, 1)))] = np.arange(len(ids))
    return ranks


def _near_pieces(
    x: Floats, y: Floats, owner: Longs, measure_m: Floats, order: Longs
) -> Iterator[Stretch]:
    """Give where a straight piece of a line lies along one that comes before it in the order."""
    begin = np.flatnonzero((owner[:-1] == owner[1:]) & (np.diff(measure_m) > _ROUNDING_M))
    ends = np.stack([np.stack([x[i], y[i]], axis=1) for i in (begin, begin + 1)], axis=1)
    shapes = np.asarray(shapely.linestrings(ends))
    late, early = box_neighbours(shapes, OWN_TWIN_M)
    rank = order[owner[begin]]
    later = (rank[late] > rank[early]) | ((rank[late] == rank[early]) & (late > early))
    late, early = late[later], early[later]
    span = ends[:, 1] - ends[:, 0]
    length_m = np.hypot(span[:, 0], span[:, 1])
    unit = span / length_m[:, None]
    cos = (unit[late] * unit[early]).sum(axis=1)
    along = np.abs(cos) >= ALONG_COS
    # a line that bends is close to itself: only where it runs against itself it comes back
    own = owner[begin[late]] == owner[begin[early]]
    along &= ~own | (cos < 0.0)
    late, early, cos, own = late[along], early[along], cos[along], own[along]
    close = shapely.dwithin(shapes[late], shapes[early], OWN_TWIN_M)
    late, early, cos, own = late[close], early[close], cos[close], own[close]
    offset = ends[late, 0] - ends[early, 0]
    at = (offset * unit[early]).sum(axis=1)
    aside = offset[:, 0] * unit[early, 1] - offset[:, 1] * unit[early, 0]
    drift = unit[late, 0] * unit[early, 1] - unit[late, 1] * unit[early, 0]
    within_m = np.where(own, OWN_TWIN_M, TWIN_M)
    low, high = np.zeros(len(late)), length_m[late]
    low, high = _clipped(low, high, at, cos, np.zeros(len(late)), length_m[early])
    low, high = _clipped(low, high, aside, drift, -within_m, within_m)
    kept = high - low > _ROUNDING_M
    columns = (
        owner[begin[late]], measure_m[begin[late]] + low, measure_m[begin[late]] + high,
        owner[begin[early]], measure_m[begin[early]] + at + low * cos,
        measure_m[begin[early]] + at + high * cos,
    )  # fmt: skip
    for row in zip(*(column[kept].tolist() for column in columns), strict=True):
        yield Stretch(*row)


def _clipped(
    low: Floats, high: Floats, value: Floats, slope: Floats, least: Floats, most: Floats
) -> tuple[Floats, Floats]:
    """Narrow ranges of t to where ``least <= value + slope t <= most``."""
    flat = np.abs(slope) < 1e-12
    safe = np.where(flat, 1.0, slope)
    one, other = (least - value) / safe, (most - value) / safe
    outside = flat & ((value < least) | (value > most))
    begin = np.where(flat, low, np.maximum(low, np.minimum(one, other)))
    end = np.where(flat, high, np.minimum(high, np.maximum(one, other)))
    return begin, np.where(outside, begin, end)


def _first_of_each(stretches: Sequence[Stretch], order: Longs) -> list[Stretch]:
    """Choose for each place of a section the carrier that comes first; gives them by measure."""
    bounds = sorted({bound for one in stretches for bound in (one.from_m, one.to_m)})
    waiting = sorted(stretches, key=lambda one: one.from_m)
    active: list[Stretch] = []
    chosen: list[Stretch] = []
    at = 0
    for low, high in pairwise(bounds):
        while at < len(waiting) and waiting[at].from_m <= low:
            active.append(waiting[at])
            at += 1
        active = [one for one in active if one.to_m >= high]
        if not active or high - low <= _ROUNDING_M:
            continue
        best = min(active, key=lambda one: (order[one.carrier], one.carrier_from_m, one.from_m))
        part = best._replace(
            from_m=low,
            to_m=high,
            carrier_from_m=best.place_m(low),
            carrier_to_m=best.place_m(high),
        )
        chosen.append(part)
    return chosen


def _runs(stretches: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """Put stretches together that follow each other, but for short gaps."""
    run: list[Stretch] = []
    for stretch in stretches:
        if run and stretch.from_m - run[-1].to_m > stretch.bridged_m:
            yield run
            run = []
        run.append(stretch)
    if run:
        yield run


def _stretched(run: Sequence[Stretch], length_m: float) -> Iterator[Stretch]:
    """Close the gaps of a run, also to the ends of its section where these are near."""
    for number, stretch in enumerate(run):
        from_m, to_m, place_m = stretch.from_m, stretch.to_m, stretch.carrier_from_m
        if number == 0 and stretch.carrier == stretch.section:
            if from_m - place_m <= 2.0 * stretch.bridged_m:  # it turned round between the two
                from_m = place_m = (from_m + place_m) / 2
        elif number == 0 and from_m <= stretch.bridged_m:
            from_m = 0.0
        if number + 1 < len(run):
            to_m = run[number + 1].from_m
        elif length_m - to_m <= stretch.bridged_m:
            to_m = length_m
        yield stretch._replace(from_m=from_m, to_m=to_m, carrier_from_m=place_m)


def _resolved(stretch: Stretch, twins: dict[int, list[Stretch]]) -> Iterator[Stretch]:
    """Follow a stretch whose carrier is a twin there itself to what carries both."""
    low_m, high_m = sorted((stretch.carrier_from_m, stretch.carrier_to_m))
    if high_m - low_m <= _ROUNDING_M:  # what rounding leaves between two stretches
        return
    bounds = {low_m, high_m}
    others = [
        other
        for other in twins.get(stretch.carrier, ())
        if other is not stretch and other.from_m < high_m and other.to_m > low_m
    ]
    for other in others:
        bounds |= {bound for bound in (other.from_m, other.to_m) if low_m < bound < high_m}
    ordered = sorted(bounds)
    if not others:
        yield stretch
        return
    for begin, end in pairwise(ordered):
        part = _over(stretch, begin, end)
        middle = (begin + end) / 2
        under = next((o for o in others if o.from_m <= middle <= o.to_m), None)
        if under is None:
            yield part
        else:
            further = part._replace(
                carrier=under.carrier,
                carrier_from_m=under.place_m(part.carrier_from_m),
                carrier_to_m=under.place_m(part.carrier_to_m),
            )
            yield from _resolved(further, twins)


def _over(stretch: Stretch, begin_m: float, end_m: float) -> Stretch:
    """Give the part of a stretch that lies on a part of its carrier."""
    way_m = stretch.carrier_to_m - stretch.carrier_from_m
    shares = sorted((bound - stretch.carrier_from_m) / way_m for bound in (begin_m, end_m))
    length_m = stretch.to_m - stretch.from_m
    return stretch._replace(
        from_m=stretch.from_m + shares[0] * length_m,
        to_m=stretch.from_m + shares[1] * length_m,
        carrier_from_m=stretch.carrier_from_m + shares[0] * way_m,
        carrier_to_m=stretch.carrier_from_m + shares[1] * way_m,
    )
