"""The fleet of a service date, and whether what was seen of it may be believed at all."""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from analytics.coverage.windows import service_windows
from analytics.tracking.fleet import street_fit
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit, StreetFit, withhold
from geofence.seen.observation import Observation


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
        self._vehicles = _at_work(plan, network, service_date)

    def misfit(self, observations: Iterable[Observation]) -> Misfit | None:
        """Say how the streets do not fit what was seen of all vehicles together."""
        return self._fit.read(
            each.squares for each in observations if each.vehicle_id in self._vehicles
        )

    def believed(
        self, observations: Sequence[Observation]
    ) -> tuple[tuple[Observation, ...], Misfit | None]:
        """Give what may be believed: all, or of no vehicle anything; and in the latter case why."""
        misfit = self.misfit(observations)
        if misfit is None:
            return tuple(observations), None
        return tuple(map(withhold, observations)), misfit


def _at_work(plan: Plan, network: Network, service_date: date) -> frozenset[str]:
    zone = ZoneInfo(plan.timezone)
    drawn = {grid for grids in network.section_grids for grid in grids}
    return frozenset(
        vehicle
        for grid in plan.grids
        if grid.id in drawn and service_windows(grid, service_date, zone, plan.rules)
        for vehicle in plan.vehicles_of(grid, service_date)
    )
