"""Whether the streets of a plan fit recorded fixes: what ``pingcheng plan check`` asks of pings."""

import time
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geofence.network.network import Network
    from geofence.plan.plan import Plan
    from geofence.review.trackers import Tracker

LAST_DAYS = 7
"""Of a log that is asked: its newest fix, and those of so many days before."""


LEAST_TELLING = 100
"""A vehicle of which fewer fixes tell tasks may just have done nothing else meanwhile."""


def fit_of(
    plan: "Plan", network: "Network", source: Path | str
) -> "tuple[str, str | None, list[Tracker]]":
    """Tell what was looked at, what to warn of, and which tasks vehicles told.

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
    told = _told(found) if plan.work.needs else []
    fit, visits = street_fit(network), visits_by_vehicle(found, network).values()
    if not fit.can_tell(visits):
        more = "name a file of a day's work" if isinstance(source, Path) else "try after a day"
        return f"{seen}: too few to tell whether the streets fit; {more}", None, told
    misfit = fit.read(visits)
    if misfit is None:
        return f"{seen}: nothing speaks against the streets", None, told
    (warning,) = warnings_of({FLEET: misfit})
    return f"{seen}: the streets do not fit them", f"streets.geojson: {warning}", told


def _told(pings: "pd.DataFrame") -> "list[Tracker]":
    """Give which tasks each vehicle has told, of those that told of them often enough."""
    from geofence.review.trackers import Tracker

    if "tasks" not in pings.columns:
        return []
    telling = pings[pings["tasks"].notna()]
    masks = telling["tasks"].astype("int64").groupby(telling["vehicle_id"])
    return [
        Tracker(str(vehicle), "", reduce(or_, of_one.unique().tolist()), len(of_one))
        for vehicle, of_one in masks
        if len(of_one) >= LEAST_TELLING
    ]


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
