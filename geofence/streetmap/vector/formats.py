"""Files that are opened: five formats, told by ending and by what they begin with.

The library that reads them knows eighty formats more, among them some that fetch from the network
or run commands. None of those gets a file from here: neither under another's ending nor inside
a file that two formats take for theirs.
"""

import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.shapefile import beside, check_whole

DRIVERS: dict[str, tuple[str, ...]] = {
    ".shp": ("ESRI Shapefile",),
    ".gpkg": ("GPKG",),
    ".fgb": ("FlatGeobuf",),
    ".kml": ("LIBKML", "KML"),
    ".geojson": ("GeoJSON",),
    ".json": ("GeoJSON",),
}
ARCHIVES = (".zip", ".kmz")
ENDINGS = (*DRIVERS, *ARCHIVES)
_BEGINNINGS = {
    ".shp": b"\x00\x00\x27\x0a",
    ".gpkg": b"SQLite format 3\x00",
    ".fgb": b"fgb\x03",
}
_BESIDE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_FOREIGN = (b"ogrvrtdatasource", b"gdal_streamed_alg", b"<!entity", b"<!doctype")
"""What no map of streets holds, and what has other formats or other files read."""
_BLOCK = 1 << 20
MOST_UNPACKED = 4 << 30
"""Bytes that an archive may unpack to."""
_MOST_MEMBERS = 10_000
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, UnicodeDecodeError, NotImplementedError,
    RuntimeError, EOFError, OSError,
)  # fmt: skip
"""What zipfile raises of an archive that is broken, locked or packed in another way."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Give the file to read and the drivers that may; an archive is unpacked while it is read.

    Raises
    ------
    StreetMapError
        If the file is not there, or is none of `ENDINGS`.
    """
    if not path.is_file():
        raise StreetMapError(f"{path}: there is no such file; write where it is")
    ending = path.suffix.casefold()
    if ending in ARCHIVES:
        with tempfile.TemporaryDirectory(prefix="pingcheng-") as folder:
            inner = _unpacked(path, Path(folder))
            yield inner, _checked(inner, path)
    elif ending in DRIVERS:
        yield path, _checked(path, path)
    elif ending in (".dbf", ".shx", ".prj", ".cpg"):
        raise StreetMapError(f"{path}: a part of a Shapefile; name the .shp beside it")
    else:
        raise StreetMapError(
            f"{path}: it is none of {', '.join(ENDINGS)}; export the lines as GeoPackage (.gpkg)"
        )


def _checked(path: Path, shown: Path) -> tuple[str, ...]:
    ending = path.suffix.casefold()
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            if ending in _BEGINNINGS:
                is_sound = head.startswith(_BEGINNINGS[ending])
            elif ending == ".kml":
                is_sound = _root(path) == "kml"
            else:
                is_sound = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    except OSError as error:
        raise StreetMapError(f"{shown}: it cannot be read ({error.strerror})") from error
    if not is_sound:
        raise StreetMapError(
            f"{shown}: it does not begin as a {ending} does; export it again, or give it the "
            "ending of what it is"
        )
    if ending == ".shp":
        index = beside(path, ".shx")
        if index is None:
            raise StreetMapError(
                f"{shown}: the .shx of the Shapefile is missing; copy all files of its name "
                f"({', '.join(_BESIDE)})"
            )
        try:
            check_whole(path, shown, index)
        except OSError as error:
            raise StreetMapError(f"{shown}: it cannot be read ({error.strerror})") from error
    if ending not in _BEGINNINGS and _holds_foreign(path):
        raise StreetMapError(
            f"{shown}: it names other files or entities to be read, which is not done; export the "
            "lines as GeoPackage (.gpkg)"
        )
    return DRIVERS[ending]


def _root(path: Path) -> str | None:
    """Give the first element of an XML file, without its namespace; None if it is no XML."""
    found: list[str] = []
    parser = expat.ParserCreate(namespace_separator="|")
    parser.StartElementHandler = lambda name, _: found.append(name)
    with path.open("rb") as file:
        head = file.read(64 << 10)
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(head, False)
    return found[0].rpartition("|")[2] if found else None


def _holds_foreign(path: Path) -> bool:
    rest = b""
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return True
        file.seek(0)
        while block := file.read(_BLOCK):
            text = (rest + block).lower()
            if any(word in text for word in _FOREIGN):
                return True
            rest = text[-32:]
    return False


def _unpacked(path: Path, folder: Path) -> Path:
    """Take the one map out of an archive, with the files beside it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > _MOST_MEMBERS:
                raise StreetMapError(f"{path}: it holds {len(members)} files; name one of them")
            maps = [
                each
                for each in members
                if PurePosixPath(each.filename).suffix.casefold() in DRIVERS
                and "__MACOSX" not in each.filename
            ]
            if len(maps) != 1:
                names = ", ".join(each.filename for each in maps[:10]) or "none"
                raise StreetMapError(
                    f"{path}: there must be one map of {', '.join(DRIVERS)} in it, and there is "
                    f"{names}; unpack it and name the one to read"
                )
            stem = PurePosixPath(maps[0].filename).with_suffix("")
            left = MOST_UNPACKED
            inner = folder / f"map{PurePosixPath(maps[0].filename).suffix.casefold()}"
            for each in members:
                name = PurePosixPath(each.filename)
                is_beside = name.with_suffix("") == stem and name.suffix.casefold() in _BESIDE
                if each is not maps[0] and not is_beside:
                    continue
                with (
                    archive.open(each) as source,
                    (folder / f"map{name.suffix.casefold()}").open("wb") as target,
                ):
                    while block := source.read(_BLOCK):
                        left -= len(block)
                        if left < 0:
                            raise StreetMapError(
                                f"{path}: it unpacks to more than {MOST_UNPACKED >> 30} GiB; "
                                "unpack it yourself, and name the map"
                            )
                        target.write(block)
    except _DAMAGES as error:
        raise StreetMapError(
            f"{path}: it cannot be unpacked ({error}); unpack it yourself, and name the map"
        ) from error
    return inner
