"""What the routes work on, put together."""

import threading
from collections.abc import Callable
from datetime import date
from functools import cached_property

import msgspec
from fastapi import HTTPException

from analytics.dashboard.access.access import Access
from analytics.dashboard.access.audit_log import AuditLog
from analytics.dashboard.access.sessions import Sessions
from analytics.dashboard.access.users import Users
from analytics.dashboard.access.write_behind import WriteBehind
from analytics.dashboard.board.street_search import SearchIndex
from analytics.dashboard.documents.plan_documents import streets_geojson
from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.gate import Gate
from analytics.dashboard.routes.static_files import StaticFiles, tag_of
from analytics.dashboard.state.feed import Feed
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.stored_days import StoredDays, always
from analytics.dashboard.tiles.street_tiles import StreetTiles
from geofence.network.network import Network
from geofence.plan.plan import Grid, Plan
from ingest.log.pinglog import PingLog


class PlanView:
    """A plan as it is shown: all that follows from it alone, ready to be answered."""

    def __init__(self, log: PingLog, plan: Plan, network: Network) -> None:
        self.plan, self.network = plan, network
        self.days = StoredDays(log, plan, network)
        self.streets = msgspec.json.encode(streets_geojson(plan, network))
        self.streets_tag = tag_of(self.streets)
        self._tiling = threading.Lock()

    @cached_property
    def search(self) -> SearchIndex:
        """Finds grids, vehicles and streets."""
        return SearchIndex(self.plan)

    @property
    def tiles(self) -> StreetTiles:
        """The streets as vector tiles: made ready once, by whoever asks first."""
        with self._tiling:
            return self._tiles

    @cached_property
    def _tiles(self) -> StreetTiles:
        return StreetTiles(self.plan)


class Dashboard:
    """A plan, its log, the live feed and who may look at it.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    basemap
        Drawn below the streets, if there is one.
    steady_ms
        The same clock, but one that nobody sets; by default `clock_ms`. Sessions go by it.
    is_open
        Whether without users anybody may look.
    """

    def __init__(
        self,
        log: PingLog,
        feed: Feed,
        clock_ms: Callable[[], int],
        basemap: Basemap | None = None,
        steady_ms: Callable[[], int] | None = None,
        *,
        is_open: bool = False,
    ) -> None:
        self.basemap = basemap
        self.log = log
        self.feed = feed
        self.clock_ms = clock_ms
        self.view = self.view_of(feed.plan, feed.network)
        """Of the plan in force. Another may take its place between any two looks."""
        self.behind = WriteBehind()
        self.access = Access(
            Users(log, clock_ms),
            Sessions(log, steady_ms or clock_ms, self.behind),
            AuditLog(log, clock_ms, self.behind),
            is_open=is_open,
        )
        self.gate = Gate(self.access)
        self.files = StaticFiles()

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.view.plan

    @property
    def days(self) -> StoredDays:
        """The dates of the log, by the plan in force."""
        return self.view.days

    @property
    def search(self) -> SearchIndex:
        """Finds grids, vehicles and streets."""
        return self.view.search

    def view_of(self, plan: Plan, network: Network) -> PlanView:
        """Make ready what is shown of a plan."""
        return PlanView(self.log, plan, network)

    def show(self, view: PlanView) -> None:
        """Show another plan from now on."""
        self.view = view

    def close(self) -> None:
        """Write what is left to write, and let all threads end."""
        self.behind.close()
        self.gate.close()

    def grid(self, grid_id: str) -> Grid:
        """Give a grid; 404 if there is none."""
        grid = self.plan.grid_by_id.get(grid_id)
        if grid is None:
            raise HTTPException(404, "there is no such grid")
        return grid

    def date_of(self, text: str | None) -> date:
        """Read a date, by default the live one; 422 if it is none."""
        if text is None:
            return self.feed.service_date
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise HTTPException(422, f"date: {text} is no date") from None

    def is_live(self, service_date: date, at_ms: int | None) -> bool:
        """Whether the feed knows the state of a date at an instant, and no log is to be read."""
        return at_ms is None and service_date == self.feed.service_date

    def state_of(
        self, service_date: date, at_ms: int | None, wanted: Callable[[], bool] = always
    ) -> tuple[LiveState, int, bool]:
        """Give the state of a date at an instant, the instant, and whether it is live.

        Hold `Feed.reading` while looking at a live one.
        """
        if self.is_live(service_date, at_ms):
            return self.feed.state, self.feed.now_ms(), True
        state, instant_ms = self.days.state_of(service_date, at_ms, wanted)
        return state, instant_ms, False
