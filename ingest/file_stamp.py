"""Whether a file is another than it was when somebody looked at it last."""

from pathlib import Path

Stamp = tuple[int, int, int]
"""Inode, size, and time of the last change in nanoseconds."""


def stamp_of(path: Path) -> Stamp | None:
    """Give what tells a file from what stood under its name before; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
