"""The fleet of a service date, and what of all that was seen may be believed at all."""

from collections.abc import Callable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.coverage.windows import service_windows
from analytics.tracking.fleet import FLEET, Misfits, find_misfits, street_fit
from analytics.verdicts.swapped import find_swapped
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation, withhold
from geofence.seen.street_fit import StreetFit


class Fleet:
    """The vehicles that work on a date in grids with a street that is drawn.

    Parameters
    ----------
    fit
        Of the plan's network, to make it but once for several dates.
    """

    def __init__(
        self, plan: Plan, network: Network, service_date: date, fit: StreetFit | None = None
    ) -> None:
        self._fit = fit or street_fit(network)
        self._plan, self._network, self._date = plan, network, service_date
        self._vehicles = _at_work(plan, network, service_date)

    def misfits(
        self,
        observations: Sequence[Observation],
        passing: Callable[[NDArray[np.int64]], Sequence[Observation]] | None = None,
    ) -> Misfits:
        """Say how what was seen of the fleet, or else of each vehicle, fits no street or name.

        Parameters
        ----------
        observations
            In order of vehicle id.
        passing
            Gives who passed over sections, where `observations` lack passes.
        """
        misfits = find_misfits(
            self._fit,
            (each.visits for each in observations if each.vehicle_id in self._vehicles),
            ((each.vehicle_id, each.visits) for each in observations),
        )
        if FLEET in misfits:
            return misfits
        swapped = find_swapped(observations, self._plan, self._network, self._date, passing)
        return swapped | misfits

    def believed(
        self, observations: Sequence[Observation]
    ) -> tuple[tuple[Observation, ...], Misfits]:
        """Give what may be believed, of vehicles that do not fit nothing; and of these why."""
        misfits = self.misfits(observations)
        return tuple(believe(each, misfits) for each in observations), misfits


def believe(observation: Observation, misfits: Misfits) -> Observation:
    """Give what may be believed of one vehicle."""
    is_doubted = FLEET in misfits or observation.vehicle_id in misfits
    return withhold(observation) if is_doubted else observation


def _at_work(plan: Plan, network: Network, service_date: date) -> frozenset[str]:
    zone = ZoneInfo(plan.timezone)
    drawn = {grid for grids in network.section_grids for grid in grids}
    return frozenset(
        vehicle
        for grid in plan.grids
        if grid.id in drawn and service_windows(grid, service_date, zone, plan.rules)
        for vehicle in plan.vehicles_of(grid, service_date)
    )
