"""A page served from a log: the feed, the application and the server, one after the other."""

import gc
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import structlog

from analytics.dashboard.routes.app import make_app
from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.serving.plan_follower import PlanFollower
from analytics.dashboard.state.event_history import EventHistory
from analytics.dashboard.state.feed import Feed
from analytics.dashboard.state.learning import Learning
from geofence.installed.watch import PlanWatch
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from ingest.fault import SettingError
from ingest.log.pinglog import PingLog
from ingest.web.limits import is_loopback
from ingest.web.server import TRUSTED_PROXIES, Server, listen

SWITCH_S = 0.001
"""How long the thread that judges may hold up those that answer; Python's default is 5 ms."""
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Rows of a log make no cycles; to look for some among each few hundred holds up all answers."""

program_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a page is to be served."""

    host: str
    port: int
    service_date: date | None = None
    """The date to show instead of today."""
    basemap: Path | None = None
    proxies: Sequence[str] = ()
    """Addresses and networks of reverse proxies; if none are named, those on this machine."""
    is_open: bool = False
    """Whether without users whoever reaches the page may look."""


def serve_log(
    log: PingLog,
    plan: Plan,
    wishes: Wishes,
    tell: Callable[[str], None],
    watch: PlanWatch[Plan] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is given the URL once it answers.

    A basemap that cannot be used is warned of, and used once it can be.

    Parameters
    ----------
    watch
        What `plan` was read with: then changes of its files are taken up.

    Raises
    ------
    SettingError
        If it cannot listen there, or there are no users and others could reach it.
    LogError
        If the log cannot be read.
    FeedEndedError
        If the live feed ended of a mistake: then all ends, so that a supervisor begins anew.
    """
    sys.setswitchinterval(SWITCH_S)
    host, port = wishes.host, wishes.port
    ground = None if wishes.basemap is None else Basemap(wishes.basemap, is_awaited=True)
    history = EventHistory(secrets.token_hex(4))
    with listen(host, port) as listener:
        feed = Feed(log, plan, build_network(plan.sections), history, now_ms, wishes.service_date)
        dashboard = Dashboard(log, feed, now_ms, ground, steady_clock(), is_open=wishes.is_open)
        is_reached = wishes.proxies or not is_loopback(listener.getsockname()[0])
        # asked at once, so that it is known if the database hangs before anybody has come
        has_users = dashboard.access.look_for_users()
        if is_reached and not wishes.is_open and not has_users:
            way = f"--proxy {wishes.proxies[0]}" if wishes.proxies else f"--host {host}"
            raise SettingError(
                f"{way}: without users the page is for this machine only; add one with "
                "pingcheng user add NAME --role admin, or let everybody look with --open"
            )
        if not dashboard.files.has_map:
            program_log.warning("the map's library is absent: no map is shown; run make page")
        proxies = wishes.proxies or TRUSTED_PROXIES
        server = Server(make_app(dashboard), listener, history.close, proxies)
        feed.when_it_fails(server.end)
        learning = Learning(lambda: dashboard.days, lambda: feed.service_date, feed.learn)
        following = nullcontext() if watch is None else PlanFollower(watch, dashboard)
        gc.freeze()  # what was imported and read by now is looked through no more
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        with feed, learning, following:
            tell(_url(host, listener.getsockname()[1]))
            try:
                server.serve_until_told()
            finally:
                dashboard.close()
            feed.check()


def now_ms() -> int:
    """Give the time as epoch milliseconds."""
    return time.time_ns() // 1_000_000


def steady_clock() -> Callable[[], int]:
    """Make a clock that shows the time as of now, and that nobody sets from then on."""
    began_ms, began_s = now_ms(), time.monotonic()
    return lambda: began_ms + round((time.monotonic() - began_s) * 1000)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
