"""A plan.toml that is looked at again and again, and read anew once it has changed.

A change counts when the files are as they were at the look before, so that none is taken half
written, and when they read without fault. Until then, and if they never do, the plan before stays.
Those that are to follow are read too as soon as they change, so that a fault is known in good time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from geofence.installed.plan_files import PlanFiles, Stamp
from geofence.installed.succession import coming_after, file_in_force
from geofence.plan.fault import PlanError
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan

MOST_FAULTS = 3
"""So many are named in a line; the plan's check names all."""
Read = TypeVar("Read")
_Sign = tuple[Path, tuple[Stamp, ...]]


@dataclass(frozen=True, slots=True)
class Look(Generic[Read]):
    """What a look found new."""

    changed: Read | None = None
    """What is in force now in the place of something else, on the latest such date."""
    refused: str | None = None
    """The faults of a change that cannot be used: told once."""
    coming_refused: str | None = None
    """The faults of a plan that is to follow at a date: told once."""
    coming: tuple[tuple[date, Read], ...] = ()
    """What is to follow from a date on, where it is new or was changed: told once."""


@dataclass(slots=True)
class _Day(Generic[Read]):
    """A date, what is in force on it, and what may be before long."""

    taken: _Sign
    read: Read
    pending: _Sign | None = None
    refused: _Sign | None = None


@dataclass(slots=True)
class _Coming:
    """A plan that is to follow: as it was at the last look, and what was wrong when it was read."""

    sign: _Sign
    is_read: bool = False
    fault: str | None = None


class PlanWatch(Generic[Read]):
    """Keeps what is in force on some dates.

    Parameters
    ----------
    read
        Reads a plan.toml, such as `geofence.plan.reader.read_plan`.
    same
        Whether two that were read are one and the same.
    looks_ahead
        Whether those are read too that are to follow.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], Read],
        same: Callable[[Read, Read], bool],
        *,
        looks_ahead: bool = True,
    ) -> None:
        self.path = path
        self._looks_ahead = looks_ahead
        self._coming: dict[Path, _Coming] = {}
        self._read, self._same = read, same
        self._files: dict[Path, PlanFiles] = {}
        self._days: dict[date, _Day[Read]] = {}
        self.fault: str | None = None
        """Why the files as they are now cannot be used; None if they can."""

    @property
    def coming_fault(self) -> str | None:
        """Why a plan that is to follow cannot be used as it is now; None if all can."""
        return next((each.fault for each in self._coming.values() if each.fault), None)

    def begin(self, days: Sequence[date]) -> Read:
        """Read what is in force on some dates; give that of the last.

        Raises
        ------
        PlanError
            If one cannot be used.
        """
        known: dict[Path, _Day[Read]] = {}
        for day in days:
            path = file_in_force(self.path, day)
            if path not in known:
                sign = self._sign(path)  # before it is read, so that a change meanwhile is seen
                known[path] = _Day(sign, self._read(path))
            self._days[day] = _Day(known[path].taken, known[path].read)
        return self.on(days[-1])

    def on(self, day: date) -> Read:
        """Give what is in force on one of the dates looked at; of another the nearest."""
        return self._nearest(day).read

    def look(self, days: Sequence[date]) -> Look[Read]:
        """Look at the files of what is in force on some dates; others are forgotten."""
        self._move_to(days)
        changed: list[Read] = []
        refused: list[str] = []
        tried: dict[_Sign, Read | PlanError] = {}
        faults = []
        for day, each in self._days.items():
            sign = self._sign(file_in_force(self.path, day))
            if sign == each.taken:
                each.pending = each.refused = None
            elif sign == each.refused:
                faults.append(self.fault)
            elif sign != each.pending:
                each.pending = sign
                faults.append(self.fault)
            else:
                found = self._try(sign, tried)
                if self._sign(sign[0]) != sign:  # changed while it was read
                    each.pending = None
                elif isinstance(found, PlanError):
                    each.refused = sign
                    refused.append(_line(sign[0], found))
                else:
                    each.taken, each.pending, each.refused = sign, None, None
                    if not self._same(found, each.read):
                        each.read = found
                        changed.append(found)
        faults = [*refused, *faults]
        self.fault = next((fault for fault in faults if fault), None)
        sound, ahead = self._look_ahead(max(days), tried) if self._looks_ahead else ([], [])
        return Look(
            changed[-1] if changed else None,
            refused[0] if refused else None,
            ahead[0] if ahead else None,
            tuple(sound),
        )

    def _look_ahead(
        self, day: date, tried: dict[_Sign, "Read | PlanError"]
    ) -> tuple[list[tuple[date, Read]], list[str]]:
        """Read what is to follow that has changed, once it is as it was at the look before.

        Gives what can be used, and the faults of what cannot.
        """
        coming, sound, told = {}, [], []
        for since, path in coming_after(self.path, day):
            sign, each = self._sign(path), self._coming.get(path)
            if each is None or each.sign != sign:
                each = _Coming(sign, fault=None if each is None else each.fault)
            elif not each.is_read:
                found = self._try(sign, tried)
                if self._sign(path) == sign:  # else it changed while it was read
                    each.is_read, each.fault = True, None
                    if isinstance(found, PlanError):
                        each.fault = _line(f"{path}, in force from {since.isoformat()}", found)
                        told.append(each.fault)
                    else:
                        sound.append((since, found))
            coming[path] = each
        self._coming = coming
        return sound, told

    def _move_to(self, days: Sequence[date]) -> None:
        """Let a date that is new go on with what was in force on the one before."""
        for day in sorted(set(days) - self._days.keys()):
            before = self._nearest(day)
            self._days[day] = _Day(before.taken, before.read, before.pending, before.refused)
        for day in self._days.keys() - set(days):
            del self._days[day]

    def _nearest(self, day: date) -> _Day[Read]:
        return self._days[min(self._days, key=lambda known: (abs(known - day), known))]

    def _try(self, sign: _Sign, tried: dict[_Sign, "Read | PlanError"]) -> "Read | PlanError":
        """Read a plan, of several dates once."""
        if sign not in tried:
            try:
                tried[sign] = self._read(sign[0])
            except PlanError as error:
                tried[sign] = error
        return tried[sign]

    def _sign(self, path: Path) -> _Sign:
        files = self._files.setdefault(path, PlanFiles(path))
        return path, files.stamps()


def watch_plans(path: Path, *, looks_ahead: bool = True) -> PlanWatch[Plan]:
    """Watch plans that are read whole; those of one version are the same."""
    return PlanWatch(
        path, read_plan, lambda one, other: one.version == other.version, looks_ahead=looks_ahead
    )


def _line(place: Path | str, error: PlanError) -> str:
    """Say in a line what is wrong with a plan."""
    head, *faults = str(error).splitlines()
    more = len(faults) - MOST_FAULTS
    rest = [f"{more} more, see pingcheng plan check"] if more > 0 else []
    return f"{place}: {head}: " + "; ".join([*faults[:MOST_FAULTS], *rest])
