"""Which file is in force on a date: a plan.toml, or one that it followed.

A plan that takes over at a date stands in plan.toml at once; the one before stays in force until
then as ``plan.until-2026-12-07.toml`` beside it. So who starts in between reads the right one.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_UNTIL = r"\.until-(\d{4}-\d\d-\d\d)(?:\.(\d{1,4}))?"


@dataclass(frozen=True, slots=True, order=True)
class Former:
    """A plan that stood in plan.toml until another took over."""

    until: date
    """The first date on which it is not in force any more."""
    number: int
    """Of several replaced for one date, 1 for the first: only that one was in force."""
    path: Path


def former_path(path: Path, until: date, number: int) -> Path:
    """Name the file of a plan that is replaced."""
    counted = f".{number}" if number > 1 else ""
    return path.with_name(f"{path.stem}.until-{until.isoformat()}{counted}{path.suffix}")


def formers_of(path: Path) -> tuple[Former, ...]:
    """Find the plans before a plan.toml, those that were replaced first at the front."""
    form = re.compile(re.escape(path.stem) + _UNTIL + re.escape(path.suffix), re.ASCII)
    found = []
    try:
        beside = list(path.parent.iterdir())
    except OSError:  # of the folder it is told when the plan is read
        return ()
    for each in beside:
        match = form.fullmatch(each.name)
        if match is None:
            continue
        try:
            until = date.fromisoformat(match[1])
        except ValueError:  # a day that no calendar has
            continue
        found.append(Former(until, int(match[2] or 1), each))
    return tuple(sorted(found))


def file_in_force(path: Path, day: date) -> Path:
    """Name the file of the plan that is in force on a date."""
    return next((each.path for each in formers_of(path) if each.until > day), path)


def coming_after(path: Path, day: date) -> tuple[tuple[date, Path], ...]:
    """Name the files that follow the one in force on a date, each with its first date."""
    untils = sorted({each.until for each in formers_of(path) if each.until > day})
    return tuple((until, file_in_force(path, until)) for until in untils)


def day_at(path: Path, now_ms: int) -> date:
    """Give the date at an instant where a plan.toml is.

    While it names no zone, in that of the last plan before that does; in UTC if none does.
    """
    files = [path, *(each.path for each in reversed(formers_of(path)))]
    zone = next((zone for zone in map(_zone_of, files) if zone is not None), UTC)
    return datetime.fromtimestamp(now_ms / 1000, zone).date()


def days_in_progress(path: Path, now_ms: int) -> tuple[date, date]:
    """Give yesterday, whose last windows may still go on, and today where a plan.toml is."""
    today = day_at(path, now_ms)
    return today - timedelta(days=1), today


def _zone_of(path: Path) -> tzinfo | None:
    try:
        return ZoneInfo(tomllib.loads(path.read_text(encoding="utf-8-sig"))["timezone"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
