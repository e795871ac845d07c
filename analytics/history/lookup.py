"""Finding a recorded verdict by what it is of, and what there is if it is not recorded."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.history.history import History
from geofence.plan.table import nearest
from ingest.plain_text import plain


@dataclass(frozen=True, slots=True)
class Place:
    """What a verdict is of."""

    grid: str
    day: date
    window: str
    street: str
    """Empty for the verdict of the grid itself."""

    def __str__(self) -> str:
        told = filter(None, [self.grid, self.day.isoformat(), self.window, self.street])
        return plain(" ".join(told))


def newest(history: History, place: Place) -> pd.DataFrame:
    """Read the newest revisions of the grid and its streets in the window."""
    found = history.verdicts(place.day, place.day)
    return found[(found["grid_id"] == place.grid) & (found["window"] == place.window)]


def judged_by(history: History, day: date) -> str:
    """Give the version of the plan by which a recorded date was judged last.

    Verdicts that were judged by another plan before, and have no revision since, came out the same
    by this one.
    """
    return str(history.judgings(day, day)["plan_version"].iloc[-1])


def absent(history: History, place: Place) -> str:
    """Say why there is no such verdict, and how to come by it."""
    found = history.verdicts(place.day, place.day)
    day = place.day.isoformat()
    if found.empty:
        return (
            f"no verdict of {day} is recorded; make them with pingcheng report --date {day} "
            "--out reports"
        )
    own = found[found["grid_id"] == place.grid]
    if own.empty:
        known = list(dict.fromkeys(found["grid_id"].astype(str)))
        return f"no verdict of grid {place.grid} is recorded on {day}{nearest(place.grid, known)}"
    windows = list(dict.fromkeys(own["window"].astype(str)))
    if place.window not in windows:
        return (
            f"no verdict of {place.grid} in {place.window} is recorded on {day}; "
            f"its windows are {', '.join(windows)}"
        )
    streets = sorted({str(each) for each in own["street"] if each})
    return (
        f"no verdict of {place} is recorded; the streets of {place.grid} are "
        f"{', '.join(streets)}{nearest(place.street, streets)}"
    )
