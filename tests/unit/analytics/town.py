"""Small towns of straight streets, and trucks seen on them: the fixtures of analytics' tests.

Local time is Shanghai's unless told otherwise; the service date is Monday 2022-03-28.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geofence.network.network import build_network
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Grid, Operator, Plan, Section, ServiceRules
from geofence.plan.timetable import parse_window
from geofence.seen.observation import Gaps, Observation, Passes
from ingest.ping import conform

ORIGIN = LocalProjection(113.30, 40.08)
MONDAY = date(2022, 3, 28)
ZONE = "Asia/Shanghai"
TRUCK = "晋BQ0384"


def at(clock: str, day: date = MONDAY, zone: str = ZONE) -> int:
    """Milliseconds of a local time such as 07:05 or 07:05:30."""
    local = datetime.combine(day, time.fromisoformat(clock))
    return round(local.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def grid(
    name: str = "JY01",
    *windows: str,
    vehicles: Sequence[str] = (TRUCK,),
    days: Sequence[int] = range(7),
    operator: str = "sweep-1",
    streets: Sequence[str] = (),
) -> Grid:
    return Grid(
        id=name,
        operator_id=operator,
        vehicles=tuple(vehicles),
        windows=tuple(map(parse_window, windows or ("07:00-10:00",))),
        days=frozenset(days),
        streets=tuple(streets),
    )


def street(
    name: str, *points: tuple[float, float], grids: Sequence[str] = ("JY01",), section: str = ""
) -> Section:
    metres = np.array(points, dtype=float)
    longitude, latitude = ORIGIN.to_degrees(metres[:, 0], metres[:, 1])
    line = np.stack([longitude, latitude], axis=1)
    return Section(section or name, name, tuple(grids), False, line)


class Town:
    """A plan with its network."""

    def __init__(
        self,
        *sections: Section,
        grids: Sequence[Grid] = (),
        zone: str = ZONE,
        rules: ServiceRules | None = None,
    ) -> None:
        self.sections = sections or (street("云中街", (0, 0), (1000, 0)),)
        self.network = build_network(self.sections)
        self.plan = Plan(
            name="town",
            timezone=zone,
            effective_from=date(2022, 1, 1),
            operators=(Operator("sweep-1", "机扫一公司"), Operator("sweep-2", "机扫二公司")),
            grids=tuple(grids) or (grid(),),
            sections=self.sections,
            version="0" * 64,
            rules=rules or ServiceRules(),
        )

    def with_plan(self, **changes: object) -> "Town":
        self.plan = replace(self.plan, **changes)
        return self

    def place(self, section: str, measure_m: float) -> tuple[float, float]:
        x, y = self.network.position(self.network.section_ids.index(section), np.array([measure_m]))
        return float(x[0]), float(y[0])


@dataclass
class Truck:
    """Collects what a truck did and makes the observation of it."""

    town: Town
    vehicle: str = TRUCK
    interval_s: float = 60.0

    def __post_init__(self) -> None:
        self.fixes: list[tuple[int, float, float]] = []
        self.passes: list[tuple[int, float, float, float, float, bool, bool]] = []
        self.unplaced: list[tuple[int, float, float, int, float, float]] = []
        self.frozen: list[tuple[int, int]] = []
        self.skewed: list[int] = []
        self.outliers: list[int] = []

    def drive(
        self,
        section: str,
        from_m: float,
        to_m: float,
        started: str | int,
        finished: str | int,
        *,
        collecting: bool = True,
        certain: bool = True,
    ) -> "Truck":
        begin, end = _ms(started), _ms(finished)
        steps = max(1, int(np.ceil((end - begin) / (self.interval_s * 1000))))
        for share in np.linspace(0, 1, steps + 1):
            measure = from_m + share * (to_m - from_m)
            self.fixes.append(
                (int(begin + share * (end - begin)), *self.town.place(section, measure))
            )
        return self.passing(
            section, from_m, to_m, begin, end, collecting=collecting, certain=certain
        )

    def passing(
        self,
        section: str,
        from_m: float,
        to_m: float,
        started: str | int,
        finished: str | int,
        *,
        collecting: bool = True,
        certain: bool = True,
    ) -> "Truck":
        """Pass over a stretch, perhaps in another place than the fixes say; adds no fix."""
        number = self.town.network.section_ids.index(section)
        begin, end = float(_ms(started)), float(_ms(finished))
        self.passes.append((number, from_m, to_m, begin, end, collecting, certain))
        return self

    def stand(
        self, section: str, measure_m: float, started: str | int, finished: str | int
    ) -> "Truck":
        begin, end = _ms(started), _ms(finished)
        steps = max(1, int(np.ceil((end - begin) / (self.interval_s * 1000))))
        place = self.town.place(section, measure_m)
        self.fixes += [(int(t), *place) for t in np.linspace(begin, end, steps + 1)]
        return self

    def pings(self) -> pd.DataFrame:
        """Its fixes as pings."""
        fixes = np.array(sorted(set(self.fixes)))
        longitude, latitude = self.town.network.projection.to_degrees(fixes[:, 1], fixes[:, 2])
        return conform(
            pd.DataFrame(
                {
                    "vehicle_id": self.vehicle,
                    "event_time": pd.to_datetime(fixes[:, 0].astype(np.int64), unit="ms", utc=True),
                    "longitude": longitude,
                    "latitude": latitude,
                }
            )
        )

    def observation(self) -> Observation:
        fixes = np.array(sorted(set(self.fixes)), dtype=float).reshape(-1, 3)
        time_ms = fixes[:, 0].astype(np.int64)
        cut = np.flatnonzero(np.diff(time_ms) > 120_000)
        silent = [(*fixes[i], *fixes[i + 1], 1.0) for i in cut]
        gaps = np.array(sorted([*silent, *((*gap, 0.0) for gap in self.unplaced)])).reshape(-1, 7)
        passes = np.array(sorted(self.passes, key=lambda p: p[3])).reshape(-1, 7)
        frozen = np.array(self.frozen, dtype=np.int64).reshape(-1, 2)
        return Observation(
            vehicle_id=self.vehicle,
            time_ms=time_ms,
            x=fixes[:, 1],
            y=fixes[:, 2],
            part_started_ms=time_ms[np.concatenate([[0], cut + 1])],
            part_finished_ms=time_ms[np.concatenate([cut, [len(time_ms) - 1]])],
            passes=Passes(
                passes[:, 0].astype(np.int32), *passes[:, 1:5].T, *passes[:, 5:].T.astype(np.bool_)
            ),
            gaps=Gaps(
                gaps[:, 0].astype(np.int64),
                gaps[:, 3].astype(np.int64),
                gaps[:, 1],
                gaps[:, 2],
                gaps[:, 4],
                gaps[:, 5],
                gaps[:, 6] == 1.0,
            ),
            frozen_started_ms=frozen[:, 0],
            frozen_finished_ms=frozen[:, 1],
            skewed_ms=np.array(self.skewed, dtype=np.int64),
            outlier_ms=np.array(self.outliers, dtype=np.int64),
        )


def _ms(instant: str | int) -> int:
    return at(instant) if isinstance(instant, str) else instant


def next_day(day: date = MONDAY) -> date:
    return day + timedelta(days=1)
