"""The command ``pingcheng tracking``: which trackers are wrong about when or where."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from analytics.commands.plan_reading import given, read_plan_or_fail
from ingest.commands.console import fail, settings_or_fail
from ingest.plain_text import cell, plain

if TYPE_CHECKING:
    import pandas as pd

    from analytics.tracking.faults import TrackingFault
    from analytics.tracking.trackers import TrackingReport
    from geofence.plan.plan import Plan

_DAY_MS = 86_400_000
_LATE_DAYS = 2
"""Days around the date whose event times are looked at as well: skews and late fixes."""
_ROLLOVER_DAYS = 1000 * 7
"""Fixes that claim to be at least this much older come from a clock that rolled over."""


def tracking(
    plan: Annotated[
        Path | None, typer.Option(help="The plan.toml. [default: setting plan]", metavar="PLAN")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="URL of the ping log. [default: setting database]")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Only what was received on this local date.",
            show_default="all that the log holds",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell which trackers have a wrong clock, a wrong datum or a frozen receiver.

    Also tells if the streets do not fit the fleet: a map in another datum, or of
    another place. Looks at the pings in the log and at those refused for their
    time, by when they were received. A clock that cannot be told from a slow
    network is called unknown.

    \b
    Examples:
      pingcheng tracking --plan plan.toml --database sqlite:///pings.db
      pingcheng tracking --plan plan.toml --date 2022-03-28 --json

    \b
    Exit codes: 0 told, faults or none, 1 log or plan cannot be used, 2 wrong use.
    """
    from analytics.tracking.fleet import read_misfits
    from analytics.tracking.trackers import find_tracking_faults
    from geofence.network.network import build_network
    from ingest.fault import IngestError
    from ingest.ping import resolve

    settings = settings_or_fail()
    path = given(plan or settings.plan)
    read = read_plan_or_fail(path, day.date() if day else None)
    if not read.sections:
        fail(f"{path}: no street is drawn, so no position can be judged")
    try:
        pings, refused = _read_log(database or settings.database, read, day.date() if day else None)
    except IngestError as error:
        fail(str(error))
    network = build_network(read.sections)
    misfits = read_misfits(resolve(pings).pings, network) if len(pings) else {}
    report = find_tracking_faults(pings, refused, network, read.timezone, misfits)
    rows = _rows(report, pings, refused, read)
    if as_json:
        faults = [_fault_as_json(fault) for fault in report.faults]
        typer.echo(json.dumps({"vehicles": rows, "faults": faults}, ensure_ascii=False))
    else:
        _print(rows, report.faults, ZoneInfo(read.timezone))


def _read_log(url: str, plan: "Plan", day: date | None) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Read what was received of the plan's vehicles: stored pings and refusals."""
    import pandas as pd

    from analytics.tracking.reports import refused_frame
    from ingest.log.pinglog import open_log
    from ingest.log.rows import epoch_ms
    from ingest.ping import RECEIVED_COLUMN

    vehicles = plan.vehicles
    with open_log(url, create=False) as log:
        if day is None:
            refused = refused_frame(log.quarantine.rejected())
            refused = refused[refused["vehicle_id"].isin(vehicles)]
            return log.read_pings(vehicles=vehicles), refused
        zone = ZoneInfo(plan.timezone)
        start_ms, end_ms = (
            round(datetime.combine(each, time(), zone).timestamp() * 1000)
            for each in (day, day + timedelta(days=1))
        )
        refused = refused_frame(log.quarantine.rejected(since_ms=start_ms))
        refused = refused[refused["vehicle_id"].isin(vehicles) & (refused["received_ms"] < end_ms)]
        around_ms = _LATE_DAYS * _DAY_MS
        parts = [
            log.read_pings(
                start_ms=start_ms - around_ms, end_ms=end_ms + around_ms, vehicles=vehicles
            ),
            log.read_pings(end_ms=start_ms - _ROLLOVER_DAYS * _DAY_MS, vehicles=vehicles),
        ]
    pings = pd.concat(parts, ignore_index=True)
    received_ms = epoch_ms(pings[RECEIVED_COLUMN])
    pings = pings[(received_ms >= start_ms) & (received_ms < end_ms)].reset_index(drop=True)
    return pings, refused


