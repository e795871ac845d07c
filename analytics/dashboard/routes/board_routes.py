"""Routes of the public board: no login, no cookies, no plates, no contacts."""

import asyncio
import time
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, HTTPException, Query, Request, Response, params
from pydantic import BaseModel, ConfigDict, Field

from analytics.coverage.windows import service_windows
from analytics.dashboard.access.access import address_of, too_many
from analytics.dashboard.board.board import StreetWindow, check_report, last_collected_ms, of_street
from analytics.dashboard.board.resident_reports import ResidentReports
from analytics.dashboard.documents.board_documents import (
    BoardAboutDoc,
    BoardDayDoc,
    BoardSpanDoc,
    BoardStreetDoc,
    BoardWindowDoc,
    ReportDoc,
)
from analytics.dashboard.documents.plan_documents import LANGUAGES
from analytics.dashboard.routes.answers import MOST_TEXT, TextQuery, absent, answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.work import Wanted
from geofence.plan.plan import Grid
from ingest.fault import LogError
from ingest.time_zones import utc_offsets
from ingest.web.limits import RateLimit, network_of

LOOK_AHEAD = 8
"""Days in which the next window is looked for."""
BEFORE_S = 5.0
"""How long an answer waits for what was collected the day before."""
NameQuery = Annotated[str, Query(max_length=MOST_TEXT)]

program_log = structlog.get_logger(__name__)


class Report(BaseModel):
    """Which street was not collected."""

    model_config = ConfigDict(extra="forbid", strict=True)

    grid: str = Field(max_length=MOST_TEXT)
    street: str = Field(max_length=MOST_TEXT)


def board_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/board", tags=["board"])
    looks, sent = RateLimit(burst=60, per_s=2.0), RateLimit(burst=5, per_s=0.05)
    reports = ResidentReports(dashboard.log, dashboard.clock_ms)
    before = _DayBefore(dashboard)
    feed, gate = dashboard.feed, dashboard.gate

    @router.get("/about", responses=answers(BoardAboutDoc, 429), dependencies=[_limited(looks)])
    async def get_about() -> Response:
        """Tell what the board needs to know of the plan."""
        plan = dashboard.plan
        document = BoardAboutDoc(
            name=plan.name,
            timezone=plan.timezone,
            utc_offsets=[list(each) for each in utc_offsets(plan.timezone)],
            language=LANGUAGES[0],
            schematic=plan.schematic,
        )
        return json_answer(document)

    @router.get(
        "/streets", responses=answers(list[BoardStreetDoc], 429), dependencies=[_limited(looks)]
    )
    async def get_streets(request: Request, q: TextQuery) -> Response:
        """Find streets by name, pinyin or its initials."""
        return await gate.board(request, lambda: json_answer(dashboard.search.streets(q)))

    @router.get("/street", responses=answers(BoardDayDoc, 404, 429), dependencies=[_limited(looks)])
    async def get_street(request: Request, grid: NameQuery, street: NameQuery) -> Response:
        """Tell the windows of a street today, and when it was last collected."""
        chosen, windows = await gate.board(request, lambda: _windows_of(dashboard, grid, street))
        collected_ms = last_collected_ms(windows)
        if collected_ms is None:
            collected_ms = await before.last_collected_ms(grid, street)
        operators = {each.id: each.name for each in dashboard.plan.operators}
        document = BoardDayDoc(
            grid=grid,
            operator=operators[chosen.operator_id],
            street=street,
            windows=[
                BoardWindowDoc(
                    window=each.window["window"],
                    start_ms=each.window["start_ms"],
                    end_ms=each.window["end_ms"],
                    state=each.street["state"],
                )
                for each in windows
            ],
            last_collected_ms=collected_ms,
            next_window=_next_window(dashboard, chosen),
        )
        return json_answer(document)

    @router.post(
        "/reports",
        responses=answers(ReportDoc, 400, 404, 413, 429),
        dependencies=[_limited(sent)],
    )
    async def post_report(request: Request, report: Report) -> Response:
        """Check a missed collection against the evidence; a confirmed miss goes on the worklist."""
        _, windows = await gate.board(
            request, lambda: _windows_of(dashboard, report.grid, report.street)
        )
        found = check_report(windows, feed.now_ms())
        reference, window = None, found.window
        if found.outcome == "missed" and window is not None:
            today = feed.service_date
            reference = await gate.change(
                request, lambda: reports.keep(today, report.grid, window, report.street)
            )
        document = ReportDoc(
            outcome=found.outcome,
            from_ms=found.from_ms,
            to_ms=found.to_ms,
            window_end_ms=found.window_end_ms,
            reference=reference,
        )
        return json_answer(document)

    return router


def _limited(limit: RateLimit) -> params.Depends:
    async def check(request: Request) -> None:
        wait_s = limit.take(network_of(address_of(request)), time.monotonic())
        if wait_s > 0.0:
            raise too_many(wait_s)

    return params.Depends(check)


def _windows_of(dashboard: Dashboard, grid: str, street: str) -> tuple[Grid, list[StreetWindow]]:
    chosen = dashboard.grid(grid)
    drawn = (grid, street) in dashboard.plan.sections_of_street
    if not drawn and street not in chosen.streets:
        raise absent("such street in the grid")
    with dashboard.feed.reading:
        return chosen, of_street(dashboard.feed.state.windows_of(grid), street)


def _next_window(dashboard: Dashboard, grid: Grid) -> BoardSpanDoc | None:
    """Give the next window that is yet to begin."""
    now_ms, first = dashboard.feed.now_ms(), dashboard.feed.service_date
    zone, rules = ZoneInfo(dashboard.plan.timezone), dashboard.plan.rules
    for ahead in range(LOOK_AHEAD):
        windows = service_windows(grid, first + timedelta(days=ahead), zone, rules)
        spans = [(each.start_ms, each.end_ms) for each in windows if each.start_ms > now_ms]
        if spans:
            start_ms, end_ms = min(spans)
            return BoardSpanDoc(start_ms=start_ms, end_ms=end_ms)
    return None


class _DayBefore:
    """When streets were last collected the day before; looked up once a day, beside the answers."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard
        self._known: tuple[date, dict[tuple[str, str], int]] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def last_collected_ms(self, grid: str, street: str) -> int | None:
        """Give it; None also if the log does not tell soon."""
        today = self._dashboard.feed.service_date
        if self._known is None or self._known[0] != today:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.ensure_future(self._look_up(today))
            await asyncio.wait({self._looking}, timeout=BEFORE_S)
        if self._known is None or self._known[0] != today:
            return None
        return self._known[1].get((grid, street))

    async def _look_up(self, today: date) -> None:
        try:
            found = await self._dashboard.gate.beside("the day before", self._collected)
        except (LogError, HTTPException) as error:
            program_log.warning("the board does not know the day before", reason=str(error))
            return
        self._known = (today, found)

    def _collected(self, wanted: Wanted) -> dict[tuple[str, str], int]:
        service_date = self._dashboard.feed.service_date - timedelta(days=1)
        state, _ = self._dashboard.days.state_of(service_date, wanted=wanted)
        found: dict[tuple[str, str], int] = {}
        for grid in self._dashboard.plan.grids:
            for _, streets in state.windows_of(grid.id):
                for each in streets:
                    if each["completed_ms"] is not None:
                        key = (grid.id, each["street"])
                        found[key] = max(each["completed_ms"], found.get(key, 0))
        return found
