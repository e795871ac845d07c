"""The ground below the streets: tiles from one PMTiles file of version 3, vector or raster.

The file is read as it is needed and looked at before and after, for it may be replaced meanwhile:
by another under its name, or in place by what copies over it. Until it can be read there is none.
"""

import os
import re
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from pmtiles.reader import Reader
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
MOST_BYTES = 64 * 1024 * 1024
"""No tile and no directory is larger; a file in the midst of being written may claim to be."""
_MOST_ATTRIBUTION = 200
_TRIES = 3

program_log = structlog.get_logger(__name__)
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is stored."""

    content: bytes
    kind: str
    encoding: str | None


class Basemap:
    """Reads tiles of a file.

    Parameters
    ----------
    is_awaited
        Whether a file that cannot be used now is only warned of, and used once it can be.

    Raises
    ------
    SettingError
        If it is no PMTiles file that a browser can draw, unless it is awaited.
    """

    def __init__(self, path: Path, *, is_awaited: bool = False) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._ground: _Ground | None = None
        self._refused: _Stamp | None = None
        """What was found and could not be used."""
        self._is_absent = False
        if is_awaited:
            self._current()
        else:
            self._ground = _Ground(path)

    @property
    def kind(self) -> str | None:
        """The media type of its tiles."""
        ground = self._current()
        return ground.kind if ground else None

    @property
    def encoding(self) -> str | None:
        """How its tiles are compressed."""
        ground = self._current()
        return ground.encoding if ground else None

    def document(self) -> BasemapDoc | None:
        """Describe it for the page; None while there is none."""
        ground = self._current()
        return ground.document() if ground else None

    def tile(self, zoom: int, x: int, y: int) -> bytes | None:
        """Give a tile as it is stored; None if there is none."""
        found = self.find(zoom, x, y)
        return found.content if found else None

    def find(self, zoom: int, x: int, y: int) -> Tile | None:
        """Give a tile with its kind; None if there is none."""
        for _ in range(_TRIES):
            ground = self._current()
            if ground is None:
                return None
            try:
                content = ground.tile(zoom, x, y)
            except Exception as error:  # noqa: BLE001 - the library tells broken files in many ways
                if not ground.is_changed:
                    program_log.warning(
                        "a tile of the basemap cannot be read", file=str(self._path),
                        tile=f"{zoom}/{x}/{y}", reason=str(error),
                    )  # fmt: skip
                    return None
                continue
            if not ground.is_changed:
                return Tile(content, ground.kind, ground.encoding) if content else None
        return None

    def _current(self) -> "_Ground | None":
        """Give the file as it is now; if that cannot be used, as it was if that still can be."""
        with self._lock:
            ground = self._ground
            if ground is not None and ground.is_changed:
                ground = self._ground = None  # written over: what it was is gone
            try:
                stamp = _stamp(self._path.stat())
            except OSError as error:
                if not self._is_absent:
                    program_log.warning(
                        "the basemap cannot be read", file=str(self._path),
                        reason=error.strerror or str(error),
                    )  # fmt: skip
                self._is_absent = True
                return ground
            self._is_absent = False
            if (ground is not None and ground.stamp == stamp) or stamp == self._refused:
                return ground
            try:
                self._ground = _Ground(self._path)
            except SettingError as error:
                self._refused = stamp
                program_log.warning("the basemap cannot be used", reason=str(error))
            return self._ground


class _Ground:
    """A file as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._file)  # readers on other threads may have it
            self.stamp = _stamp(os.fstat(self._file))
            self._reader = Reader(self._read)
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

    @property
    def is_changed(self) -> bool:
        """Whether somebody has written to the file since it was opened."""
        return _stamp(os.fstat(self._file)) != self.stamp

    def document(self) -> BasemapDoc:
        return BasemapDoc(
            kind="vector" if self.kind == KINDS[TileType.MVT] else "raster",
            min_zoom=self._zooms[0],
            max_zoom=self._zooms[1],
            layers=self._layers,
            attribution=self._attribution,
        )

    def tile(self, zoom: int, x: int, y: int) -> bytes | None:
        least, most = self._zooms
        if not least <= zoom <= most or x >= 1 << zoom or y >= 1 << zoom:
            return None
        found: bytes | None = self._reader.get(zoom, x, y)
        return found

    def _read(self, offset: int, length: int) -> bytes:
        """Read a part; not through a mapping, which kills the process where a file was cut."""
        if not 0 <= length <= MOST_BYTES:
            raise ValueError(f"{length} bytes at {offset} are too many")
        return os.pread(self._file, length, offset)


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
