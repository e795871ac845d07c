"""Whether the streets of a plan fit recorded fixes: what ``pingcheng plan check`` asks of pings."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geofence.network.network import Network
    from geofence.plan.plan import Plan

LAST_DAYS = 7
"""Of a log that is asked: its newest fix, and those of so many days before."""


def fit_of(plan: "Plan", network: "Network", source: Path | str) -> tuple[str, str | None]:
    """Tell what was looked at, and what to warn of.

    Parameters
    ----------
    source
        A file of pings, or the URL of a log.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    from analytics.tracking.faults import warnings_of
    from analytics.tracking.fleet import FLEET, street_fit, visits_by_vehicle
    from ingest.fault import IngestError
    from ingest.ping import resolve

    try:
        pings, refused = _of_log(plan, source) if isinstance(source, str) else _of(plan, source)
    except IngestError as error:
        raise ValueError(str(error)) from error
    found = resolve(pings).pings
    count = found["vehicle_id"].nunique()
    seen = f"{len(found):,} of {count} vehicle{'' if count == 1 else 's'} of the plan"
    if refused:
        seen += f", {refused:,} row{'' if refused == 1 else 's'} refused"
    fit, visits = street_fit(network), visits_by_vehicle(found, network).values()
    if not fit.can_tell(visits):
        more = "name a file of a day's work" if isinstance(source, Path) else "try after a day"
        return f"{seen}: too few to tell whether the streets fit; {more}", None
    misfit = fit.read(visits)
    if misfit is None:
        return f"{seen}: nothing speaks against the streets", None
    (warning,) = warnings_of({FLEET: misfit})
    return f"{seen}: the streets do not fit them", f"streets.geojson: {warning}"


def fixes_of(plan: "Plan", file: Path) -> "NDArray[np.float64]":
    """Give (n, 2) longitudes and latitudes of the plan's vehicles in a file of pings.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    from ingest.fault import IngestError

    try:
        pings, _ = _of(plan, file)
    except IngestError as error:
        raise ValueError(str(error)) from error
    return pings[["longitude", "latitude"]].to_numpy(dtype="float64")


def _of(plan: "Plan", file: Path) -> "tuple[pd.DataFrame, int]":
    """Read a file of pings; count what it holds that is none."""
    from ingest.files.ping_file import read_ping_file

    recorded = read_ping_file(file, known_vehicles=plan.vehicles)
    return recorded.pings, len(recorded.rejections)


def _of_log(plan: "Plan", url: str) -> "tuple[pd.DataFrame, int]":
    """Read the last days of a log."""
    from ingest.log.pinglog import open_log

    with open_log(url, create=False) as log:
        since_ms = log.retention_ms(LAST_DAYS, round(time.time() * 1000))
        return log.read_pings(start_ms=since_ms, vehicles=plan.vehicles), 0
