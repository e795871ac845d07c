"""The ground below the streets: tiles from one PMTiles file of version 3, vector or raster."""

import re
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType

from analytics.dashboard.documents.documents import BasemapDoc
from ingest.fault import SettingError

KINDS = {
    TileType.MVT: "application/vnd.mapbox-vector-tile",
    TileType.PNG: "image/png",
    TileType.JPEG: "image/jpeg",
    TileType.WEBP: "image/webp",
}
_ENCODINGS = {Compression.NONE: None, Compression.GZIP: "gzip", Compression.BROTLI: "br"}
_MARKUP = re.compile(r"<[^>]*>")
MOST_ZOOM = 24
_MOST_ATTRIBUTION = 200


class Basemap:
    """Reads tiles of a file, which stays open.

    Raises
    ------
    SettingError
        If it is no PMTiles file that a browser can draw.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._reader = Reader(MmapSource(file))
            header: dict[str, Any] = self._reader.header()
            metadata: dict[str, Any] = self._reader.metadata()
            self.kind = KINDS[header["tile_type"]]
            self.encoding = _ENCODINGS[header["tile_compression"]]
            self._zooms = header["min_zoom"], header["max_zoom"]
            self._layers = [str(each["id"]) for each in metadata.get("vector_layers") or ()]
            attribution = str(metadata.get("attribution") or "")
        except OSError as error:
            raise SettingError(f"{path}: it cannot be read ({error.strerror or error})") from error
        except Exception as error:  # the library tells broken files in many ways
            raise SettingError(
                f"{path}: it is no PMTiles file (version 3, vector, PNG, JPEG or WebP) that a "
                "browser can draw; make one, or leave out the basemap"
            ) from error
        self._attribution = _MARKUP.sub("", attribution)[:_MOST_ATTRIBUTION]

    def document(self) -> BasemapDoc:
        """Describe it for the page."""
        return BasemapDoc(
            kind="vector" if self.kind == KINDS[TileType.MVT] else "raster",
            min_zoom=self._zooms[0],
            max_zoom=self._zooms[1],
            layers=self._layers,
            attribution=self._attribution,
        )

    def tile(self, zoom: int, x: int, y: int) -> bytes | None:
        """Give a tile as it is stored; None if there is none."""
        least, most = self._zooms
        if not least <= zoom <= most or x >= 1 << zoom or y >= 1 << zoom:
            return None
        found: bytes | None = self._reader.get(zoom, x, y)
        return found
