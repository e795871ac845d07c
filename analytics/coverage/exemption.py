"""What a plan's exceptions leave out of a service date: not judged, and counted apart."""

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.coverage.windows import service_windows
from geofence.network.network import Network
from geofence.plan.plan import Exemption, Plan

EXEMPT_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "street": "str",
    "reason": "str",
    "note": "str",
}


def exempt_streets(
    plan: Plan, grid_id: str, window: str, service_date: date, streets: Iterable[str]
) -> dict[str, Exemption]:
    """Tell which of a grid's streets are not judged in a window of a date, and by what.

    Of several exceptions that name a street the plan's first counts.
    """
    concerning = [
        exemption
        for exemption in plan.exemptions_of(grid_id)
        if exemption.first <= service_date <= exemption.last
        and (not exemption.windows or window in exemption.windows)
    ]
    found: dict[str, Exemption] = {}
    for street in streets if concerning else ():
        for exemption in concerning:
            if not exemption.streets or street in exemption.streets:
                found[street] = exemption
                break
    return found


def exempt_frame(plan: Plan, network: Network, service_date: date) -> pd.DataFrame:
    """List what is not judged on a date.

    Returns
    -------
    DataFrame
        Columns of `EXEMPT_DTYPES`, a row a street and window, by grid and window in the plan's
        order and street. Unlocated streets are not among them.
    """
    rows = list(_rows(plan, network, service_date)) if plan.exemptions else []
    columns = list(zip(*rows, strict=True)) or [()] * len(EXEMPT_DTYPES)
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=dtype)
            for (name, dtype), values in zip(EXEMPT_DTYPES.items(), columns, strict=True)
        }
    )


def _rows(plan: Plan, network: Network, service_date: date) -> Iterator[tuple[str, ...]]:
    zone = ZoneInfo(plan.timezone)
    for grid in plan.grids:
        sections = network.sections_of_grid.get(grid.id, ())
        streets = sorted({network.section_names[section] for section in sections})
        for window in service_windows(grid, service_date, zone, plan.rules):
            exempt = exempt_streets(plan, grid.id, window.text, service_date, streets)
            for street, exemption in exempt.items():
                yield (
                    service_date.isoformat(), grid.id, window.text, street,
                    exemption.reason, exemption.note,
                )  # fmt: skip
