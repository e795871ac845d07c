"""A service date as the log has it, read and judged from nothing: how a live view begins."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa

from analytics.coverage.windows import local_instant
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.vehicle_positions import TRAIL_MS
from analytics.forecast.habits import Habits
from analytics.verdicts.evaluation import plan_horizon
from geofence.network.network import Network
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog
from ingest.log.rows import epoch_ms
from ingest.log.tables import SEQUENCE, counters
from ingest.ping import RECEIVED_COLUMN

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """A state, and up to where it knows the log."""

    state: LiveState
    sequence: int
    received_ms: int | None
    """When the newest of its pings was received."""


def begin(
    log: PingLog,
    ground: tuple[Plan, Network],
    service_date: date,
    habits: Habits | None,
    now_ms: int | None,
) -> Beginning:
    """Read what a log has of a date and judge it.

    Parameters
    ----------
    now_ms
        The instant to move on to; None for that of the latest ping.

    Raises
    ------
    LogError
        If the log cannot be read.
    """
    plan, network = ground
    state = LiveState(plan, service_date, network, habits)
    midnight_ms = local_instant(service_date, 0, ZoneInfo(plan.timezone))
    span_ms = plan_horizon(plan, service_date) or (midnight_ms, midnight_ms + _DAY_MS)
    with log.transaction(write=False) as connection:
        sequence = sequence_of(connection)
    rows = log.read_pings(
        start_ms=midnight_ms - TRAIL_MS, end_ms=span_ms[1], vehicles=state.positions.ids
    )
    state.add(rows)
    until_ms = state.latest_ms if now_ms is None else now_ms
    state.catch_up(midnight_ms if until_ms is None else until_ms)
    return Beginning(state, sequence, latest_reception_ms(rows))


def sequence_of(connection: sa.Connection) -> int:
    """Read the last sequence of a log."""
    found = connection.scalar(sa.select(counters.c.value).where(counters.c.name == SEQUENCE))
    return found or 0


def latest_reception_ms(rows: pd.DataFrame) -> int | None:
    """Tell when the newest of some pings was received; None without any."""
    return int(epoch_ms(rows[RECEIVED_COLUMN]).max()) if len(rows) else None
