"""The second collection: what is still open of a service date, as a tour for each operator.

One row is one street to go to, however many of its windows were missed; it then takes as many
passes. Streets are put in order by going on to the nearest one left, along straight lines between
the ends of streets: a list for a driver who knows the streets, not a route.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.network.network import Network
from geofence.plan.plan import Operator, Plan
from geofence.seen.observation import Observation

Floats = NDArray[np.float64]
Spot = tuple[float, float]
"""Local metres east and north."""
Reports = Mapping[tuple[str, str, str], tuple[int, str]]
"""By grid, window and street: how often residents reported the miss, and under which reference."""

OPEN, MADE_UP = "open", "made_up"
WORKLIST_DTYPES: dict[str, str] = {
    "service_date": "str",
    "operator": "str",
    "order": "Int64",
    "grid_id": "str",
    "street": "str",
    "windows": "str",
    "verdicts": "str",
    "passes_needed": "int64",
    "reports": "int64",
    "references": "str",
    "missing_m": "float64",
    "length_m": "float64",
    "from_previous_m": "float64",
    "longitude": "float64",
    "latitude": "float64",
    "state": "str",
    "made_up_at": "datetime64[ms, UTC]",
    "vehicle_id": "str",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Stop:
    """A street in one state, with where it can be entered and left."""

    operator_id: str
    misses: pd.DataFrame
    """Its rows of the make-ups, oldest first."""
    ends: Floats
    """Shape (n, 2): ends of its sections."""


def work_list(
    make_ups: pd.DataFrame,
    plan: Plan,
    network: Network,
    starts: Mapping[str, Spot],
    reports: Reports | None = None,
) -> pd.DataFrame:
    """Turn the make-ups of a service date into a list for each operator.

    Parameters
    ----------
    make_ups
        As `analytics.makeup.linking.make_ups` gives them.
    starts
        Where the tour of an operator begins, see `starts_of`; without one at its first street.
    reports
        What residents reported of the date.

    Returns
    -------
    DataFrame
        Columns of `WORKLIST_DTYPES`: by operator in the plan's order, first what is open in the
        order of the tour, then what was made up in order of time, without `order`. `windows`,
        `verdicts` and `references` are joined by ``|``. `missing_m` is the most that one of these
        windows lacks. Each place is where the street is entered.
    """
    stops = list(_stops(make_ups, plan, network))
    rows: list[dict[str, Any]] = []
    for operator in plan.operators:
        own = [stop for stop in stops if stop.operator_id == operator.id]
        waiting = [stop for stop in own if stop.misses["made_up_at"].isna().all()]
        done = [stop for stop in own if stop.misses["made_up_at"].notna().all()]
        tour = _tour([stop.ends for stop in waiting], starts.get(operator.id))
        for order, (place, entry, away_m) in enumerate(tour, 1):
            rows.append(
                _row(waiting[place], OPEN, entry, network, reports or {})
                | {"order": order, "from_previous_m": away_m}
            )
        done.sort(key=lambda stop: stop.misses["made_up_at"].max())
        rows += [_row(stop, MADE_UP, _at(stop.ends, 0), network, reports or {}) for stop in done]
    frame = pd.DataFrame(rows, columns=list(WORKLIST_DTYPES), dtype=object)
    instants = pd.to_datetime(frame["made_up_at"], utc=True).astype("datetime64[ms, UTC]")
    return frame.assign(made_up_at=instants).astype(WORKLIST_DTYPES)


def starts_of(plan: Plan, network: Network, observations: Sequence[Observation]) -> dict[str, Spot]:
    """Say where each operator's tour begins: at the spare heard of last, else at the depot.

    An operator without either begins at its first street and is not named.
    """
    heard = {seen.vehicle_id: seen for seen in observations if len(seen.time_ms)}
    starts = {}
    for operator in plan.operators:
        spot = _last_fix(operator, heard) or _depot(plan, network)
        if spot is not None:
            starts[operator.id] = spot
    return starts


def _last_fix(operator: Operator, heard: Mapping[str, Observation]) -> Spot | None:
    seen = [heard[vehicle] for vehicle in sorted(operator.spares) if vehicle in heard]
    latest = max(seen, key=lambda one: int(one.time_ms[-1]), default=None)
    return None if latest is None else (float(latest.x[-1]), float(latest.y[-1]))


def _depot(plan: Plan, network: Network) -> Spot | None:
    for facility in plan.facilities:
        if facility.kind == "depot":
            x, y = network.projection.to_metres(
                np.array([facility.longitude]), np.array([facility.latitude])
            )
            return float(x[0]), float(y[0])
    return None


def _stops(make_ups: pd.DataFrame, plan: Plan, network: Network) -> Iterator[_Stop]:
    operators = {grid.id: grid.operator_id for grid in plan.grids}
    is_open = make_ups["made_up_at"].isna()
    for (grid_id, street, _), misses in make_ups.groupby(
        ["grid_id", "street", is_open.rename("open")], sort=False
    ):
        sections = [
            number
            for number in network.sections_of_grid.get(str(grid_id), ())
            if network.section_names[number] == street
        ]
        ends = [
            np.concatenate(network.position(section, np.array([measure])))
            for section in sections
            for measure in (0.0, float(network.section_length_m[section]))
        ]
        yield _Stop(operators[str(grid_id)], misses, np.array(ends))


def _tour(streets: Sequence[Floats], start: Spot | None) -> Iterator[tuple[int, Spot, float]]:
    """Go from street to street, always to the nearest end left; the first wins a tie.

    Gives the place of each street, where it is entered, and how far that is from where the one
    before was left: at its end furthest from the entry.
    """
    left = list(range(len(streets)))
    at = start
    while left:
        if at is None:
            at = _at(streets[left[0]], 0)
        away = [np.hypot(*(streets[place] - at).T) for place in left]
        nearest = int(np.argmin([each.min() for each in away]))
        ends, end = streets[left[nearest]], int(np.argmin(away[nearest]))
        yield left.pop(nearest), _at(ends, end), float(away[nearest][end])
        at = _at(ends, int(np.argmax(np.hypot(*(ends - ends[end]).T))))


def _at(ends: Floats, place: int) -> Spot:
    return float(ends[place, 0]), float(ends[place, 1])


def _row(
    stop: _Stop, state: str, entry: Spot, network: Network, reports: Reports
) -> dict[str, Any]:
    misses = stop.misses
    keys = zip(misses["grid_id"], misses["window"], misses["street"], strict=True)
    told = [reports[key] for key in keys if key in reports]
    longitude, latitude = network.projection.to_degrees(np.array(entry[:1]), np.array(entry[1:]))
    lacking_m = misses["missing_m"] * (1.0 - misses["made_up_share"])
    is_open = state == OPEN
    return {
        "service_date": misses["service_date"].iloc[0],
        "operator": stop.operator_id,
        "order": pd.NA,
        "grid_id": misses["grid_id"].iloc[0],
        "street": misses["street"].iloc[0],
        "windows": "|".join(misses["window"]),
        "verdicts": "|".join(misses["verdict"]),
        "passes_needed": len(misses) if is_open else 0,
        "reports": sum(count for count, _ in told),
        "references": "|".join(reference for _, reference in told),
        "missing_m": float((lacking_m if is_open else misses["missing_m"]).max()),
        "length_m": misses["length_m"].iloc[0],
        "from_previous_m": np.nan,
        "longitude": round(float(longitude[0]), 6),
        "latitude": round(float(latitude[0]), 6),
        "state": state,
        "made_up_at": pd.NaT if is_open else misses["made_up_at"].max(),
        "vehicle_id": "" if is_open else "|".join(dict.fromkeys(misses["vehicle_id"])),
    }
