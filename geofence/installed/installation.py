"""Puts a plan in the place of a plan.toml that runs, and back.

Whoever reads meanwhile sees the one or the other, never half: the new plan's streets and
facilities are written first, under names that nobody uses, then the plan before is laid aside, and
the new plan.toml comes last, in one step.
"""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomlkit

from geofence.installed.plan_files import FILE_KEYS
from geofence.installed.succession import Former, former_path, formers_of
from geofence.plan.fault import GeofenceError
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.output_file import put, write_file


class InstallationError(GeofenceError):
    """A plan cannot be put in the place of another, or not from that date."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A plan in its place."""

    plan: Plan
    former: Plan | None
    """That which stood there before; None if there was none."""
    aside: Path | None
    """Where that lies now."""
    contents: tuple[tuple[Path, bytes | None], ...] = ()
    """What the files held before that were changed, the last changed first; None if nothing."""
    overtaken: tuple[Plan, ...] = ()
    """Plans to come that are laid aside with it; undone, those that are to come again."""


def install(new: Path, path: Path, since: date, *, overtakes: bool = False) -> Installed:
    """Let a plan follow the one in a plan.toml from a date on.

    Parameters
    ----------
    new
        A plan.toml without fault, elsewhere.
    overtakes
        Whether plans that are to come later are laid aside too.

    Raises
    ------
    InstallationError
        If another is to come later, and is not to be overtaken.
    PlanError
        If one of the plans is faulty.
    OSError
        If a file cannot be read or written.
    """
    if new.resolve() == path.resolve():
        raise InstallationError(
            f"{new} is the plan.toml that runs; write the changed plan to a file elsewhere"
        )
    read_plan(new)
    before = read_plan(path) if path.exists() else None
    if before is not None and since < before.effective_from and not overtakes:
        raise InstallationError(
            f"the plan in {path} is in force from {before.effective_from.isoformat()} only, after "
            f"{since.isoformat()}; choose that date or a later one, lay it aside too with "
            "--replace-later, or undo it first: pingcheng plan apply --undo"
        )
    document = tomlkit.parse(_text(new))
    document["effective_from"] = since
    for key in FILE_KEYS:
        if key in document:
            content = (new.parent / str(document[key])).read_bytes()
            document[key] = _placed(path.parent, Path(str(document[key])).name, content)
    if before is None:
        _write_like(new, path, tomlkit.dumps(document).encode())
        return Installed(read_plan(path), None, None, ((path, None),))
    moved = tuple(each for each in formers_of(path) if before.effective_from > since < each.until)
    plans = (*(read_plan(each.path) for each in moved), before)
    former = None if before.effective_from > since and not moved else plans[0]
    with _Changes() as changes:
        placed = _copy(dict.fromkeys(moved, since), path, changes)
        placed.append(_next_path(path, since))
        changes.write(placed[-1], path.read_bytes(), like=path)
        changes.write(path, tomlkit.dumps(document).encode())
        for each in reversed(moved):
            changes.remove(each.path)
    overtaken = tuple(each for each in plans if each is not former)
    return Installed(read_plan(path), former, placed[0], changes.contents, overtaken)


def undo(path: Path, today: date) -> Installed:
    """Put the plan back that stood in a plan.toml before, in force from the date of the last one.

    The last one is laid aside as ``plan.undone-DATE.toml``. If it had overtaken others, they are to
    come again, each on its date.

    Raises
    ------
    InstallationError
        If no plan stood there before.
    PlanError
        If one of the plans is faulty.
    OSError
        If a file cannot be read or written.
    """
    last = _last_former(path)
    undone = read_plan(path)
    since = undone.effective_from
    back = read_plan(last.path)
    text = _text(last.path)
    is_to_come = back.effective_from > since  # it had been overtaken
    if since <= today and not is_to_come:  # else it is as it was: in force all the time, or never
        document = tomlkit.parse(text)
        document["effective_from"] = since
        text = tomlkit.dumps(document)
    aside = path.with_name(f"{path.stem}.undone-{since.isoformat()}{path.suffix}")
    moves = _moved_back(formers_of(path)[:-1], since, back.effective_from) if is_to_come else {}
    with _Changes() as changes:
        changes.write(aside, path.read_bytes(), like=path)
        placed = _copy(moves, path, changes)
        changes.write(path, text.encode())
        for each in (last, *reversed(moves)):
            changes.remove(each.path)
    plans = tuple(map(read_plan, (*placed, path)))
    return Installed(plans[0], undone, aside, changes.contents, plans[1:])


def revert(done: Installed) -> None:
    """Let all plans lie as they did before; new streets stay, which nobody reads.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    _put_back(done.contents)


class _Changes:
    """Writes and removes files; if a step fails, all lie as they did before."""

    def __init__(self) -> None:
        self.contents: tuple[tuple[Path, bytes | None], ...] = ()

    def __enter__(self) -> "_Changes":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            _put_back(self.contents)

    def write(self, path: Path, content: bytes, like: Path | None = None) -> None:
        self._note(path)
        if like is None:
            write_file(path, content)
        else:
            _write_like(like, path, content)

    def remove(self, path: Path) -> None:
        self._note(path)
        path.unlink()

    def _note(self, path: Path) -> None:
        held = path.read_bytes() if path.exists() else None
        self.contents = ((path, held), *self.contents)


def _put_back(contents: Sequence[tuple[Path, bytes | None]]) -> None:
    for path, content in contents:
        like = next((each for each, _ in contents if each.exists()), path)
        if content is None:
            path.unlink(missing_ok=True)
        elif like.exists() and not path.exists():
            _write_like(like, path, content)
        else:
            write_file(path, content)


def _moved_back(formers: Sequence[Former], since: date, until: date) -> dict[Former, date]:
    """Tell until when each of those was in force before they were overtaken at a date.

    Each was until the next began; one that began no later than that date ends the series.
    """
    moves = {}
    for each in reversed(formers):
        if each.until != since or until <= since:
            break
        moves[each] = until
        until = read_plan(each.path).effective_from
    return dict(reversed(moves.items()))


def _copy(moves: Mapping[Former, date], path: Path, changes: _Changes) -> list[Path]:
    """Lay plans before one down as such until other dates, the first of them first."""
    placed = []
    for each, until in moves.items():
        placed.append(_next_path(path, until))
        changes.write(placed[-1], each.path.read_bytes(), like=each.path)
    return placed


def _last_former(path: Path) -> Former:
    formers = formers_of(path)
    if not formers:
        raise InstallationError(
            f"there is nothing to undo: no plan.until-….toml lies beside {path}"
        )
    return formers[-1]


def _next_path(path: Path, since: date) -> Path:
    numbers = [each.number for each in formers_of(path) if each.until == since]
    return former_path(path, since, max(numbers, default=0) + 1)


def _placed(folder: Path, name: str, content: bytes) -> str:
    """Lay a file into a folder, beside another of its name if that differs; give its name."""
    place = folder / name
    if place.exists() and place.read_bytes() != content:
        mark = hashlib.sha256(content).hexdigest()[:8]
        place = folder / f"{place.stem}.{mark}{place.suffix}"
    if not place.exists():
        write_file(place, content)
    return place.name


def _write_like(model: Path, place: Path, content: bytes) -> None:
    """Write a file that no more people may read than another: contacts may stand in it."""
    part = place.with_name(f".{place.name}.part")
    try:
        part.touch(mode=0o600)
        part.chmod(stat.S_IMODE(model.stat().st_mode))
        write_file(part, content)
        put(part, place)
    finally:
        part.unlink(missing_ok=True)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")
