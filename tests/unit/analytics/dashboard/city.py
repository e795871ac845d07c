"""A small simulated city: some grids of the sample plan on one date, and its pings as logged."""

from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import as_file, files

import pandas as pd

from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.ping import resolve
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

DATE = date(2022, 3, 28)
GRIDS = ("JY01", "JY02", "JY03", "JY04")


@cache
def sample_plan() -> Plan:
    with as_file(files("geofence") / "sample") as sample:
        return read_plan(sample / "plan.toml")


@cache
def city_plan() -> Plan:
    """The plan with a few of its grids; all streets stay."""
    plan = sample_plan()
    return replace(plan, grids=tuple(grid for grid in plan.grids if grid.id in GRIDS))


@cache
def city_arrivals() -> pd.DataFrame:
    """Pings of a mixed day in order of arrival, late ones and repetitions among them."""
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=15))
    plan = sample_plan()
    day = simulate_day(plan, DATE, Scenario.MIXED, 3, settings=settings, only_grids=GRIDS)
    return day.pings


@cache
def city_pings() -> pd.DataFrame:
    """The same as a log gives them."""
    return resolve(city_arrivals()).pings


def instant(clock: str) -> int:
    """Epoch milliseconds of a local time of the date."""
    return round(pd.Timestamp(f"{DATE} {clock}", tz="Asia/Shanghai").timestamp() * 1000)


def until(pings: pd.DataFrame, at_ms: int) -> pd.DataFrame:
    return pings[pings["event_time"] < pd.Timestamp(at_ms, unit="ms", tz="UTC")]