def _rows(
    report: "TrackingReport", pings: "pd.DataFrame", refused: "pd.DataFrame", plan: "Plan"
) -> list[dict[str, Any]]:
    """Sum up each vehicle of the plan, heard of or not."""
    from ingest.ping import RECEIVED_COLUMN

    delay_s = (pings[RECEIVED_COLUMN] - pings["event_time"]).dt.total_seconds()
    median_s = delay_s.groupby(pings["vehicle_id"]).median()
    stored = pings["vehicle_id"].value_counts()
    by_code: dict[str, Counter[str]] = {}
    for vehicle, code in zip(refused["vehicle_id"], refused["code"], strict=True):
        by_code.setdefault(vehicle, Counter())[code] += 1
    clocks = {reading.vehicle_id: reading for reading in report.clocks}
    rows = []
    for vehicle in sorted(plan.vehicles):
        clock = clocks.get(vehicle)
        rows.append(
            {
                "vehicle_id": vehicle,
                "pings": int(stored.get(vehicle, 0)),
                "refused": by_code.get(vehicle, {}),
                "median_delay_s": round(float(median_s[vehicle]), 1)
                if vehicle in median_s
                else None,
                "clock": str(clock.state) if clock else "unknown",
                "clock_reason": clock.reason if clock else "nothing was heard",
                "faults": sorted(
                    {str(fault.code) for fault in report.faults if fault.vehicle_id == vehicle}
                ),
            }
        )
    return rows


def _fault_as_json(fault: "TrackingFault") -> Mapping[str, Any]:
    from analytics.tracking.faults import REMEDIES
    from ingest.decoding.instant import format_instant

    def known(number: float) -> float | None:
        return None if number != number else number  # noqa: PLR0124 - NaN is no JSON

    return {
        "code": str(fault.code),
        "vehicle_id": None if fault.is_of_fleet else fault.vehicle_id,
        "since": format_instant(fault.since_ms),
        "until": format_instant(fault.until_ms),
        "value": known(fault.value),
        "uncertainty": known(fault.uncertainty),
        "evidence": fault.evidence,
        "remedy": REMEDIES[fault.code],
    }


def _print(
    rows: Sequence[Mapping[str, Any]], faults: "Sequence[TrackingFault]", zone: ZoneInfo
) -> None:
    from rich.console import Console
    from rich.table import Table

    from analytics.tracking.faults import REMEDIES

    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 120))
    table = Table("vehicle", "pings", "refused", "median delay s", "clock", "faults")
    for row in rows:
        refused = ", ".join(f"{code} {count}" for code, count in sorted(row["refused"].items()))
        reason = f": {row['clock_reason']}" if row["clock_reason"] else ""
        delay_s = row["median_delay_s"]
        cells = (
            row["vehicle_id"],
            f"{row['pings']:,}",
            refused,
            "" if delay_s is None else f"{delay_s:,.1f}",
            f"{row['clock']}{reason}",
            ", ".join(row["faults"]),
        )
        table.add_row(*map(cell, cells))
    console.print(table)
    for fault in faults:
        since, until = (
            datetime.fromtimestamp(instant_ms / 1000, zone).isoformat(" ", "seconds")
            for instant_ms in (fault.since_ms, fault.until_ms)
        )
        who = "all vehicles" if fault.is_of_fleet else fault.vehicle_id
        console.print(plain(f"{who} {fault.code}: {fault.evidence}"), markup=False)
        console.print(f"  from {since} until {until}", markup=False)
        console.print(f"  mend it: {REMEDIES[fault.code]}", markup=False)
    count = len({fault.vehicle_id for fault in faults if not fault.is_of_fleet})
    console.print(f"{len(faults)} faults of {count} vehicles; {len(rows)} vehicles in the plan")
