"""The web application: the interface under /api/v1, the page and the board.

Nothing a ping says ever becomes markup: it is answered as JSON only.
"""

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware

from analytics.dashboard.access.security import Guard
from analytics.dashboard.routes.alert_routes import alert_router
from analytics.dashboard.routes.basemap_routes import basemap_router
from analytics.dashboard.routes.board_routes import board_router
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.gate import AtHome
from analytics.dashboard.routes.history_routes import history_router
from analytics.dashboard.routes.session_routes import session_router
from analytics.dashboard.routes.state_routes import state_router
from analytics.dashboard.state.feed import FeedEndedError
from ingest.fault import LogError, UnstorableError

API = "/api/v1"
_ABOUT = (
    "Where every street of a plan stands now, and why. Instants are epoch milliseconds, lengths "
    "metres, positions degrees WGS 84. Requests other than GET need the header X-CSRF-Token with "
    "the value that GET /session gives; the board needs none."
)

program_log = structlog.get_logger(__name__)


def make_app(dashboard: Dashboard) -> FastAPI:
    """Put the routes together."""
    app = FastAPI(
        title="pingcheng",
        summary="Did the truck really collect on this street, in its window?",
        description=_ABOUT,
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # these pages fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # it would send to whatever the header Host says
    )
    for make in (
        session_router, state_router, basemap_router, history_router, alert_router, board_router,
    ):  # fmt: skip
        app.include_router(make(dashboard), prefix=API)
    _add_pages(app, dashboard)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(UnstorableError, _unfit)
    app.add_exception_handler(LogError, _away)
    app.add_exception_handler(FeedEndedError, _ended)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(AtHome, gate=dashboard.gate)
    app.add_middleware(Guard)
    return app


def _add_pages(app: FastAPI, dashboard: Dashboard) -> None:
    files = dashboard.files

    @app.get("/", include_in_schema=False)
    async def get_page(request: Request) -> Response:
        return files.answer(request, "index.html")

    @app.get("/board/", include_in_schema=False)
    async def get_board_folder() -> Response:
        return Response(status_code=308, headers={"Location": "/board"})

    @app.get("/board", include_in_schema=False)
    async def get_board(request: Request) -> Response:
        return files.answer(request, "board.html")

    @app.get("/static/{name:path}", include_in_schema=False)
    async def get_static(request: Request, name: str) -> Response:
        return files.answer(request, name)

    @app.get("/healthz", include_in_schema=False)
    async def get_health() -> Response:
        dashboard.feed.check()
        age_s = dashboard.feed.clock()["log_age_s"] or 0.0
        is_well = age_s < 10.0
        told: dict[str, object] = {"status": "ok" if is_well else "unhealthy"}
        warnings = []
        if dashboard.feed.plan_refused:
            warnings.append("the plan was changed and cannot be used; the one before goes on")
        if dashboard.feed.coming_plan_refused:
            warnings.append("the plan to come cannot be used; mend it before its date")
        if warnings:
            told["warnings"] = warnings
        return JSONResponse(told, status_code=200 if is_well else 503)


def _refused(_: Request, error: Exception) -> Response:
    """Say in a line what is out of bounds."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = error.errors()
    is_unreadable = any(fault["type"] == "json_invalid" for fault in faults)
    told = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults[:5]
    )
    return JSONResponse({"detail": told}, status_code=400 if is_unreadable else 422)


def _unfit(_: Request, error: Exception) -> Response:
    """Say that a database cannot hold what was sent, such as a NUL."""
    program_log.warning("a request could not be stored", reason=str(error))
    return JSONResponse({"detail": "that cannot be stored"}, 422)


def _away(_: Request, error: Exception) -> Response:
    """Say that the database is away, without its address."""
    program_log.warning("a request failed", reason=str(error))
    return JSONResponse(
        {"detail": "the database is away; try again"}, 503, headers={"Retry-After": "2"}
    )


def _ended(_: Request, __: Exception) -> Response:
    """Say that there is no live state, and that the page is about to begin anew."""
    return JSONResponse(
        {"status": "unhealthy", "detail": "the live feed has ended; try again"},
        503,
        headers={"Retry-After": "5"},
    )
