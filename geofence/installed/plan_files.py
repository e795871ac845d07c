"""The files of a plan, and by which sign their change is known."""

import tomllib
from pathlib import Path

Stamp = tuple[str, int, int, int, int]
"""A path; its inode, size, and when content and inode changed last, in nanoseconds."""
FILE_KEYS = ("streets", "facilities")
"""Keys of a plan.toml that name files beside it."""


class PlanFiles:
    """Tells the stamps of a plan.toml and of the files that it names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[Stamp, ...] = ()
        self._named: tuple[Path, ...] = ()

    def stamps(self) -> tuple[Stamp, ...]:
        """Look at the files; one that is not there has none."""
        own = _stamps((self.path,))
        if own != self._read:  # a large one takes a while to parse
            self._read, self._named = own, named_by(self.path)
        return (*own, *_stamps(self._named))


def named_by(path: Path) -> tuple[Path, ...]:
    """Name the files that belong to a plan.toml; none if it cannot be read."""
    try:
        top = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return ()
    names = (top.get(key) for key in FILE_KEYS)
    return tuple(path.parent / name for name in names if isinstance(name, str) and name)


def _stamps(paths: tuple[Path, ...]) -> tuple[Stamp, ...]:
    found = []
    for path in paths:
        try:
            seen = path.stat()
        except (OSError, ValueError):  # a name of something else, or it is being replaced
            continue
        found.append(
            (str(path), seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        )  # fmt: skip
    return tuple(found)
