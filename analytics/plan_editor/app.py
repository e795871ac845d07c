"""The web application of the editor: the page and its files, the plan, and what is done to it.

All stands below a path that nobody can guess, so that neither other users of the machine nor pages
of other sites reach it; and only requests from this machine by a name of its own are answered.
"""

import hmac
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics.dashboard.access.home import is_at_home
from analytics.dashboard.access.security import Guard
from analytics.dashboard.routes.answers import json_answer
from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.basemap_routes import PlacePath, ZoomPath, tile_answer
from analytics.dashboard.routes.static_files import StaticFiles
from analytics.plan_editor.documents import FaultDoc, RefusalDoc, faults_document
from analytics.plan_editor.editor import Editor, NothingError, StaleError
from analytics.plan_editor.plan_folder import ChangedOnDiskError
from analytics.plan_editor.wishes import AnyWish, Wish
from geofence.overrides.lines import LineError
from geofence.plan.fault import PlanError

OWN_FILES = "editor/"
MOST_BODY = 1024 * 1024
PAGE_FOLDER = Path(__file__).parent / "page"
_STALE = "the plan was changed in another window; it is shown as it is now"


def make_app(editor: Editor, token: str, basemap: Basemap | None = None) -> FastAPI:
    """Put the routes together, all below ``/{token}``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(_pages(), prefix=f"/{token}")
    app.include_router(_plan_routes(editor, basemap), prefix=f"/{token}/api")
    for error in (PlanError, LineError):
        app.add_exception_handler(error, _broken)
    app.add_exception_handler(StaleError, lambda *_: _refusal(409, _STALE, "stale"))
    app.add_exception_handler(NothingError, lambda *_: _refusal(409, "there is nothing", "nothing"))
    app.add_exception_handler(KeyError, lambda *_: _refusal(404, "it is not there", "absent"))
    app.add_exception_handler(ChangedOnDiskError, _changed)
    app.add_exception_handler(OSError, _unwritten)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(OnlyHere, token=token)
    app.add_middleware(Guard, most_body=MOST_BODY)
    return app


class OnlyHere:
    """Middleware: answers those on this machine who know the token, and nobody else."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            if not is_at_home(Request(scope)):
                told = "only this machine is answered, by a name of its own, and no proxy"
                await JSONResponse({"detail": told}, 403)(scope, receive, send)
                return
            known = scope["path"].split("/")[1].encode()
            if not hmac.compare_digest(known, self._token.encode()):
                told = "open the address that pingcheng plan edit printed"
                await JSONResponse({"detail": told}, 404)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _pages() -> APIRouter:
    router = APIRouter()
    own, shared = StaticFiles(page=PAGE_FOLDER), StaticFiles()

    @router.get("/")
    def get_page(request: Request) -> Response:
        return own.answer(request, "index.html")

    @router.get("/static/{name:path}")
    def get_file(request: Request, name: str) -> Response:
        if name.startswith(OWN_FILES):
            return own.answer(request, name.removeprefix(OWN_FILES))
        return shared.answer(request, name)

    return router


def _plan_routes(editor: Editor, basemap: Basemap | None) -> APIRouter:
    router = APIRouter()

    @router.get("/plan")
    def get_plan() -> Response:
        return _answer(editor.document(basemap.document() if basemap else None))

    @router.get("/disk")
    def get_disk() -> Response:
        return _answer({"changed": editor.changed_on_disk()})

    @router.post("/edit")
    def post_edit(wish: AnyWish) -> Response:
        return _answer(editor.do(wish))

    @router.post("/save")
    def post_save(wish: Wish) -> Response:
        return _answer(editor.save(wish.revision))

    @router.post("/reload")
    def post_reload() -> Response:
        editor.reload()
        return _answer(editor.document(basemap.document() if basemap else None))

    @router.get("/basemap/{zoom}/{x}/{y}")
    def get_tile(zoom: ZoomPath, x: PlacePath, y: PlacePath) -> Response:
        return tile_answer(basemap, zoom, x, y)

    return router


def _answer(document: object) -> Response:
    return json_answer(document, **{"Cache-Control": "no-store"})


def _refusal(status: int, told: str, code: str, field: str = "", value: str = "") -> Response:
    fault = FaultDoc(code=code, table="", field=field, value=value, told=told)
    return JSONResponse(RefusalDoc(detail=told, faults=[fault]), status)


def _broken(_: Request, error: Exception) -> Response:
    """Say what would be wrong with the plan."""
    if not isinstance(error, PlanError | LineError):
        raise error
    faults = faults_document(error)
    detail = "; ".join(fault["told"] for fault in faults[:5])
    return JSONResponse(RefusalDoc(detail=detail, faults=faults), 422)


def _changed(_: Request, error: Exception) -> Response:
    """Say that somebody else wrote the files."""
    if not isinstance(error, ChangedOnDiskError):
        raise error
    return _refusal(409, str(error), "changed_on_disk", value=", ".join(error.files))


def _unwritten(_: Request, error: Exception) -> Response:
    """Say that a file cannot be read or written."""
    if not isinstance(error, OSError):
        raise error
    file = Path(error.filename).name if isinstance(error.filename, str) else ""
    told = f"{file}: {error.strerror or error}" if file else str(error.strerror or error)
    return _refusal(500, told, "not_written", value=told)


def _refused(_: Request, error: Exception) -> Response:
    """Say in a line what cannot be read of a request."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        FaultDoc(
            code="unreadable", table="", field=str(each["loc"][-1]), value="", told=each["msg"]
        )
        for each in error.errors()[:5]
    ]
    detail = "; ".join(f"{fault['field']}: {fault['told']}" for fault in faults)
    return JSONResponse(RefusalDoc(detail=detail, faults=faults), 422)
