"""Whether the streets of a plan fit recorded pings: what ``pingcheng plan check --pings`` asks."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geofence.network.network import Network
    from geofence.plan.plan import Plan


def fit_of(plan: "Plan", network: "Network", pings: Path) -> tuple[str, str | None]:
    """Tell what was looked at, and what to warn of.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    from analytics.tracking.faults import warnings_of
    from analytics.tracking.fleet import FLEET, street_fit, visits_by_vehicle
    from ingest.fault import IngestError
    from ingest.files.ping_file import read_ping_file
    from ingest.ping import resolve

    try:
        recorded = read_ping_file(pings, known_vehicles=plan.vehicles)
    except IngestError as error:
        raise ValueError(str(error)) from error
    found = resolve(recorded.pings).pings
    count = found["vehicle_id"].nunique()
    seen = f"{len(found):,} of {count} vehicle{'' if count == 1 else 's'} of the plan"
    if refused := len(recorded.rejections):
        seen += f", {refused:,} row{'' if refused == 1 else 's'} refused"
    fit, visits = street_fit(network), visits_by_vehicle(found, network).values()
    if not fit.can_tell(visits):
        return f"{seen}: too few to tell whether the streets fit; name a file of a day's work", None
    misfit = fit.read(visits)
    if misfit is None:
        return f"{seen}: nothing speaks against the streets", None
    (warning,) = warnings_of({FLEET: misfit})
    return f"{seen}: the streets do not fit them", f"streets.geojson: {warning}"
