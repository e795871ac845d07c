"""The headline of a report: one number a measure."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analytics.day import Day
from analytics.reports.tables.rates import count_rates
from analytics.reports.tables.tracker_tables import vehicles_on_duty
from analytics.reports.tables.views import RATES, VERDICTS

MEASURES = (
    "days",
    *(column.name for column in RATES),
    *(f"grids_{verdict}" for verdict in VERDICTS),
    "missing_m",
    "misses",
    "misses_made_up",
    "misses_open",
    "exempt",
    "unlocated",
    "pings",
    "vehicles_on_duty",
    "vehicles_silent",
    "vehicles_faulty",
    "changes",
)
"""Order of the rows of the summary."""
SHARES = frozenset({"compliance_rate", "done_rate", "unknown_rate"})
"""Measures that are shares of 1; all others are counts, or metres if they end in ``_m``."""


def summarise(days: Sequence[Day], frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Give the columns ``measure`` and ``value``, one row of each of `MEASURES`."""
    streets, made = frames["streets"], frames["make_ups"]
    total = count_rates(streets.assign(all="all"), ["all"])
    values: dict[str, float] = {
        column.name: float(total[column.name].iloc[0]) if len(total) else float("nan")
        for column in RATES
    }
    if not len(total):
        values.update(dict.fromkeys([*VERDICTS, "judged"], 0.0))
    grids = frames["grids"]["verdict"].value_counts()
    values.update({f"grids_{verdict}": float(grids.get(verdict, 0)) for verdict in VERDICTS})
    is_made_up = made["make_up"] == "made_up"
    faults = frames["tracking_faults"]
    values.update(
        days=float(len(days)),
        missing_m=float(made["missing_m"].sum()),
        misses=float(len(made)),
        misses_made_up=float(is_made_up.sum()),
        misses_open=float((~is_made_up).sum()),
        exempt=float(len(frames["exempt"])),
        unlocated=float(len(frames["unlocated"])),
        pings=float(sum(day.ping_count for day in days)),
        vehicles_on_duty=float(
            len({v for day in days for v in vehicles_on_duty(day.plan, day.service_date)})
        ),
        vehicles_silent=float(_distinct(frames["silent_vehicles"])),
        vehicles_faulty=float(_distinct(faults)),
        changes=float(len(frames["changes"])),
    )
    return pd.DataFrame({"measure": list(MEASURES), "value": [values[name] for name in MEASURES]})


def _distinct(frame: pd.DataFrame) -> int:
    """Count vehicles; a fault of the whole fleet names none."""
    return len(set(frame["vehicle_id"]) - {""}) if len(frame) else 0
