"""Reports that stand: nothing that they were made of has changed, and their files are as written.

To say so takes no pings and no plan: what a report was made of is noted beside its files, and
asked for again. Whatever cannot be told apart cheaply counts as changed.
"""

import json
import platform
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from analytics.history.tables import judgings, plans, verdicts
from analytics.reports.formats.mark import Placed, mark, placed, stand
from analytics.tracking.reports import TIME_CODES
from ingest.log.pinglog import PingLog
from ingest.log.tables import SEQUENCE, archived_days, changed_days, counters, log_identity
from ingest.time_zones import release

MOST_NEWER = 1_000_000
"""Beyond so many pings that came since, of whatever night, a night is judged again unasked."""
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_SOURCES = ("analytics", "geofence", "ingest", "pingcheng.py")
_SUFFIXES = frozenset({".py", ".j2", ".typ", ".toml"})
_ROOT = Path(__file__).resolve().parents[2]
Basis = dict[str, Any]
"""What a report is made of, as JSON can hold it."""


class Standing:
    """What reports of one folder are made of, as one run asks for them.

    Parameters
    ----------
    language
        As asked for; None for that of the plan.
    """

    def __init__(
        self,
        log: PingLog,
        out: Path,
        now_ms: int,
        language: str | None,
        formats: Collection[str],
    ) -> None:
        self._log, self._out, self._now_ms = log, out, now_ms
        self._looked_up_to = 0
        self._asked: Basis = {
            "program": _program(),
            "formats": sorted(map(str, formats)),
            "language": None if language is None else str(language),
        }

    def basis_of_night(
        self, span_ms: tuple[int, int], plan_version: str, timezone: str
    ) -> Basis | None:
        """Tell what is to be read of a night; None if it is not over, and time itself changes it.

        To be asked before it is read: what comes meanwhile is news to the next run.
        """
        if self._now_ms < span_ms[1]:
            return None
        return {
            **self._asked,
            "plan": plan_version,
            "timezone": timezone,
            "span_ms": list(span_ms),
            "sequence": self._sequence(),
            "days": self._days(span_ms),
            "refused": self._refused(span_ms),
        }

    def basis_of_range(self, nights: Mapping[date, Basis | None], timezone: str) -> Basis | None:
        """Tell what a report of several nights is made of; None if one of them has no basis."""
        known = {day.isoformat(): _identity(each) for day, each in nights.items() if each}
        if len(known) < len(nights):
            return None
        return {**self._asked, "timezone": timezone, "nights": known}

    def with_history(self, basis: Basis, first: date, last: date) -> Basis:
        """Add the recorded verdicts of some dates; to be asked before these are read."""
        since = first.isoformat(), last.isoformat()
        return {**basis, "since": list(since), "history": self._history(*since)}

    def lines(self, dates: Sequence[date], plan_version: str | None) -> list[str] | None:
        """Give what a run would say that finds all as it was, or None if it has something to do.

        Parameters
        ----------
        plan_version
            Of the plan to judge by; None for those that are stored.
        """
        nights = {day: placed(self._out, day.isoformat()) for day in dates}
        found = {day: self._told_of_night(day, at, plan_version) for day, at in nights.items()}
        said = [line for lines in found.values() if lines for line in lines]
        if not all(found.values()):
            return None
        if len(dates) == 1:
            self._note(dates[0].isoformat(), nights[dates[0]])
            return said
        name = f"{dates[0].isoformat()}_{dates[-1].isoformat()}"
        whole = placed(self._out, name)
        bases = {day.isoformat(): _identity(dict(each.basis)) for day, each in nights.items()}
        if whole.basis.get("nights") != bases:
            return None
        told = self._told(name, whole)
        if told is None:
            return None
        for day, each in nights.items():
            self._note(day.isoformat(), each)
        self._note(name, whole)
        return said + told

    def _told_of_night(self, day: date, at: Placed, plan_version: str | None) -> list[str] | None:
        basis = at.basis
        try:
            version, span_ms, sequence = basis["plan"], tuple(basis["span_ms"]), basis["sequence"]
            if plan_version not in {None, version} or self._in_force(day) != version:
                return None
            is_same = (self._days(span_ms), self._refused(span_ms)) == (
                basis["days"],
                basis["refused"],
            )
            if not is_same or self._came(span_ms, sequence):
                return None
        except (KeyError, TypeError, ValueError):  # of another version, or by hand
            return None
        return self._told(day.isoformat(), at)

    def _told(self, name: str, at: Placed) -> list[str] | None:
        """Tell of a report all of whose files stand, if the history does."""
        basis = at.basis
        try:
            asked = {key: basis[key] for key in self._asked}
            is_same = asked == self._asked and self._history(*basis["since"]) == basis["history"]
            is_later = at.made_ms is not None and at.made_ms <= self._now_ms
            folder = self._out / name
            if not (is_same and is_later and at.is_whole and stand(folder, at.files)):
                return None
            headline, *rest = basis["said"]
            paths = [folder / each for each in at.files]
            since = unchanged(at.written_ms, self._now_ms, ZoneInfo(basis["timezone"]))
            return [headline, *told_files(paths), *since, *rest]
        except (KeyError, TypeError, ValueError):
            return None

    def _note(self, name: str, at: Placed) -> None:
        """Note that it stands as of now, so that the next run looks at newer pings only."""
        basis = dict(at.basis)
        if "sequence" in basis:
            basis["sequence"] = self._looked_up_to
        mark(self._out / name, replace(at, made_ms=self._now_ms, basis=basis))

    def _came(self, span_ms: tuple[int, int], sequence: int) -> bool:
        """Tell whether a ping of a night's hours may have come since."""
        # the least of a run: pings that come while it looks are looked at by the next
        now = self._sequence()
        self._looked_up_to = min(self._looked_up_to or now, now)
        if now == sequence:
            return False
        if not 0 <= now - sequence <= MOST_NEWER:
            return True
        changed = self._log.hours_changed_since(sequence)
        hours = changed["hour_ms"]
        inside = (hours < span_ms[1]) & (hours + _HOUR_MS > span_ms[0])
        return bool((inside & (changed["last_sequence"] > sequence)).any())

    def _sequence(self) -> int:
        query = sa.select(counters.c.value).where(counters.c.name == SEQUENCE)
        with self._log.transaction(write=False) as connection:
            return int(connection.scalar(query) or 0)

    def _days(self, span_ms: tuple[int, int]) -> str:
        """Hash which log it is, and of a night's days their files and how often rows were taken."""
        told: list[object] = []
        with self._log.transaction(write=False) as connection:
            told.append(connection.scalar(sa.select(log_identity.c.id)))
            for day_ms, what in (
                (changed_days.c.day_ms, changed_days.c.removals),
                (archived_days.c.day_ms, archived_days.c.sha256),
            ):
                inside = (day_ms > span_ms[0] - _DAY_MS) & (day_ms < span_ms[1])
                query = sa.select(day_ms, what).where(inside).order_by(day_ms)
                # a day from which nothing was taken may be there or not
                told.append([[at, each] for at, each in connection.execute(query) if each])
        return _hash(told)

    def _refused(self, span_ms: tuple[int, int]) -> str:
        """Hash the refusals that clocks are judged by, of whatever vehicle."""
        codes = [str(code) for code in TIME_CODES]
        rows = self._log.quarantine.rejected(codes=codes, since_ms=span_ms[0])
        names = ("id", "code", "topic", "vehicle_id", "received_time_ms", "value")
        told = [
            [row[name] for name in names] for row in rows if row["received_time_ms"] < span_ms[1]
        ]
        return _hash(told)

    def _history(self, first: str, last: str) -> str:
        """Hash what tells that rows were added for some dates; no row is ever changed."""
        columns = verdicts.c
        counted = (
            sa.select(
                columns.service_date, sa.func.count(), sa.func.sum(columns.revision),
                sa.func.max(columns.recorded_ms),
            )
            .where(columns.service_date.between(first, last))
            .group_by(columns.service_date)
            .order_by(columns.service_date)
        )  # fmt: skip
        judged = (
            sa.select(judgings)
            .where(judgings.c.service_date.between(first, last))
            .order_by(judgings.c.id)
        )
        with self._log.transaction(write=False) as connection:
            rows = [[str(each) for each in row] for row in connection.execute(counted)]
            rows += [[str(each) for each in row] for row in connection.execute(judged)]
        return _hash(rows)

    def _in_force(self, day: date) -> str | None:
        query = (
            sa.select(plans.c.version)
            .where(plans.c.effective_from <= day.isoformat())
            .order_by(plans.c.effective_from.desc(), plans.c.id.desc())
            .limit(1)
        )
        with self._log.transaction(write=False) as connection:
            version: str | None = connection.scalar(query)
        return version


