"""Which release of the IANA time zone database local times are reckoned by: the newest at hand.

Python asks the system's files first, which may be years old, and the package ``tzdata`` only where
there are none. Laws change: in Vancouver a window of December 2026 is an hour earlier by the
release 2026f than by 2025b. A path in ``PYTHONTZPATH`` is somebody's choice, and stays.
"""

import os
import re
import zoneinfo
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import tzdata

_CHOSEN_BY_HAND = "PYTHONTZPATH"
_PACKAGE_RELEASE: str = tzdata.IANA_VERSION
_RELEASE = re.compile(r"\b(\d{4}[a-z]+)\b")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_STEP = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PACKAGE = Path(tzdata.__file__).parent / "zoneinfo"


def use_newest() -> None:
    """Put the package before the system's files, unless these are newer or were chosen by hand."""
    if _CHOSEN_BY_HAND in os.environ or release_in(zoneinfo.TZPATH) > _PACKAGE_RELEASE:
        return
    # in an archive it is no folder, but then zoneinfo finds it where no path is given
    paths = [str(_PACKAGE), *zoneinfo.TZPATH] if _PACKAGE.is_dir() else []
    zoneinfo.reset_tzpath(to=paths)
    zoneinfo.ZoneInfo.clear_cache()


def release() -> str:
    """Tell which release is in use, such as ``2026f``; empty if its files do not say."""
    return _release_of(zoneinfo.TZPATH)


def source() -> str:
    """Tell where the files in use are."""
    folder = _folder(zoneinfo.TZPATH)
    return "the package tzdata" if folder in {None, _PACKAGE} else str(folder)


def release_in(paths: Sequence[str]) -> str:
    """Read the release of the files found first; empty if they do not say or are absent."""
    folder = _folder(paths)
    if folder == _PACKAGE:
        return _PACKAGE_RELEASE
    for name in ("tzdata.zi", "+VERSION"):
        if folder is None:
            break
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                found = _RELEASE.search(file.readline())
        except OSError:
            continue
        if found:
            return found[1]
    return ""


@lru_cache
def utc_offsets(timezone: str) -> tuple[tuple[int, int], ...]:
    """Tell how many seconds a zone's clocks are ahead of UTC, from 1990 to 2100.

    Returns
    -------
    tuple
        Pairs of an instant, epoch milliseconds, and the offset from it on, in seconds, ascending.
        The first offset also holds before its instant.
    """
    zone = zoneinfo.ZoneInfo(timezone)
    at, end = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    found = [(_ms(at), _offset_s(at, zone))]
    while at < end:
        if _offset_s(at + _STEP, zone) != found[-1][1]:
            changed = _change(at, at + _STEP, zone)
            found.append((_ms(changed), _offset_s(changed, zone)))
        at += _STEP
    return tuple(found)


@lru_cache
def _release_of(paths: tuple[str, ...]) -> str:
    return _PACKAGE_RELEASE if _folder(paths) is None else release_in(paths)


def _folder(paths: Sequence[str]) -> Path | None:
    return next((Path(path) for path in paths if Path(path).is_dir()), None)


def _change(before: datetime, after: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Find the second from which the offset is another, between two instants."""
    old = _offset_s(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset_s(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset_s(at: datetime, zone: zoneinfo.ZoneInfo) -> int:
    ahead = at.astimezone(zone).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds())


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND
