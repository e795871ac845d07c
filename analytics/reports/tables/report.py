"""A report: the frames behind every view of a service date or a range, ready to be written.

Nothing here depends on a language or a format, and there is no clock in it: the instant at which
the report is made is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.coverage.case import Case
from analytics.verdicts.evidence import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Miss:
    """A grid in a window in which something went wrong: what its map is drawn from."""

    case: Case
    verdict: str
    records: tuple[Evidence, ...]
    """Of all streets of the grid, in order of name."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Service date, grid and window."""
        window = self.case.window
        return window.service_date.isoformat(), window.grid_id, window.text


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that a report says."""

    plan_name: str
    plan_versions: tuple[str, ...]
    """Of the plans in force, one a version, in order of date."""
    timezone: str
    schematic: bool
    """Whether the geometry of a plan is drawn, not surveyed: every view of it says so."""
    first: date
    last: date
    generated_ms: int
    frames: Mapping[str, pd.DataFrame]
    """By name of view, with the columns of `analytics.reports.tables.views.VIEWS` at least."""
    misses: tuple[Miss, ...]
    """Late, partial and skipped, in order of date, grid and window."""

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the plan."""
        return ZoneInfo(self.timezone)

    @property
    def generated_at(self) -> datetime:
        """When the report was made, in local time, to the second."""
        return datetime.fromtimestamp(self.generated_ms // 1000, self.zone)

    @property
    def is_range(self) -> bool:
        """Whether it covers more than one date."""
        return self.first != self.last

    @property
    def dates(self) -> str:
        """The date, or the first and the last."""
        if self.is_range:
            return f"{self.first.isoformat()}_{self.last.isoformat()}"
        return self.first.isoformat()

    def value(self, measure: str) -> float:
        """Give a number of the summary; NaN if there is none."""
        summary = self.frames["summary"]
        return float(summary.loc[summary["measure"] == measure, "value"].iloc[0])
