"""Streets and trucks that do not fit: who is asked, and in which datums either may be."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geofence.network.network import Network
from geofence.seen.misfit import Misfit
from geofence.seen.observe import read_fixes
from geofence.seen.squares import Visits, visited
from geofence.seen.street_fit import Convert, StreetFit
from geofence.track.no_fix import without_fix
from geofence.track.track import Fixes
from ingest.datum import (
    Datum,
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)

FIX_CONVERSIONS: dict[str, Convert] = {
    Datum.GCJ02: gcj02_to_wgs84,
    Datum.BD09: lambda longitude, latitude: gcj02_to_wgs84(*bd09_to_gcj02(longitude, latitude)),
}
"""What brings fixes of each datum onto streets in WGS 84."""
_STREET_CONVERSIONS: dict[str, Convert] = {
    Datum.GCJ02: wgs84_to_gcj02,
    Datum.BD09: lambda longitude, latitude: gcj02_to_bd09(*wgs84_to_gcj02(longitude, latitude)),
}
STREETS_IN, FIXES_IN = "streets ", "fixes "
"""Before the datum in `Misfit.datum`."""
FLEET = ""
"""Stands for all vehicles together where something names its vehicle."""
Misfits = dict[str, Misfit]
"""By vehicle; of a fleet that does not fit, only that of `FLEET`."""


def street_fit(network: Network) -> StreetFit:
    """Give what tells whether the streets are those that a fleet drives on."""
    conversions = {STREETS_IN + datum: each for datum, each in _STREET_CONVERSIONS.items()}
    conversions |= {FIXES_IN + datum: each for datum, each in FIX_CONVERSIONS.items()}
    return StreetFit(network, conversions)


def find_misfits(
    fit: StreetFit, of_fleet: Iterable[Visits], of_vehicles: Iterable[tuple[str, Visits]]
) -> Misfits:
    """Say how the streets do not fit a fleet, or else each vehicle.

    Parameters
    ----------
    of_fleet
        Where those moved that are asked together.
    of_vehicles
        The same by vehicle.
    """
    of_all = fit.read(of_fleet)
    if of_all is not None:
        return {FLEET: of_all}
    each = ((vehicle, fit.read_vehicle(vehicle, visits)) for vehicle, visits in of_vehicles)
    return {vehicle: misfit for vehicle, misfit in each if misfit is not None}


def read_misfits(pings: pd.DataFrame, network: Network) -> Misfits:
    """Say how the streets do not fit pings, as `ingest.ping.resolve` gives them."""
    visits = visits_by_vehicle(pings, network)
    return find_misfits(street_fit(network), visits.values(), visits.items())


def evidence_of(misfit: Misfit) -> str:
    """Say in words and figures what shows that streets do not fit, or a name."""
    if misfit.in_place_of:
        return f"it served the streets of {misfit.in_place_of}, whose own vehicles were silent"
    told = (
        f"mean distance from fixes to the nearest street {misfit.sent_m:.0f} m, where each counts "
        "60 m at most"
    )
    if not np.isnan(misfit.east_m):
        east, north = (round(metres) for metres in (misfit.east_m, misfit.north_m))
        told += f", {misfit.moved_m:.0f} m once moved by {east} m east and {north} m north"
    if misfit.coarse_m:
        told += f", while a street may lie {misfit.coarse_m:.0f} m from where it is drawn"
    return f"{told}, over {misfit.cells} cells of 100 m"


def visits_by_vehicle(pings: pd.DataFrame, network: Network) -> dict[str, Visits]:
    """Give where each vehicle moved."""
    fixes, _ = read_fixes(pings, network)
    numbers, vehicles = pd.factorize(pings["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
    return {
        str(vehicle): visited(_believed(fixes[slice(*first[[n, n + 1]].tolist())]))
        for n, vehicle in enumerate(vehicles)
    }


def _believed(fixes: Fixes) -> Fixes:
    return fixes[~without_fix(fixes.x, fixes.y, fixes.accuracy_m, fixes.satellites)]
