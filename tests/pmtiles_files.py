"""Small PMTiles files for tests."""

import gzip
import io
from pathlib import Path

import mapbox_vector_tile
import matplotlib.image
import numpy as np
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

ATTRIBUTION = '<a href="x" onclick="alert(1)">© 示例</a> contributors'
EXTENT = 4096


def _png() -> bytes:
    target = io.BytesIO()
    matplotlib.image.imsave(target, np.full((256, 256, 3), (255, 0, 0), np.uint8), format="png")
    return target.getvalue()


PNG_TILE = _png()
"""Red all over."""


def write_raster(path: Path, last_zoom: int = 1) -> Path:
    """Write a file whose tiles are all red."""
    return _write(path, TileType.PNG, Compression.NONE, PNG_TILE, last_zoom, {})


def write_vector(path: Path, last_zoom: int = 1) -> Path:
    """Write a file whose tiles are all water with one road across."""
    far = EXTENT
    water = {"geometry": f"POLYGON((0 0,{far} 0,{far} {far},0 {far},0 0))", "properties": {}}
    road = {"geometry": f"LINESTRING(0 {far // 2},{far} {far // 2})", "properties": {}}
    tile = mapbox_vector_tile.encode(
        [{"name": "water", "features": [water]}, {"name": "roads", "features": [road]}],
        default_options={"extents": EXTENT},
    )
    layers = {"vector_layers": [{"id": "water", "fields": {}}, {"id": "roads", "fields": {}}]}
    return _write(path, TileType.MVT, Compression.GZIP, gzip.compress(tile), last_zoom, layers)


def _write(
    path: Path,
    kind: TileType,
    compression: Compression,
    tile: bytes,
    last_zoom: int,
    metadata: dict[str, object],
) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        for zoom in range(last_zoom + 1):
            for x in range(1 << zoom):
                for y in range(1 << zoom):
                    writer.write_tile(zxy_to_tileid(zoom, x, y), tile)
        bounds = {
            "min_lon_e7": -1_800_000_000, "min_lat_e7": -850_000_000, "max_lon_e7": 1_800_000_000,
            "max_lat_e7": 850_000_000, "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        header = {"tile_type": kind, "tile_compression": compression, **bounds}
        writer.finalize(header, {"attribution": ATTRIBUTION, **metadata})
    return path
