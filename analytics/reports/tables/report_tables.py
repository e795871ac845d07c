"""From judged days, the history before them and what changed, to the frames of a report."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from analytics.day import Day
from analytics.history.history import Change
from analytics.reports.tables.rates import FAILURES, count_rates
from analytics.reports.tables.report import Miss, Report
from analytics.reports.tables.summary import summarise
from analytics.reports.tables.tracker_tables import fault_rows, silent_rows
from analytics.reports.tables.views import DTYPES, VERDICTS, VIEW_OF, VIEWS
from geofence.plan.plan import Plan

TREND_DAYS = 30
WORST = 20
_PLACE = ["service_date", "grid_id", "window", "street"]


def build_report(
    days: Sequence[Day],
    past: pd.DataFrame,
    changes: Sequence[Change],
    generated_ms: int,
) -> Report:
    """Put a report together.

    Parameters
    ----------
    days
        At least one, ascending by date.
    past
        What `History.verdicts` holds of the last 30 days up to the last of `days`; of the days
        themselves it tells the status and revision of each verdict, the verdicts are the days'.
    changes
        What was revised since the report before.
    generated_ms
        Instant to which the report is dated.
    """
    plan = days[-1].plan
    owners = _owners(days)
    streets = _streets(days, past, owners)
    make_ups = _make_ups(days, owners)
    window = _last_days(streets, past, days, owners)
    frames = {
        "streets": streets,
        "grids": _grids(days, past, owners),
        "problems": _problems(streets, make_ups, plan),
        "by_operator": _in_plan_order(count_rates(streets, ["operator"]), plan),
        "by_grid": count_rates(streets, ["grid_id", "operator"]),
        "by_street": count_rates(streets, ["grid_id", "operator", "street"]),
        "by_window": count_rates(streets, ["window"]).sort_values("window"),
        "by_weekday": _by_weekday(window),
        "trend": count_rates(window, ["service_date"]).sort_values("service_date"),
        "worst_streets": _worst(window),
        "make_ups": make_ups,
        "exempt": _exempt(days, owners),
        "unlocated": _unlocated(days, owners),
        "tracking_faults": pd.DataFrame(fault_rows(days)),
        "silent_vehicles": pd.DataFrame(silent_rows(days, owners)),
        "changes": _changes(changes, owners),
    }
    frames["summary"] = summarise(days, frames)
    return Report(
        plan_name=plan.name,
        plan_versions=tuple(dict.fromkeys(day.plan.version for day in days)),
        timezone=plan.timezone,
        schematic=any(day.plan.schematic for day in days),
        first=days[0].service_date,
        last=days[-1].service_date,
        generated_ms=generated_ms,
        frames={view.name: conform(frames[view.name], view.name) for view in VIEWS},
        misses=tuple(_misses(days)),
    )


def conform(frame: pd.DataFrame, view: str) -> pd.DataFrame:
    """Give exactly the columns and dtypes of a view."""
    return pd.DataFrame(
        {
            column.name: _column(frame, column.name, DTYPES[column.kind])
            for column in VIEW_OF[view].columns
        }
    )


def _column(frame: pd.DataFrame, name: str, dtype: str) -> pd.Series:
    if name not in frame.columns:  # there are no rows
        return pd.Series([], dtype=pandas_dtype(dtype))
    values = frame[name].reset_index(drop=True)
    return (values.fillna("") if dtype == "str" else values).astype(pandas_dtype(dtype))


def _owners(days: Iterable[Day]) -> dict[str, str]:
    """Give the name of each grid's operator, by the plan of the latest day that has it."""
    owners = {}
    for day in days:
        names = {operator.id: operator.name for operator in day.plan.operators}
        owners.update({grid.id: names[grid.operator_id] for grid in day.plan.grids})
    return owners


def _owner(grids: "pd.Series[str]", owners: Mapping[str, str]) -> "pd.Series[str]":
    return grids.map(owners).fillna("").astype("str")


def _streets(days: Sequence[Day], past: pd.DataFrame, owners: Mapping[str, str]) -> pd.DataFrame:
    streets = pd.concat([day.judgement.streets for day in days], ignore_index=True)
    streets = _with_revision(streets, past)
    return streets.assign(
        operator=_owner(streets["grid_id"], owners),
        missing_m=(1.0 - streets["served_ratio"]) * streets["length_m"],
    )


def _grids(days: Sequence[Day], past: pd.DataFrame, owners: Mapping[str, str]) -> pd.DataFrame:
    grids = pd.concat([day.judgement.grids for day in days], ignore_index=True)
    grids = _with_revision(grids.assign(street=""), past)
    return grids.assign(operator=_owner(grids["grid_id"], owners))


