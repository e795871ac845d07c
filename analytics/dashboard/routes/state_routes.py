"""Routes of the live view and the time machine."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from analytics.dashboard.access.users import Role
from analytics.dashboard.documents.documents import PlanDoc, StateDoc
from analytics.dashboard.documents.plan_documents import plan_document
from analytics.dashboard.routes.answers import AtQuery, DateQuery, answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.gate import viewer_of
from analytics.dashboard.routes.static_files import tag_of, tagged
from analytics.dashboard.routes.streams import EventStream, Places
from analytics.dashboard.routes.work import Wanted
from analytics.dashboard.state.event_history import encode_event
from analytics.dashboard.state.time_machine import Playback, resumed_at
from ingest.fault import LogError

KEEP_ALIVE_S = 15.0
RETRY = b"retry: 1000\n\n"
AGAIN_S = 20.0
"""Between two looks whether a reader may still look: who was thrown out reads no more."""
MOST_STREAMS = 500
MOST_STREAMS_EACH = 100
MOST_PLAYBACKS = 16
MOST_PLAYBACKS_EACH = 4
"""Open at once, in all and for one viewer."""

SpeedQuery = Annotated[float, Query(ge=1, le=600, description="Times the pace of a clock.")]
LastEventId = Annotated[str | None, Header(max_length=100)]


def state_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    gate = dashboard.gate
    viewer = Depends(gate.require(Role.VIEWER))
    router = APIRouter(dependencies=[viewer], tags=["live"])
    feed = dashboard.feed
    live, played = Places(), Places()

    @router.get("/plan", responses=answers(PlanDoc, 304, 401))
    async def get_plan(request: Request, date: DateQuery = None) -> Response:
        """Describe the plan as it is on a date."""
        chosen = dashboard.date_of(date)

        def describe() -> Response:
            view = dashboard.view
            ground = dashboard.basemap.document() if dashboard.basemap else None
            document = plan_document(view.plan, view.network, chosen, ground)
            encoded = msgspec.json.encode(document)
            return tagged(request, encoded, tag_of(encoded), "application/json", private=True)

        return await gate.view(request, describe)

    @router.get(
        "/streets.geojson",
        responses={
            **answers(str, 304, 401),
            200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}},
        },
    )
    async def get_streets(request: Request, date: DateQuery = None) -> Response:
        """Draw the streets."""
        dashboard.date_of(date)
        view = dashboard.view
        return tagged(request, view.streets, view.streets_tag, "application/geo+json", private=True)

    @router.get("/state", responses=answers(StateDoc, 401))
    async def get_state(request: Request, at: AtQuery = None) -> Response:
        """Tell where every street and vehicle stands, live or at a stored instant."""
        if at is None:
            return await gate.view(request, lambda: json_answer(feed.read().state))

        def look_back(wanted: Wanted) -> Response:
            state, instant_ms = dashboard.days.state_at(at, wanted)
            return json_answer(state.document(instant_ms, 0, live=False))

        return await gate.days(request, look_back)

    @router.get(
        "/events",
        response_class=StreamingResponse,
        responses={**answers(str, 204, 401, 429), 200: {"content": {"text/event-stream": {}}}},
    )
    async def get_events(
        request: Request,
        at: AtQuery = None,
        speed: SpeedQuery = 1.0,
        last_event_id: LastEventId = None,
    ) -> Response:
        """Stream what changes: live, or from a stored instant on."""
        if at is None:
            feed.check()
            place = live.take(
                viewer_of(request),
                most=MOST_STREAMS,
                most_each=MOST_STREAMS_EACH,
                told="too many pages are open",
                told_each=f"you have {MOST_STREAMS_EACH} pages open already",
            )
            return EventStream(_live_events(dashboard, request, last_event_id), place)
        resumed = resumed_at(last_event_id)
        service_date, from_ms = resumed or (None, at)
        playback = Playback(dashboard.days, from_ms, speed, time.monotonic, service_date)
        if resumed is not None and playback.is_over:
            return Response(status_code=204)  # which ends a browser's tries
        place = played.take(
            viewer_of(request),
            most=MOST_PLAYBACKS,
            most_each=MOST_PLAYBACKS_EACH,
            told=f"{MOST_PLAYBACKS} time machines run already",
            told_each=f"{MOST_PLAYBACKS_EACH} time machines of yours run already",
        )
        return EventStream(_played_events(dashboard, request, playback.events()), place)

    return router


async def _live_events(
    dashboard: Dashboard, request: Request, last_event_id: str | None
) -> AsyncIterator[bytes]:
    feed, history, visit = dashboard.feed, dashboard.feed.history, _Visit(dashboard, request)
    yield RETRY
    number = history.number_of(last_event_id) if last_event_id else None
    while not history.closed and await visit.goes_on():
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


async def _played_events(
    dashboard: Dashboard, request: Request, events: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    visit = _Visit(dashboard, request)
    yield RETRY
    async for event in events:
        if dashboard.feed.history.closed or not await visit.goes_on():
            return
        yield event


class _Visit:
    """Whether whoever reads a stream may still look: looked at again and again."""

    def __init__(self, dashboard: Dashboard, request: Request) -> None:
        self._gate = dashboard.gate
        self._request = request
        self._seen_s = asyncio.get_running_loop().time()

    async def goes_on(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._seen_s < AGAIN_S:
            return True
        self._seen_s = now_s
        try:
            identity = await self._gate.identify(self._request)
        except LogError:  # whoever was let in stays while the database is away
            return True
        return identity.role is not None and identity.role.includes(Role.VIEWER)
