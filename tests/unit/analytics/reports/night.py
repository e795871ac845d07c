"""A night of two grids in which everything happened once, judged by the real `judge`.

JY01 has 云中街 served, ``=1+1`` late, ``#strong[x]`` partial and a street named like a script that
was skipped; JR02's truck was not heard of, so 魏都大道 is unknown.
"""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from analytics.day import Day
from analytics.history.history import Change
from analytics.reports.tables.report import Report
from analytics.reports.tables.report_tables import build_report
from analytics.tracking.faults import TrackingCode, TrackingFault
from analytics.verdicts.judge import judge
from tests.unit.analytics.town import MONDAY, TRUCK, Town, Truck, at, grid, street

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=1+1"
MARKUP = "#strong[x]"
SILENT = "晋B21333"
SPARE = "晋B39720"
GENERATED_MS = at("08:05:45", MONDAY + timedelta(days=1))
PAST_COLUMNS = ("service_date", "grid_id", "window", "street", "verdict", "status", "revision")


def town() -> Town:
    streets = [
        street(name, (0, 300 * row), (1000, 300 * row))
        for row, name in enumerate(("云中街", FORMULA, MARKUP, SCRIPT))
    ]
    return Town(
        *streets,
        street("魏都大道", (0, 2000), (1000, 2000), grids=["JR02"]),
        grids=[
            grid("JY01"),
            grid("JR02", vehicles=[SILENT], operator="sweep-2", streets=["魏都大道", "无名路"]),
        ],
    )


def truck(of: Town) -> Truck:
    return (
        Truck(of)
        .stand("云中街", 0, "00:01", "07:10")
        .drive("云中街", 0, 1000, "07:10", "07:30")
        .drive(MARKUP, 0, 500, "07:31", "07:41")
        .stand(MARKUP, 500, "07:41", "10:19")
        .drive(FORMULA, 0, 1000, "10:20", "10:40")
        .stand(FORMULA, 1000, "10:40", "23:59")
    )


def day(service_date: date = MONDAY) -> Day:
    place = town()
    judgement = judge([truck(place).observation()], place.plan, place.network, service_date)
    misses = judgement.streets[judgement.streets["verdict"].isin(["skipped", "partial"])]
    make_ups = misses[["service_date", "grid_id", "window", "street", "verdict", "length_m"]]
    is_made_up = (misses["verdict"] == "skipped").tolist()
    afternoon = pd.Timestamp(at("15:00"), unit="ms", tz="UTC")
    return Day(
        service_date=service_date,
        plan=place.plan,
        judgement=judgement,
        exempt=pd.DataFrame(
            {
                "service_date": [service_date.isoformat()],
                "grid_id": ["JY01"],
                "window": ["07:00-10:00"],
                "street": ["兴云桥"],
                "reason": ["road_closed"],
                "note": ["+施工"],
            }
        ),
        make_ups=make_ups.assign(
            missing_m=misses["length_m"] * (1 - misses["served_ratio"]),
            made_up_share=[float(done) for done in is_made_up],
            made_up_at=pd.Series(
                [afternoon if done else pd.NaT for done in is_made_up],
                index=misses.index,
                dtype="datetime64[ms, UTC]",
            ),
            vehicle_id=[SPARE if done else "" for done in is_made_up],
        ).reset_index(drop=True),
        faults=(
            TrackingFault(
                TrackingCode.GCJ02_POSITIONS, TRUCK, at("07:00"), at("09:00"), 512.0, 1.0, "seen"
            ),
        ),
        ping_count=1440,
        vehicles_seen=(TRUCK,),
    )


def past(of: Day, days: int = 10) -> pd.DataFrame:
    """A history in which 云中街 was skipped on each date before, and all of the date is final."""
    before = pd.DataFrame(
        {
            "service_date": (of.service_date - timedelta(days=number)).isoformat(),
            "grid_id": "JY01",
            "window": "07:00-10:00",
            "street": "云中街",
            "verdict": "skipped",
        }
        for number in range(days, 0, -1)
    )
    judgement = of.judgement
    known = [before, judgement.streets, judgement.grids.assign(street="")]
    frame = pd.concat(
        [part.reindex(columns=list(PAST_COLUMNS[:5])) for part in known], ignore_index=True
    )
    return frame.assign(status="final", revision=1)


CHANGE = Change(
    service_date=MONDAY,
    grid_id="JY01",
    window="07:00-10:00",
    street="云中街",
    before="unknown",
    after="served",
    cause="late_pings",
    revision=2,
    recorded_ms=at("06:00", MONDAY + timedelta(days=1)),
)


def report() -> Report:
    one = day()
    return build_report([one], past(one), [CHANGE], GENERATED_MS)


def clear_report() -> Report:
    """A report of the same day in which nothing went wrong."""
    one = day()
    served = one.judgement.streets["verdict"] == "served"
    judgement = replace(one.judgement, streets=one.judgement.streets[served], cases=())
    calm = replace(
        one, judgement=judgement, make_ups=one.make_ups[:0], exempt=one.exempt[:0], faults=()
    )
    return build_report([calm], past(calm, 0), [], GENERATED_MS)
