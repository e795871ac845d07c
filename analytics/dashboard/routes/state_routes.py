"""Routes of the live view and the time machine."""

import time
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from analytics.dashboard.access.users import Role
from analytics.dashboard.documents.documents import PlanDoc, StateDoc
from analytics.dashboard.documents.plan_documents import plan_document, streets_geojson
from analytics.dashboard.routes.answers import AtQuery, DateQuery, answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.static_files import tag_of, tagged
from analytics.dashboard.state.event_history import encode_event
from analytics.dashboard.state.time_machine import Playback, resumed_at

KEEP_ALIVE_S = 15.0
RETRY = b"retry: 1000\n\n"
MOST_STREAMS = 500
MOST_PLAYBACKS = 4
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

SpeedQuery = Annotated[float, Query(ge=1, le=600, description="Times the pace of a clock.")]
LastEventId = Annotated[str | None, Header(max_length=100)]


def state_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    viewer = Depends(dashboard.access.require(Role.VIEWER))
    router = APIRouter(dependencies=[viewer], tags=["live"])
    plan, feed = dashboard.plan, dashboard.feed
    streets = msgspec.json.encode(streets_geojson(plan, feed.network))
    streets_tag = tag_of(streets)
    streams = _Streams()

    @router.get("/plan", responses=answers(PlanDoc, 401))
    def get_plan(date: DateQuery = None) -> Response:
        """Describe the plan as it is on a date."""
        ground = dashboard.basemap.document() if dashboard.basemap else None
        return json_answer(plan_document(plan, feed.network, dashboard.date_of(date), ground))

    @router.get(
        "/streets.geojson",
        responses={
            **answers(str, 304, 401),
            200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}},
        },
    )
    def get_streets(request: Request, date: DateQuery = None) -> Response:
        """Draw the streets."""
        dashboard.date_of(date)
        return tagged(request, streets, streets_tag, "application/geo+json")

    @router.get("/state", responses=answers(StateDoc, 401))
    def get_state(at: AtQuery = None) -> Response:
        """Tell where every street and vehicle stands, live or at a stored instant."""
        if at is None:
            return json_answer(feed.read().state)
        state, instant_ms = dashboard.days.state_at(at)
        return json_answer(state.document(instant_ms, 0, live=False))

    @router.get(
        "/events",
        response_class=StreamingResponse,
        responses={**answers(str, 204, 401, 429), 200: {"content": {"text/event-stream": {}}}},
    )
    async def get_events(
        at: AtQuery = None, speed: SpeedQuery = 1.0, last_event_id: LastEventId = None
    ) -> Response:
        """Stream what changes: live, or from a stored instant on."""
        if at is None:
            feed.check()
            streams.check_live()
            events = streams.live(_live_events(dashboard, last_event_id))
        else:
            streams.check_playbacks()
            resumed = resumed_at(last_event_id)
            service_date, from_ms = resumed or (None, at)
            playback = Playback(dashboard.days, from_ms, speed, time.monotonic, service_date)
            if resumed is not None and playback.is_over:
                return Response(status_code=204)  # which ends a browser's tries
            events = streams.playback(_until_closed(dashboard, playback.events()))
        return StreamingResponse(
            events, media_type="text/event-stream", headers=dict(_STREAM_HEADERS)
        )

    return router


async def _live_events(dashboard: Dashboard, last_event_id: str | None) -> AsyncIterator[bytes]:
    feed, history = dashboard.feed, dashboard.feed.history
    yield RETRY
    number = history.number_of(last_event_id) if last_event_id else None
    while not history.closed:
        found = None if number is None else history.since(number)
        if found is None:
            reading = await run_in_threadpool(feed.read)
            number = reading.number
            yield encode_event("state", reading.state, history.event_id(number))
            continue
        events, number = found
        if events:
            yield b"".join(events)
        if not await history.wait(number, KEEP_ALIVE_S):
            yield b": nothing new\n\n"


async def _until_closed(dashboard: Dashboard, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield RETRY
    async for event in events:
        if dashboard.feed.history.closed:
            return
        yield event


class _Streams:
    """Counts the streams that are open."""

    def __init__(self) -> None:
        self._live = 0
        self._playbacks = 0

    def check_live(self) -> None:
        if self._live >= MOST_STREAMS:
            raise HTTPException(429, "too many pages are open")

    def check_playbacks(self) -> None:
        if self._playbacks >= MOST_PLAYBACKS:
            raise HTTPException(429, f"{MOST_PLAYBACKS} time machines run already")

    async def live(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._live += 1
        try:
            async for event in events:
                yield event
        finally:
            self._live -= 1

    async def playback(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._playbacks += 1
        try:
            async for event in events:
                yield event
        finally:
            self._playbacks -= 1
