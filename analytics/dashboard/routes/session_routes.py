"""Routes of the login, and of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analytics.dashboard.access.access import Identity, cookie_name, device_cookie
from analytics.dashboard.access.sessions import LONGEST_MS, Session
from analytics.dashboard.access.users import MOST_NAME, MOST_PASSWORD, Role
from analytics.dashboard.documents.documents import AuditDoc, SessionDoc
from analytics.dashboard.routes.answers import answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard

DEVICE_S = 180 * 24 * 3600
"""How long a browser keeps the mark of a device from which somebody has logged in."""


class Login(BaseModel):
    """Who wants in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=MOST_NAME)
    password: str = Field(max_length=MOST_PASSWORD)


def session_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["session"])
    access, gate = dashboard.access, dashboard.gate

    @router.get("/session", responses=answers(SessionDoc))
    async def get_session(request: Request) -> Response:
        """Tell who is logged in."""
        return json_answer((await gate.identify(request)).document())

    @router.post("/login", responses=answers(SessionDoc, 400, 401, 413, 429))
    async def post_login(request: Request, login: Login) -> Response:
        """Log in; the session is a cookie that scripts cannot read."""

        def log_in() -> tuple[str, Session, str | None]:
            token, session = access.log_in(request, login.name, login.password)
            return token, session, access.mark_for(request, login.name)

        token, session, mark = await gate.log_in(request, log_in)
        identity = Identity(session.user, session.role, session.csrf, login_required=True)
        answer = json_answer(identity.document())
        answer.set_cookie(
            cookie_name(request),
            token,
            max_age=LONGEST_MS // 1000,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        if mark is not None:
            answer.set_cookie(
                device_cookie(request, login.name),
                mark,
                max_age=DEVICE_S,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return answer

    @router.post("/logout", responses=answers(SessionDoc, 400, 401, 413))
    async def post_logout(
        request: Request, identity: Annotated[Identity, Depends(gate.require(Role.VIEWER))]
    ) -> Response:
        """Log out."""
        await gate.change(request, lambda: access.log_out(request, identity))
        answer = json_answer((await gate.identify(request)).document())
        answer.delete_cookie(
            cookie_name(request),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.get(
        "/audit",
        responses=answers(list[AuditDoc], 401),
        dependencies=[Depends(gate.require(Role.ADMIN))],
    )
    async def get_audit(
        request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """Give what users did, the latest first."""
        return await gate.days(request, lambda _: json_answer(access.audit.latest(limit)))

    return router
