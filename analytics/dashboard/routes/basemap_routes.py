"""The routes of tiles: of the plan's streets, and of the basemap below them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from analytics.dashboard.access.users import Role
from analytics.dashboard.routes.answers import absent, answers
from analytics.dashboard.routes.basemap import KINDS, MOST_ZOOM, Basemap
from analytics.dashboard.routes.dashboard import Dashboard
from analytics.dashboard.routes.static_files import tag_of, tagged
from analytics.dashboard.tiles.street_tiles import MOST_ZOOM as MOST_STREET_ZOOM

ZoomPath = Annotated[int, Path(ge=0, le=MOST_ZOOM)]
StreetZoomPath = Annotated[int, Path(ge=0, le=MOST_STREET_ZOOM)]
PlacePath = Annotated[int, Path(ge=0, lt=1 << MOST_ZOOM)]
VECTOR_TILE = "application/vnd.mapbox-vector-tile"


def basemap_router(dashboard: Dashboard) -> APIRouter:
    """Make the routes."""
    viewer = Depends(dashboard.gate.require(Role.VIEWER))
    router = APIRouter(dependencies=[viewer], tags=["live"])

    @router.get(
        "/basemap/{zoom}/{x}/{y}",
        responses={
            **answers(str, 204, 401, 404),
            200: {
                "description": "A vector tile, or an image.",
                "content": {kind: {} for kind in KINDS.values()},
            },
        },
    )
    async def get_tile(request: Request, zoom: ZoomPath, x: PlacePath, y: PlacePath) -> Response:
        """Give a tile of the basemap."""
        return await dashboard.gate.view(
            request, lambda: tile_answer(dashboard.basemap, zoom, x, y)
        )

    @router.get(
        "/tiles/streets/{zoom}/{x}/{y}.mvt",
        responses={
            **answers(str, 204, 304, 401),
            200: {"description": "A vector tile.", "content": {VECTOR_TILE: {}}},
        },
    )
    async def get_streets_tile(
        request: Request, zoom: StreetZoomPath, x: PlacePath, y: PlacePath
    ) -> Response:
        """Draw the streets of a tile; the id of a feature is the number of its section."""

        def draw() -> Response:
            content = dashboard.view.tiles.tile(zoom, x, y) if max(x, y) < 1 << zoom else b""
            if not content:
                return Response(status_code=204)
            return tagged(request, content, tag_of(content), VECTOR_TILE, private=True)

        return await dashboard.gate.view(request, draw)

    return router


def tile_answer(basemap: Basemap | None, zoom: int, x: int, y: int) -> Response:
    """Answer with a tile; nothing lies beyond the map's edge.

    Raises
    ------
    HTTPException
        If there is no basemap.
    """
    if basemap is None:
        raise absent("basemap")
    tile = basemap.find(zoom, x, y)
    if tile is None:
        return Response(status_code=204)
    headers = {"Cache-Control": "private, max-age=86400"}
    if tile.encoding is not None:
        headers["Content-Encoding"] = tile.encoding
    return Response(tile.content, media_type=tile.kind, headers=headers)
