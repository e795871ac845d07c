"""The live view in a terminal: windows in progress, and streets as they are flagged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from analytics.coverage.windows import ServiceWindow, service_windows
from analytics.live.live_day import LiveDay
from analytics.live.status import Status
from geofence.plan.plan import Plan
from ingest.plain_text import cell, plain

SHOWN_FLAGS = 12
_STYLES = {
    "overdue": "yellow", "late": "yellow", "partial": "magenta", "skipped": "red",
    "unknown": "cyan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flag:
    """A street that was not collected in time, or of which nobody can say."""

    at_ms: int
    """End of grace for `overdue`, the deadline for a verdict."""
    grid_id: str
    window: str
    street: str
    kind: str
    """`overdue`, or a verdict other than served."""
    served_ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A live day at one instant."""

    plan: Plan
    now_ms: int
    in_progress: pd.DataFrame
    """By operator and window: ``operator, window, grids, streets, done, at_risk, share``."""
    flags: list[Flag]
    """Latest first."""

    def summary(self) -> str:
        """Say it in one line, for a log or a pipe."""
        kinds = pd.Series([flag.kind for flag in self.flags], dtype="str").value_counts()
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        streets, done = self.in_progress["streets"].sum(), self.in_progress["done"].sum()
        return (
            f"{self.local_time():%Y-%m-%d %H:%M}  windows in progress: "
            f"{self.in_progress['grids'].sum()}, streets done {done} of {streets}"
            f"{'  flagged: ' + told if told else ''}"
        )

    def local_time(self) -> datetime:
        """Tell the instant in the plan's time zone."""
        return datetime.fromtimestamp(self.now_ms / 1000, ZoneInfo(self.plan.timezone))

    def render(self, footer: str) -> RenderableType:
        """Draw it."""
        title = Text.assemble(
            (f"{plain(self.plan.name)}   ", "bold"),
            (f"{self.local_time():%Y-%m-%d %H:%M}", "bold cyan"),
        )
        parts: list[RenderableType] = [title]
        if self.plan.schematic:
            parts.append(Text("Streets are SCHEMATIC: drawn by a program, not surveyed.", "dim"))
        return Group(
            *parts, _progress_table(self.in_progress), self._flag_table(), Text(footer, "dim")
        )

    def _flag_table(self) -> Table:
        table = Table(title="Flagged, latest first", title_justify="left", expand=True)
        for name in ("since", "grid", "window", "street", "what", "served"):
            table.add_column(name, justify="right" if name == "served" else "left")
        zone = ZoneInfo(self.plan.timezone)
        for flag in self.flags[:SHOWN_FLAGS]:
            since = datetime.fromtimestamp(flag.at_ms / 1000, zone)
            what = Text(flag.kind, _STYLES[flag.kind])
            served = f"{flag.served_ratio:.0%}"
            names = (flag.grid_id, flag.window, flag.street)
            table.add_row(f"{since:%H:%M}", *map(cell, names), what, served)
        if len(self.flags) > SHOWN_FLAGS:
            table.add_row("", "", "", f"and {len(self.flags) - SHOWN_FLAGS} more", "", "")
        return table


def snapshot(day: LiveDay) -> Snapshot | None:
    """Take stock of a live day; None before its first ping."""
    if day.now_ms is None:
        return None
    windows = _windows(day)
    statuses = day.statuses().merge(windows, on=["grid_id", "window"])
    open_now = (statuses["start_ms"] <= day.now_ms) & (day.now_ms < statuses["grace_end_ms"])
    flags = [*_overdue(statuses, day.now_ms), *_verdicts(day, windows)]
    flags.sort(key=lambda flag: (-flag.at_ms, flag.grid_id, flag.window, flag.street))
    return Snapshot(day.plan, day.now_ms, _in_progress(statuses[open_now], day.plan), flags)


def _windows(day: LiveDay) -> pd.DataFrame:
    """Give the windows of a day: ``grid_id, window, start_ms, grace_end_ms, deadline_ms``."""
    zone = ZoneInfo(day.plan.timezone)
    found: list[ServiceWindow] = [
        window
        for grid in day.plan.grids
        for window in service_windows(grid, day.service_date, zone, day.plan.rules)
    ]
    return pd.DataFrame(
        {
            "grid_id": [window.grid_id for window in found],
            "window": [window.text for window in found],
            "start_ms": [window.start_ms for window in found],
            "grace_end_ms": [window.grace_end_ms for window in found],
            "deadline_ms": [window.period_end_ms for window in found],
        }
    )


def _in_progress(statuses: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    operators = {operator.id: operator.name for operator in plan.operators}
    owner = {grid.id: operators[grid.operator_id] for grid in plan.grids}
    rows = statuses.assign(
        operator=statuses["grid_id"].map(owner),
        is_done=statuses["served_ratio"] >= plan.rules.served_ratio,
        is_at_risk=statuses["status"] == Status.AT_RISK.value,
        served_m=statuses["served_ratio"] * statuses["length_m"],
    )
    groups = rows.groupby(["operator", "window"], sort=False)
    return pd.DataFrame(
        {
            "grids": groups["grid_id"].nunique(),
            "streets": groups.size(),
            "done": groups["is_done"].sum(),
            "at_risk": groups["is_at_risk"].sum(),
            "share": groups["served_m"].sum() / groups["length_m"].sum(),
        }
    ).reset_index()


def _progress_table(rows: pd.DataFrame) -> Table:
    table = Table(title="Windows in progress", title_justify="left", expand=True)
    for name in ("operator", "window", "grids", "streets done", "at risk", "coverage", ""):
        number = name in {"grids", "streets done", "at risk"}
        table.add_column(name, justify="right" if number else "left")
    for row in rows.to_dict("records"):
        risk = Text(str(row["at_risk"]), "red" if row["at_risk"] else "dim")
        bar = ProgressBar(total=1.0, completed=row["share"], width=24)
        done = f"{row['done']} of {row['streets']}"
        table.add_row(
            cell(row["operator"]),
            cell(row["window"]),
            str(row["grids"]),
            done,
            risk,
            bar,
            f"{row['share']:.0%}",
        )
    return table


def _overdue(statuses: pd.DataFrame, now_ms: int) -> Iterator[Flag]:
    """Streets whose window is over and whose deadline is not."""
    rows = statuses[
        (statuses["status"] == Status.OVERDUE.value) & (statuses["deadline_ms"] > now_ms)
    ]
    for row in rows.to_dict("records"):
        yield Flag(
            row["grace_end_ms"],
            row["grid_id"],
            row["window"],
            row["street"],
            "overdue",
            row["served_ratio"],
        )


def _verdicts(day: LiveDay, windows: pd.DataFrame) -> Iterator[Flag]:
    """Verdicts other than served of windows whose deadline has passed."""
    streets = day.judgement().streets.merge(windows, on=["grid_id", "window"])
    rows = streets[(streets["verdict"] != "served") & (streets["deadline_ms"] <= day.now_ms)]
    for row in rows.to_dict("records"):
        yield Flag(
            row["deadline_ms"],
            row["grid_id"],
            row["window"],
            row["street"],
            row["verdict"],
            row["served_ratio"],
        )
