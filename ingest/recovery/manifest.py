"""What a backup holds: its list of files with checksums, and how files get into and out of it."""

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from ingest.fault import LogError
from ingest.log.archive import sync_folder

NAME = "manifest.json"
FORMAT = 1
"""Of the folder; a program refuses one that it does not know."""
DATABASE, ARCHIVE, STORE = "database", "archive", "store"
"""Its folders."""
_PIECE = 1 << 20

Advance = Callable[[int], None]
Progress = Callable[[str, int], AbstractContextManager[Advance]]
"""Shows that something goes on; what it gives is told how many bytes more are done."""


class Entry(msgspec.Struct, frozen=True):
    """A file of a backup."""

    path: str
    """Within the backup, with slashes."""
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    format: int
    made: str
    """Instant of the copy of the database, ISO 8601, UTC."""
    log: str
    """Name of the log; empty of schemas before 0008."""
    database: str
    """``sqlite`` or ``postgresql``."""
    schema: str
    archive: tuple[str, ...]
    """Folders where the files of archived days were."""
    counters: dict[str, int]
    columns: dict[str, tuple[str, ...]]
    """Of each table that was copied row by row, in an order in which they can be loaded."""
    sequences: dict[str, int]
    """The last number of each sequence of PostgreSQL."""
    has_store: bool
    files: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()
    """Tables of the same database of PostgreSQL that are not ours."""

    def files_in(self, folder: str) -> list[Entry]:
        """List the files of one of its folders."""
        return [entry for entry in self.files if entry.path.startswith(folder + "/")]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.bytes for entry in self.files)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it to disk: the last thing that a backup does.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    with (folder / NAME).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises
    ------
    LogError
        If there is none, or it is of a newer program.
    """
    path = folder / NAME
    try:
        told = path.read_bytes()
    except OSError as error:
        raise LogError(
            f"{folder} is no backup: {path} cannot be read: {error.strerror or error}"
        ) from error
    try:
        found = msgspec.json.decode(told, type=dict[str, object]).get("format")
        if found != FORMAT:
            raise LogError(
                f"{path}: format = {found!r}, but this program knows {FORMAT} only; take the "
                "pingcheng that made the backup, or a newer one"
            )
        manifest = msgspec.json.decode(told, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LogError(f"{path} is damaged: {error}; take another backup") from error
    for entry in manifest.files:
        parts = Path(entry.path).parts
        if Path(entry.path).is_absolute() or ".." in parts or len(parts) < 2:
            raise LogError(f"{path} is damaged: {entry.path!r} is no path within a backup")
    return manifest


def verify(folder: Path, manifest: Manifest, progress: Progress) -> None:
    """Compare every file of a backup with its checksum.

    Raises
    ------
    LogError
        If one is missing or altered; it names all that are.
    """
    faults = []
    with progress("checking the backup", manifest.size) as advance:
        for entry in manifest.files:
            try:
                if entry_of(folder, entry.path, advance) != entry:
                    faults.append(f"{entry.path} was altered")
            except OSError as error:
                faults.append(f"{entry.path} cannot be read: {error.strerror or error}")
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise LogError(
            f"the backup {folder} is damaged: {'; '.join(faults[:5])}{more}; take another backup"
        )


def entry_of(folder: Path, path: str, advance: Advance) -> Entry:
    """Read a file of a backup and describe it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    told, size = hashlib.sha256(), 0
    with (folder / path).open("rb") as file:
        while piece := file.read(_PIECE):
            told.update(piece)
            size += len(piece)
            advance(len(piece))
    return Entry(path, size, told.hexdigest())


def copy(source: Path, target: Path, advance: Advance) -> tuple[int, str]:
    """Copy a file to a name that is free, on disk when this returns; give its bytes and SHA-256.

    Raises
    ------
    OSError
        If that cannot be done, such as when the name is taken.
    """
    told, size = hashlib.sha256(), 0
    with source.open("rb") as file, target.open("xb") as copied:
        while piece := file.read(_PIECE):
            copied.write(piece)
            told.update(piece)
            size += len(piece)
            advance(len(piece))
        copied.flush()
        os.fsync(copied.fileno())
    return size, told.hexdigest()
