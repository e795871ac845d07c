"""A fleet in shares: some grids with what was seen of their vehicles, judged apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.verdicts.judge import Judgement, count_unbelieved, join
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Some grids."""

    grid_ids: tuple[str, ...]
    observations: tuple[Observation, ...]
    """What may be believed of each of their vehicles on the date."""


def shares_of(
    observations: Sequence[Observation], plan: Plan, service_date: date, grids_at_once: int
) -> Iterator[Share]:
    """Divide a fleet into shares, in the plan's order of grids."""
    of_vehicle = {one.vehicle_id: one for one in observations}
    for first in range(0, len(plan.grids), grids_at_once):
        grids = plan.grids[first : first + grids_at_once]
        vehicles = dict.fromkeys(v for g in grids for v in plan.vehicles_of(g, service_date))
        yield Share(
            tuple(grid.id for grid in grids),
            tuple(of_vehicle[vehicle] for vehicle in vehicles if vehicle in of_vehicle),
        )


def whole_of(
    judged: Sequence[Judgement],
    observations: Sequence[Observation],
    service_date: date,
    misfits: Mapping[str, Misfit],
) -> Judgement:
    """Put what was judged of all shares, in their order, together; the fleet is counted once."""
    return replace(
        join(judged),
        outlier_count=sum(len(one.outlier_ms) for one in observations),
        unbelieved=count_unbelieved(observations),
        misfits=((service_date.isoformat(), misfits),) if misfits else (),
    )
