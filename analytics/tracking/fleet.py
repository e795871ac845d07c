"""Streets and a fleet that do not fit: who is asked, and in which datums streets may be."""

import numpy as np
import pandas as pd

from geofence.network.network import Network
from geofence.seen.datum_fault import Convert
from geofence.seen.misfit import Misfit, StreetFit
from geofence.seen.observe import read_fixes
from geofence.seen.squares import Squares, visited
from ingest.decoding.datum import (
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


def street_fit(network: Network) -> StreetFit:
    """Give what tells whether the streets are those that a fleet drives on."""
    conversions = {STREETS_IN + datum: each for datum, each in _STREET_CONVERSIONS.items()}
    conversions |= {FIXES_IN + datum: each for datum, each in FIX_CONVERSIONS.items()}
    return StreetFit(network, conversions)


def read_fleet(pings: pd.DataFrame, network: Network) -> Misfit | None:
    """Say how the streets do not fit the pings of a fleet, as `ingest.ping.resolve` gives them."""
    return street_fit(network).read(visited_by_fleet(pings, network))


def evidence_of(misfit: Misfit) -> str:
    """Say in words and figures what shows that streets do not fit."""
    told = (
        f"mean distance from fixes at work to the nearest street {misfit.sent_m:.0f} m, of which "
        "60 m count at most"
    )
    if not np.isnan(misfit.east_m):
        east, north = (round(metres) for metres in (misfit.east_m, misfit.north_m))
        told += f", {misfit.moved_m:.0f} m once moved by {east} m east and {north} m north"
    return f"{told}, over {misfit.cells} squares"


def visited_by_fleet(pings: pd.DataFrame, network: Network) -> list[Squares]:
    """Give where each vehicle was at the pace of work."""
    fixes, _ = read_fixes(pings, network)
    numbers, vehicles = pd.factorize(pings["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
    return [visited(fixes[slice(*first[[n, n + 1]].tolist())]) for n in range(len(vehicles))]
