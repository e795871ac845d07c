"""A small simulated city whose days are judged and recorded: fixtures of the history's tests."""

from dataclasses import replace
from datetime import date
from functools import cache

import pandas as pd
import sqlalchemy as sa

from analytics.day import Day, judge_day
from analytics.history.tables import metadata
from analytics.tracking.reports import refused_frame
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.plan.version import content_version
from ingest.log.batch import Batch
from ingest.log.pinglog import PingLog
from ingest.log.rows import tuples_of
from ingest.ping import resolve
from simulators.city.city import generate_city
from simulators.city.roster import synthetic_roster
from simulators.fleet.fleet import SimulatedDay, SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

DATE = date(2022, 3, 28)
SEED = 5
NIGHT_MS = round(pd.Timestamp("2022-03-29 01:30", tz="Asia/Shanghai").timestamp() * 1000)
"""When all verdicts of the date are final."""


@cache
def city() -> Plan:
    """Six grids of one operator, four windows a day."""
    return versioned(
        replace(
            synthetic_roster(6, 1),
            sections=tuple(generate_city(synthetic_roster(6, 1).grids, 1).sections),
        )
    )


def versioned(plan: Plan) -> Plan:
    return replace(plan, version=content_version(plan))


@cache
def network() -> Network:
    return build_network(city().sections)


@cache
def simulated(scenario: Scenario = Scenario.MIXED) -> SimulatedDay:
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=15.0))
    return simulate_day(city(), DATE, scenario, SEED, settings=settings)


def judged(pings: pd.DataFrame, plan: Plan | None = None, day: date = DATE) -> Day:
    return judge_day(resolve(pings).pings, refused_frame([]), plan or city(), network(), day)


@cache
def judged_whole() -> Day:
    """The mixed day, judged from all its pings."""
    return judged(simulated().pings)


def write(log: PingLog, pings: pd.DataFrame) -> None:
    log.write(Batch(tuples_of(pings), ()))


def sequence(log: PingLog) -> int:
    """The last sequence of the log."""
    return log.read_pings_since(0)[1]


def rows_of(log: PingLog) -> dict[str, list[tuple]]:
    """Everything that the history holds, to the last byte."""
    with log.transaction(write=False) as connection:
        return {
            name: [tuple(row) for row in connection.execute(sa.select(table))]
            for name, table in metadata.tables.items()
        }
