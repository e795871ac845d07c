"""The files of the page: only kinds that a page is made of, each with a tag of its content."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import HTTPException, Request, Response

PAGE_FOLDER = Path(__file__).parents[1] / "page"
VENDOR_FOLDER = Path(__file__).parents[1] / "static" / "vendor"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_MOST_LEVELS = 4


@dataclass(frozen=True, slots=True)
class _File:
    stamp: tuple[int, int]
    content: bytes
    tag: str


class StaticFiles:
    """Serves files of two folders, kept in memory until they change."""

    def __init__(self, page: Path = PAGE_FOLDER, vendor: Path = VENDOR_FOLDER) -> None:
        self._page = page
        self._vendor = vendor
        self._files: dict[Path, _File] = {}

    @property
    def has_map(self) -> bool:
        """Whether the map's library is there."""
        return (self._vendor / "maplibre-gl.mjs").is_file()

    def answer(self, request: Request, name: str) -> Response:
        """Answer with a file of the page, or, under ``vendor/``, of the map's library."""
        path = self._path(name)
        file = None if path is None else self._read(path)
        if path is None or file is None:
            raise HTTPException(404, "there is no such file")
        return tagged(request, file.content, file.tag, KINDS[path.suffix])

    def _path(self, name: str) -> Path | None:
        levels = name.split("/")
        is_sound = len(levels) <= _MOST_LEVELS and all(map(_is_plain, levels))
        if not is_sound or "node_modules" in levels or Path(name).suffix not in KINDS:
            return None
        if levels[0] == "vendor":
            return self._vendor.joinpath(*levels[1:])
        return self._page.joinpath(*levels)

    def _read(self, path: Path) -> _File | None:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._files.get(path)
            if known is not None and known.stamp == stamp:
                return known
            content = path.read_bytes()
        except (OSError, ValueError):
            return None
        file = _File(stamp, content, tag_of(content))
        self._files[path] = file
        return file


def tag_of(content: bytes) -> str:
    """Make an entity tag."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def tagged(
    request: Request, content: bytes, tag: str, kind: str, *, private: bool = False
) -> Response:
    """Answer with a content, or with 304 if the browser has it.

    Parameters
    ----------
    private
        No proxy may keep it, as it is for those who are let in.
    """
    headers = {"ETag": tag, "Cache-Control": "private, no-cache" if private else "no-cache"}
    known = request.headers.get("if-none-match", "")
    if any(each.strip().removeprefix("W/") == tag for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _is_plain(level: str) -> bool:
    return (
        bool(level)
        and level.isascii()
        and not level.startswith(".")
        and all(letter.isalnum() or letter in "-_." for letter in level)
    )