def told_files(paths: Sequence[Path]) -> list[str]:
    """Name each file, and of many tables in one folder only the folder."""
    tables = dict.fromkeys(path.parent for path in paths if path.suffix in {".csv", ".parquet"})
    single = [path for path in paths if path.parent not in tables]
    return [
        *(f"  {path}" for path in single),
        *(f"  {folder} ({sum(p.parent == folder for p in paths)} files)" for folder in tables),
    ]


def unchanged(written_ms: int | None, now_ms: int, zone: ZoneInfo) -> list[str]:
    """Say since when the files are as they are, if they were not written now."""
    if written_ms is None or written_ms >= now_ms:
        return []
    since = datetime.fromtimestamp(written_ms // 1000, zone)
    return [f"  the files are as made on {since:%Y-%m-%d %H:%M:%S}"]


def _identity(basis: Basis) -> str:
    """Hash what a night is made of, but for how far the log was looked at, and what was said."""
    return _hash({key: basis[key] for key in sorted(basis) if key not in {"sequence", "said"}})


def _hash(told: object) -> str:
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@cache
def _program() -> str:
    """Hash what computes: the code, the versions of all libraries, time zones and processor."""
    found = sha256()
    for source in _SOURCES:
        path = _ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.suffix in _SUFFIXES and "node_modules" not in file.parts:
                found.update(file.relative_to(_ROOT).as_posix().encode() + b"\n")
                found.update(sha256(file.read_bytes()).digest())
    folders = [Path(each) for each in sys.path if Path(each).is_dir()]
    libraries = sorted({each.name for folder in folders for each in folder.glob("*.dist-info")})
    told = (
        sys.version, release(), libraries, platform.machine(), _processor(), found.hexdigest(),
    )  # fmt: skip
    return sha256(repr(told).encode()).hexdigest()


def _processor() -> str:
    """Name the kind of processor, on which a last digit may depend."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(names)}))