def _with_revision(verdicts: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Add the status and revision that the history knows of each verdict."""
    known = past[[*_PLACE, "status", "revision"]].drop_duplicates(_PLACE)
    for name in _PLACE:
        known = known.assign(**{name: known[name].astype(str).astype("str")})
    return verdicts.merge(known, on=_PLACE, how="left")


def _make_ups(days: Sequence[Day], owners: Mapping[str, str]) -> pd.DataFrame:
    made = pd.concat([day.make_ups for day in days], ignore_index=True)
    return made.assign(
        operator=_owner(made["grid_id"], owners),
        make_up=np.where(made["made_up_at"].notna(), "made_up", "open"),
    )


def _problems(streets: pd.DataFrame, make_ups: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Late, partial and skipped: by operator in the plan's order, the worst first."""
    wrong = streets[streets["verdict"].isin(FAILURES)]
    made = make_ups[[*_PLACE, "made_up_at", "vehicle_id"]]
    wrong = wrong.merge(made, on=_PLACE, how="left")
    wrong["vehicle_id"] = wrong["vehicle_id"].fillna("")
    order = {operator.name: number for number, operator in enumerate(plan.operators)}
    rank = {verdict: number for number, verdict in enumerate(FAILURES)}
    return (
        wrong.assign(_operator=wrong["operator"].map(order), _rank=wrong["verdict"].map(rank))
        .sort_values(
            ["service_date", "_operator", "_rank", "grid_id", "window", "street"], kind="stable"
        )
        .reset_index(drop=True)
    )


def _in_plan_order(counts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    order = {operator.name: number for number, operator in enumerate(plan.operators)}
    return counts.sort_values("operator", key=lambda names: names.map(order), kind="stable")


def _last_days(
    streets: pd.DataFrame, past: pd.DataFrame, days: Sequence[Day], owners: Mapping[str, str]
) -> pd.DataFrame:
    """Put the verdicts of streets of the last 30 days together; those of `days` are their own."""
    last = days[-1].service_date
    first = min(days[0].service_date, last - timedelta(days=TREND_DAYS - 1))
    dates = past["service_date"].astype(str)
    own = {day.service_date.isoformat() for day in days}
    inside = (dates >= first.isoformat()) & (dates <= last.isoformat()) & ~dates.isin(own)
    # one that was exempt, or fell away with a change of plan, is no verdict
    before = past[inside & (past["street"] != "") & past["verdict"].isin(VERDICTS)]
    before = before.assign(
        service_date=dates[before.index].astype("str"), operator=_owner(before["grid_id"], owners)
    )
    names = [*_PLACE, "operator", "verdict"]
    both = [part[names] for part in (before, streets) if len(part)]
    return pd.concat(both, ignore_index=True) if both else streets[names]


def _by_weekday(window: pd.DataFrame) -> pd.DataFrame:
    days = {
        text: str(date.fromisoformat(text).isoweekday()) for text in set(window["service_date"])
    }
    weekday = window["service_date"].map(days).astype("str")
    return count_rates(window.assign(weekday=weekday), ["weekday"]).sort_values("weekday")


def _worst(window: pd.DataFrame) -> pd.DataFrame:
    """Streets with the lowest rate of compliance, of those that failed at all."""
    keys = ["grid_id", "operator", "street"]
    counts = count_rates(window, keys)
    failed = window[window["verdict"].isin(FAILURES)]
    when = failed.groupby(keys, sort=False)["service_date"].agg(["nunique", "max"]).reset_index()
    worst = counts.merge(when, on=keys)
    missed = worst["skipped"] + worst["partial"]
    return (
        worst.assign(days_failed=worst["nunique"], last_failed=worst["max"], _missed=-missed)
        .sort_values(["compliance_rate", "_missed", "grid_id", "street"], kind="stable")
        .head(WORST)
        .reset_index(drop=True)
    )


def _exempt(days: Sequence[Day], owners: Mapping[str, str]) -> pd.DataFrame:
    exempt = pd.concat([day.exempt for day in days], ignore_index=True)
    return exempt.assign(operator=_owner(exempt["grid_id"], owners))


def _unlocated(days: Sequence[Day], owners: Mapping[str, str]) -> pd.DataFrame:
    rows = dict.fromkeys(
        (grid.id, owners[grid.id], street)
        for day in days
        for grid in day.plan.grids
        for street in day.plan.unlocated(grid)
    )
    return pd.DataFrame(list(rows), columns=["grid_id", "operator", "street"])


def _changes(changes: Sequence[Change], owners: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "service_date": str(change.service_date),
            "grid_id": change.grid_id,
            "operator": owners.get(change.grid_id, ""),
            "window": change.window,
            "street": change.street,
            "before": change.before or "",
            "after": change.after or "",
            "cause": str(change.cause),
            "revision": change.revision,
            "recorded_at": pd.Timestamp(change.recorded_ms, unit="ms", tz="UTC"),
        }
        for change in changes
    )


def _misses(days: Iterable[Day]) -> Iterable[Miss]:
    for day in days:
        for judged in day.judgement.cases:
            if any(street.verdict.value in FAILURES for street in judged.streets):
                yield Miss(judged.case, judged.grid.verdict.value, tuple(judged.evidence()))
