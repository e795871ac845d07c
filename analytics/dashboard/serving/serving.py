"""A page served from a log: the feed, the application and the server, one after the other."""

import secrets
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import structlog

from analytics.dashboard.access.limits import is_loopback
from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.serving.server import Server, listen
from analytics.dashboard.state.event_history import EventHistory
from analytics.dashboard.state.feed import Feed
from analytics.dashboard.state.learning import Learning
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from ingest.fault import SettingError
from ingest.log.pinglog import PingLog

SWITCH_S = 0.001
"""How long the thread that judges may hold up those that answer; Python's default is 5 ms."""

program_log = structlog.get_logger(__name__)


def serve_log(
    log: PingLog,
    plan: Plan,
    host: str,
    port: int,
    service_date: date | None,
    basemap: Path | None,
    tell: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the URL once it answers.

    Raises
    ------
    SettingError
        If it cannot listen there, there are no users and others could reach it, or the basemap
        cannot be used.
    LogError
        If the log cannot be read.
    FeedEndedError
        If the live feed ended of a mistake: then all ends, so that a supervisor begins anew.
    """
    sys.setswitchinterval(SWITCH_S)
    ground = None if basemap is None else Basemap(basemap)
    history = EventHistory(secrets.token_hex(4))
    with listen(host, port) as listener:
        feed = Feed(log, plan, build_network(plan.sections), history, now_ms, service_date)
        dashboard = Dashboard(log, feed, now_ms, ground)
        if not is_loopback(listener.getsockname()[0]) and not dashboard.access.users.exist():
            raise SettingError(
                f"--host {host}: without users the page is for this machine only; add one with "
                "pingcheng user add NAME --role admin"
            )
        if not dashboard.files.has_map:
            program_log.warning("the map's library is absent: no map is shown; run make page")
        server = Server(make_app(dashboard), listener, history.close)
        feed.when_it_fails(server.end)
        learning = Learning(dashboard.days, lambda: feed.service_date, feed.learn)
        with feed, learning:
            tell(_url(host, listener.getsockname()[1]))
            server.serve_until_told()
            feed.check()


def now_ms() -> int:
    """Give the time as epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
