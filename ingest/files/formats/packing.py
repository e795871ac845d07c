"""Files as they are, and what is packed in ``.gz`` and ``.zip``, guarded against bombs."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

from ingest.fault import PingFileError

MOST_BYTES = 8 << 30
"""What a file may hold unpacked."""
MOST_TIMES = 500
"""How many times larger than packed a file may be: fixes of a standing truck are some 50 times."""
FREE_BYTES = 64 << 20
"""Up to here nobody asks."""
_CHUNK = 8 << 20
ARCHIVES = (".zip", ".kmz")
_IGNORED = ("__MACOSX/", ".")
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)
"""What comes of a file that is not there or is broken, or is packed in a way that nobody knows."""


def is_packed(path: PurePath) -> bool:
    """Tell whether the suffix names a way of packing one file."""
    return path.suffix.lower() == ".gz"


def unpack(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and content of the file, or of each file in it.

    Raises
    ------
    PingFileError
        If it holds nothing, is locked, or grows beyond what a recording can.
    UNREADABLE
        If it cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in ARCHIVES:
        with zipfile.ZipFile(path) as archive:
            yield from _members(archive, path)
    elif is_packed(path):
        with gzip.open(path) as file:
            yield path.name, _read(file, path.stat().st_size, path.name)
    else:
        yield path.name, path.read_bytes()


def reason_of(error: Exception) -> str:
    """Say in short why a file cannot be read or written."""
    return getattr(error, "strerror", None) or str(error)


def check_archive(content: bytes, name: str) -> None:
    """Refuse an archive that would grow beyond what a recording can, before it is unpacked.

    Raises
    ------
    PingFileError
        If it would.
    zipfile.BadZipFile
        If it is no archive.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check(sum(info.file_size for info in archive.infolist()), len(content), name)


def _members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, bytes]]:
    infos = [
        info for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith(_IGNORED[0])
        and not PurePosixPath(info.filename).name.startswith(_IGNORED[1])
    ]  # fmt: skip
    if not infos:
        raise PingFileError(f"{path}: there is no file in it")
    _check(sum(info.file_size for info in infos), path.stat().st_size, path.name)
    for info in sorted(infos, key=lambda each: each.filename):
        if info.flag_bits & 1:
            raise PingFileError(f"{path}: {info.filename} in it is locked by a password")
        with archive.open(info) as file:
            yield info.filename, _read(file, info.compress_size, f"{path.name}/{info.filename}")


def _read(file: IO[bytes] | gzip.GzipFile, packed: int, name: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := file.read(_CHUNK):
        size += len(part)
        _check(size, packed, name)
        parts.append(part)
    return b"".join(parts)


def _check(size: int, packed: int, name: str) -> None:
    if size > MOST_BYTES or (size > FREE_BYTES and size > packed * MOST_TIMES):
        raise PingFileError(
            f"{name}: unpacked it grows to {size >> 20:,} MiB or more, out of {packed:,} bytes: "
            "no recording does that; unpack it yourself if you trust it"
        )
