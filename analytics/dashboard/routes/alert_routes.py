"""Routes of alerts: shown to all, acknowledged by operators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from analytics.dashboard.access.access import Identity, address_of
from analytics.dashboard.access.users import Role
from analytics.dashboard.documents.documents import AlertDoc
from analytics.dashboard.routes.answers import DateQuery, absent, answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard

NOBODY = "operations"
"""Who acknowledges while there are no users."""
AlertNumber = Annotated[str, Path(pattern=r"^[0-9]{1,9}$")]


def alert_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["alerts"])
    gate, access, alerts = dashboard.gate, dashboard.access, dashboard.feed.alerts

    @router.get(
        "/alerts",
        responses=answers(list[AlertDoc], 401),
        dependencies=[Depends(gate.require(Role.VIEWER))],
    )
    async def get_alerts(request: Request, date: DateQuery = None) -> Response:
        """List the alerts of a date."""
        chosen = dashboard.date_of(date)
        return await gate.days(request, lambda _: json_answer(alerts.of(chosen)))

    @router.post("/alerts/{id}/acknowledge", responses=answers(AlertDoc, 400, 401, 404, 413))
    async def post_acknowledge(
        request: Request,
        id: AlertNumber,  # noqa: A002 - the contract's name
        identity: Annotated[Identity, Depends(gate.require(Role.OPERATOR))],
    ) -> Response:
        """Note who sees to an alert."""
        name, address = identity.user or NOBODY, address_of(request)

        def acknowledge() -> Response:
            if not alerts.exists(int(id)):
                raise absent("such alert")
            found = alerts.acknowledge(int(id), name, dashboard.clock_ms())
            access.audit.write(name, address, "acknowledge", f"alert {id}")
            return json_answer(found)

        return await gate.change(request, acknowledge)

    return router
