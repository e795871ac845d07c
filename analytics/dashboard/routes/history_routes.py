"""Routes that look closer: dates, grids, vehicles, evidence, search."""

from collections.abc import Callable
from datetime import date as Day  # noqa: N812 - the name is that of a parameter here
from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from analytics.dashboard.access.users import Role
from analytics.dashboard.documents.documents import (
    EvidenceDoc,
    FoundDoc,
    GridDoc,
    GridStreetDoc,
    GridStreetWindowDoc,
    StreetDoc,
    StreetEventDoc,
    VehicleDayDoc,
)
from analytics.dashboard.routes.answers import (
    FIRST_MS,
    LAST_MS,
    MOST_TEXT,
    AtQuery,
    DateQuery,
    IdPath,
    TextQuery,
    absent,
    answers,
    json_answer,
)
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.work import Wanted
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.vehicle_day import MOST_EVENTS, vehicle_day
from analytics.history.evidence_geojson import evidence_geojson
from analytics.history.street_events import StreetEvent, read_events_on
from analytics.verdicts.evidence import Evidence, record_of
from geofence.plan.plan import Grid

LONGEST_MS = 48 * 3_600_000
NameQuery = Annotated[str, Query(max_length=MOST_TEXT)]
InstantQuery = Annotated[int, Query(ge=FIRST_MS, lt=LAST_MS)]


def history_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    router = APIRouter(
        dependencies=[Depends(dashboard.gate.require(Role.VIEWER))], tags=["history"]
    )
    gate = dashboard.gate

    @router.get("/dates", responses=answers(list[str], 401))
    async def get_dates(request: Request) -> Response:
        """List the local dates that have pings."""
        return await gate.days(request, lambda _: _dates_answer(dashboard))

    @router.get("/grids/{id}", responses=answers(GridDoc, 401, 404))
    async def get_grid(
        request: Request,
        id: IdPath,  # noqa: A002 - the contract's name
        date: DateQuery = None,
        at: AtQuery = None,
    ) -> Response:
        """Describe a grid on a date, street by street."""
        grid, chosen = dashboard.grid(id), dashboard.date_of(date)
        describe = partial(_grid_answer, dashboard, grid, chosen, at)
        return await _look(dashboard, request, chosen, at, describe)

    @router.get("/vehicles/{id}", responses=answers(VehicleDayDoc, 401, 404))
    async def get_vehicle(
        request: Request,
        id: IdPath,  # noqa: A002 - the contract's name
        from_ms: InstantQuery,
        to_ms: InstantQuery,
    ) -> Response:
        """Give the fixes, gaps, faults and events of a vehicle in at most 48 hours."""
        describe = partial(_vehicle_answer, dashboard, id, (from_ms, to_ms))
        return await gate.days(request, lambda _: describe())

    @router.get("/evidence", responses=answers(EvidenceDoc, 401, 404))
    async def get_evidence(
        request: Request,
        grid: NameQuery,
        window: NameQuery,
        street: NameQuery,
        date: DateQuery = None,
        at: AtQuery = None,
    ) -> Response:
        """Give the record behind a street's verdict, and the same drawn."""
        dashboard.grid(grid)
        chosen = dashboard.date_of(date)
        describe = partial(_evidence_answer, dashboard, (grid, window, street), chosen, at)
        return await _look(dashboard, request, chosen, at, describe)

    @router.get("/evidence/events", responses=answers(list[StreetEventDoc], 401, 404))
    async def get_evidence_events(
        request: Request,
        grid: NameQuery,
        window: NameQuery,
        street: NameQuery,
        date: DateQuery = None,
        at: AtQuery = None,
    ) -> Response:
        """List the events beside fixes near a street in the time of its verdict, at most 2,000."""
        dashboard.grid(grid)
        chosen, place = dashboard.date_of(date), (grid, window, street)
        return await gate.days(
            request, lambda wanted: _events_answer(dashboard, place, chosen, at, wanted)
        )

    @router.get("/search", responses=answers(list[FoundDoc], 401))
    async def get_search(request: Request, q: TextQuery) -> Response:
        """Find grids, vehicles and streets, Chinese also by pinyin."""
        return await gate.view(request, lambda: json_answer(dashboard.search.find(q)))

    return router


