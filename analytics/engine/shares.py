"""A fleet in shares: some grids with their vehicles, seen and judged apart."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.verdicts.judge import Judgement, join
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit


@dataclass(frozen=True, slots=True)
class Share:
    """Some grids."""

    grid_ids: tuple[str, ...]
    vehicles: tuple[str, ...]
    """Who works in them on the date."""


def shares_of(plan: Plan, service_date: date, grids_at_once: int) -> Iterator[Share]:
    """Divide a fleet into shares, in the plan's order of grids."""
    for first in range(0, len(plan.grids), grids_at_once):
        grids = plan.grids[first : first + grids_at_once]
        vehicles = dict.fromkeys(v for g in grids for v in plan.vehicles_of(g, service_date))
        yield Share(tuple(grid.id for grid in grids), tuple(vehicles))


def bunches_of(
    shares: Iterable[Share], vehicles: Collection[str], at_once: int
) -> list[tuple[str, ...]]:
    """Divide vehicles into bunches: those of a share together, at last who is in none."""
    bunches: list[tuple[str, ...]] = []
    known: set[str] = set()
    for some in (*(share.vehicles for share in shares), sorted(vehicles)):
        new = [each for each in some if each in vehicles and each not in known]
        known.update(new)
        bunches += [tuple(new[n : n + at_once]) for n in range(0, len(new), at_once)]
    return bunches


def whole_of(
    judged: Sequence[Judgement],
    service_date: date,
    misfits: Mapping[str, Misfit],
    dropped: Mapping[str, int],
) -> Judgement:
    """Put what was judged of all shares, in their order, together; the fleet is counted once.

    Parameters
    ----------
    dropped
        How many fixes of the fleet were, by reason: those of `Judgement.unbelieved`, and
        ``outlier``.
    """
    return replace(
        join(judged),
        outlier_count=dropped["outlier"],
        unbelieved={why: count for why, count in dropped.items() if why != "outlier"},
        misfits=((service_date.isoformat(), misfits),) if misfits else (),
    )
