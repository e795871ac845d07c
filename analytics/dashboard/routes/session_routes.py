"""Routes of the login, and of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analytics.dashboard.access.access import Identity, cookie_name
from analytics.dashboard.access.sessions import LONGEST_MS
from analytics.dashboard.access.users import MOST_NAME, MOST_PASSWORD, Role
from analytics.dashboard.documents.documents import AuditDoc, SessionDoc
from analytics.dashboard.routes.answers import answers, json_answer
from analytics.dashboard.routes.dashboard import Dashboard


class Login(BaseModel):
    """Who wants in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=MOST_NAME)
    password: str = Field(max_length=MOST_PASSWORD)


def session_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    router = APIRouter(tags=["session"])
    access = dashboard.access

    @router.get("/session", responses=answers(SessionDoc))
    def get_session(request: Request) -> Response:
        """Tell who is logged in."""
        return json_answer(access.identify(request).document())

    @router.post("/login", responses=answers(SessionDoc, 400, 401, 413, 429))
    def post_login(request: Request, login: Login) -> Response:
        """Log in; the session is a cookie that scripts cannot read."""
        token, session = access.log_in(request, login.name, login.password)
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
        return answer

    @router.post("/logout", responses=answers(SessionDoc, 400, 401, 413))
    def post_logout(
        request: Request, identity: Annotated[Identity, Depends(access.require(Role.VIEWER))]
    ) -> Response:
        """Log out."""
        access.log_out(request, identity)
        answer = json_answer(access.identify(request).document())
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
        dependencies=[Depends(access.require(Role.ADMIN))],
    )
    def get_audit(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
        """Give what users did, the latest first."""
        return json_answer(access.audit.latest(limit))

    return router