async def _look(
    dashboard: Dashboard,
    request: Request,
    chosen: Day,
    at: int | None,
    describe: Callable[[Wanted], Response],
) -> Response:
    if dashboard.is_live(chosen, at):
        return await dashboard.gate.view(request, lambda: describe(Wanted()))
    return await dashboard.gate.days(request, describe)


def _dates_answer(dashboard: Dashboard) -> Response:
    return json_answer([each.isoformat() for each in dashboard.days.dates()])


def _grid_answer(
    dashboard: Dashboard, grid: Grid, chosen: Day, at: int | None, wanted: Wanted
) -> Response:
    state, instant_ms, _ = dashboard.state_of(chosen, at, wanted)
    with dashboard.feed.reading:
        return json_answer(_grid_document(grid, state, instant_ms))


def _evidence_answer(
    dashboard: Dashboard, place: tuple[str, str, str], chosen: Day, at: int | None, wanted: Wanted
) -> Response:
    record = _record_of(dashboard, place, chosen, at, wanted)
    return json_answer(
        EvidenceDoc(record=msgspec.to_builtins(record), geojson=evidence_geojson([record]))
    )


def _events_answer(
    dashboard: Dashboard, place: tuple[str, str, str], chosen: Day, at: int | None, wanted: Wanted
) -> Response:
    record = _record_of(dashboard, place, chosen, at, wanted)
    found = read_events_on(dashboard.log, {record.street: record}, at)
    return json_answer([_street_event(each) for _, each in found[-MOST_EVENTS:]])


def _street_event(found: StreetEvent) -> StreetEventDoc:
    event = found.event
    return StreetEventDoc(
        vehicle=event.vehicle_id,
        at_ms=event.event_time_ms,
        kind=event.kind,
        reference=event.reference,
        weight_kg=event.weight_kg,
        longitude=round(found.longitude, 7),
        latitude=round(found.latitude, 7),
        place="told" if found.is_told else "fixes",
        distance_m=round(found.distance_m, 1),
    )


def _vehicle_answer(dashboard: Dashboard, vehicle_id: str, span_ms: tuple[int, int]) -> Response:
    from_ms, to_ms = span_ms
    if not from_ms < to_ms <= from_ms + LONGEST_MS:
        raise HTTPException(422, "to_ms must be later than from_ms, by at most 48 hours")
    view = dashboard.view
    plan = view.plan
    grids = [grid.id for grid in plan.grids if vehicle_id in grid.vehicles]
    lent = [each.grid_id for each in plan.assignments if vehicle_id in each.vehicles]
    if not grids and not lent:
        raise absent("such vehicle in the plan")
    rows = dashboard.log.read_pings(start_ms=from_ms, end_ms=to_ms, vehicles=[vehicle_id])
    events = dashboard.log.read_events(start_ms=from_ms, end_ms=to_ms, vehicles=[vehicle_id])
    every = list(dict.fromkeys(grids + lent))
    return json_answer(vehicle_day(vehicle_id, rows, every, plan, view.network, events))


def _record_of(
    dashboard: Dashboard, place: tuple[str, str, str], chosen: Day, at: int | None, wanted: Wanted
) -> Evidence:
    grid, window, street = place
    state, _, _ = dashboard.state_of(chosen, at, wanted)
    with dashboard.feed.reading:
        judged = state.judged(grid, window)
    if judged is None:
        raise absent("evidence: the grid has no such window, or it has not begun")
    for number, outcome in enumerate(judged.streets):
        if outcome.street == street:
            return record_of(judged.case, number, outcome)
    raise absent("such street in the grid")


def _grid_document(grid: Grid, state: LiveState, now_ms: int) -> GridDoc:
    windows = state.windows_of(grid.id)
    by_street: dict[str, list[StreetDoc]] = {}
    for _, streets in windows:
        for street in streets:
            by_street.setdefault(street["street"], []).append(street)
    vehicles = state.plan.vehicles_of(grid, state.service_date)
    return GridDoc(
        id=grid.id,
        operator=grid.operator_id,
        windows=[window for window, _ in windows],
        streets=[
            GridStreetDoc(street=name, windows=[_street_window(each) for each in found])
            for name, found in by_street.items()
        ],
        vehicles=state.positions.traced(now_ms, vehicles),
    )


def _street_window(street: StreetDoc) -> GridStreetWindowDoc:
    return GridStreetWindowDoc(
        window=street["window"],
        state=street["state"],
        served_ratio=street["served_ratio"],
        started_ms=street["started_ms"],
        completed_ms=street["completed_ms"],
    )
