"""The file that a command was told to write: whole or not at all, and nothing else harmed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_OPEN_FILES = ("/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/")
_STREAMS = frozenset({"/dev/stdin", "/dev/stdout", "/dev/stderr"})


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once it is complete; a broken one is removed.

    A device or a pipe, ``/dev/stdout`` among them, is written into and stays what it is. It keeps
    its mode if it was there before.

    Raises
    ------
    OSError
        If it cannot be written, or is a link: neither the link nor what it leads to is replaced.
    """
    if _is_written_into(path):
        with path.open("wb") as out:
            yield out
        return
    part, mode = _part(path)
    try:
        with os.fdopen(part[0], "wb") as out:
            yield out
            if mode is not None:
                os.fchmod(out.fileno(), mode)
            out.flush()
            os.fsync(out.fileno())
        part[1].replace(path)
    finally:
        part[1].unlink(missing_ok=True)


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file at once, text as UTF-8, as `replacing` does."""
    with replacing(path) as out:
        out.write(content.encode() if isinstance(content, str) else content)


def put(part: Path, path: Path) -> None:
    """Let a complete file take the place of `path`, as `replacing` does."""
    if _is_written_into(path):
        path.write_bytes(part.read_bytes())
        part.unlink()
    else:
        part.replace(path)


def remove(path: Path) -> None:
    """Remove a file that would say what is not true any more; a device or pipe stays.

    Raises
    ------
    OSError
        If it cannot be removed, or is a link.
    """
    if not _is_written_into(path):
        path.unlink(missing_ok=True)


def _is_written_into(path: Path) -> bool:
    """Tell whether a path is no regular file; refuse one that is a link to a regular file."""
    if str(path) in _STREAMS or str(path).startswith(_OPEN_FILES):
        return True
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        kind = None
    if kind is not None and not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        return True
    if path.is_symlink():
        told = f"it is a link to {path.readlink()}; name that file itself"
        raise FileExistsError(None, told, str(path))
    return False


def _part(path: Path) -> tuple[tuple[int, Path], int | None]:
    """Create the file beside `path`, which no one else had made there; give the mode to keep."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.is_file() else None
    part = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.part")
    return (os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), part), mode
