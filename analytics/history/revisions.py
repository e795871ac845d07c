"""What is new about the verdicts of a date: compares what was found with what was recorded."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from analytics.day import Day
from analytics.live.status import is_final
from analytics.verdicts.evidence import Evidence, essence_of

Key = tuple[str, str, str]
"""Grid, window and street; the street is empty for the verdict of the grid itself."""

EXEMPT = "exempt"
"""In the place of a verdict: an exception of the plan now keeps it from judgement."""
WITHDRAWN = ""
"""In the place of a verdict: the plan in force has no such street or window any more."""


class RecordStatus(StrEnum):
    """How far a recorded verdict is to be relied on."""

    PROVISIONAL = "provisional"
    """Pings that bear on it may still be under way."""
    FINAL = "final"
    REVISED = "revised"
    """It was final, and came out otherwise since."""


STATUS_MEANINGS: dict[RecordStatus, str] = {
    RecordStatus.PROVISIONAL: "Judged before its deadline and `allowed_lateness_min` had passed.",
    RecordStatus.FINAL: "Judged after that.",
    RecordStatus.REVISED: "Was final, and came out otherwise since.",
}


class Cause(StrEnum):
    """Why there is a revision; `CAUSE_MEANINGS` says what each means. Two are joined by ``|``."""

    FIRST = "first"
    FINAL = "final"
    PINGS = "pings"
    LATE_PINGS = "late_pings"
    PLAN = "plan"
    PROGRAM = "program"


CAUSE_MEANINGS: dict[Cause, str] = {
    Cause.FIRST: "It was judged for the first time.",
    Cause.FINAL: "It became final and says what it said before.",
    Cause.PINGS: "It was provisional, and more pings came.",
    Cause.LATE_PINGS: "Pings came after it was final.",
    Cause.PLAN: "The date was judged by another plan.",
    Cause.PROGRAM: "Neither pings nor plan changed: another pingcheng or time zones judged it.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that came out otherwise than recorded, or for the first time."""

    service_date: date
    grid_id: str
    window: str
    street: str
    """Empty for the verdict of the grid itself."""
    before: str | None
    """None if there was none."""
    after: str
    """A verdict, `EXEMPT` or `WITHDRAWN`."""
    cause: str
    revision: int
    recorded_ms: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict as it came out now."""

    key: Key
    values: Mapping[str, Any]
    """Columns of `analytics.history.tables.verdicts` from `verdict` to `flags`, but `status`."""
    digest: str
    record: bytes
    """Compressed evidence; empty for a grid, whose streets have it."""
    is_final: bool
    vehicle_ids: tuple[str, ...]
    start_ms: int
    period_end_ms: int


@dataclass(frozen=True, slots=True)
class Known:
    """The newest revision of a verdict."""

    revision: int
    verdict: str
    status: str
    digest: str


@dataclass(frozen=True, slots=True)
class News:
    """What is different from when the date was judged before."""

    plan_changed: bool
    pings_came: bool
    """Whether the log has grown at all."""
    spans: Mapping[str, tuple[int, int]]
    """If the plan changed: for each vehicle the first and last instant of pings that came."""

    def cause(self, known: Known, finding: Finding | None) -> str:
        """Say why a verdict came out otherwise."""
        was_final = known.status != RecordStatus.PROVISIONAL
        pings = Cause.LATE_PINGS if was_final else Cause.PINGS
        if not self.plan_changed:
            return pings if self.pings_came else Cause.PROGRAM
        return f"{pings}|{Cause.PLAN}" if finding and self._touch(finding) else Cause.PLAN

    def _touch(self, finding: Finding) -> bool:
        spans = (self.spans[each] for each in finding.vehicle_ids if each in self.spans)
        return any(
            first < finding.period_end_ms and last >= finding.start_ms for first, last in spans
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """A row to be added."""

    key: Key
    revision: int
    values: Mapping[str, Any]
    status: str
    cause: str
    digest: str
    record: bytes
    """Empty if the evidence is that of the revision before, or a grid's."""
    before: str | None

    @property
    def is_change(self) -> bool:
        """Whether it says another verdict than the revision before."""
        return bool(self.values["verdict"] != self.before)


def findings_of(day: Day, now_ms: int) -> Iterator[Finding]:
    """Give the verdicts of a judged date, grid by grid in each window, streets first.

    Raises
    ------
    ValueError
        If the judgement does not have its cases: without them there is no evidence.
    """
    judgement = day.judgement
    if len(judgement.cases) != len(judgement.grids):
        raise ValueError("only a judgement with its cases can be recorded")
    streets, grids = iter(_values(judgement.streets)), iter(_values(judgement.grids))
    for judged in judgement.cases:
        case = judged.case
        window = case.window
        vehicle_ids = tuple(duty.vehicle_id for duty in case.duties)
        about = (is_final(window, now_ms, case.plan.rules), vehicle_ids)
        period_ms = (window.start_ms, window.period_end_ms)
        for record in judged.evidence():
            values = next(streets)
            text = msgspec.json.encode(record)
            bare = msgspec.json.encode(essence_of(record))
            key = (case.grid.id, window.text, record.street)
            yield Finding(
                key, values, _digest(values, bare), zlib.compress(text), *about, *period_ms
            )
        values = {**next(grids), "length_m": judged.grid.length_m}
        key = (case.grid.id, window.text, "")
        yield Finding(key, values, _digest(values, b""), b"", *about, *period_ms)


def unpack_record(record: bytes) -> Evidence:
    """Read evidence back."""
    return msgspec.json.decode(zlib.decompress(record), type=Evidence)


def revise(
    findings: Iterable[Finding],
    known: Mapping[Key, Known],
    exempt: Iterable[Key],
    news: News,
) -> Iterator[Revision]:
    """Give a revision of each verdict about which there is something new to say.

    Parameters
    ----------
    known
        The newest revision of every verdict recorded for the date.
    exempt
        What is kept from judgement, streets and whole grids.
    """
    found = {finding.key: finding for finding in findings}
    for key, finding in found.items():
        revision = _revision(finding, known.get(key), news)
        if revision is not None:
            yield revision
    left_out = set(exempt)
    for key, before in known.items():
        verdict = EXEMPT if key in left_out else WITHDRAWN
        if key not in found and before.verdict != verdict:
            was_final = before.status != RecordStatus.PROVISIONAL
            yield Revision(
                key=key,
                revision=before.revision + 1,
                values={"verdict": verdict, "flags": ""},
                status=RecordStatus.REVISED if was_final else RecordStatus.FINAL,
                cause=news.cause(before, None),
                digest="",
                record=b"",
                before=before.verdict,
            )


def _revision(finding: Finding, known: Known | None, news: News) -> Revision | None:
    status = RecordStatus.FINAL if finding.is_final else RecordStatus.PROVISIONAL
    if known is None:
        number, before, cause, record = 1, None, str(Cause.FIRST), finding.record
    elif known.digest != finding.digest:
        if known.status != RecordStatus.PROVISIONAL:
            status = RecordStatus.REVISED
        number, before, record = known.revision + 1, known.verdict, finding.record
        cause = news.cause(known, finding)
    elif known.status == RecordStatus.PROVISIONAL and finding.is_final:
        number, before, cause, record = known.revision + 1, known.verdict, str(Cause.FINAL), b""
    else:
        return None
    return Revision(
        finding.key, number, finding.values, status, cause, finding.digest, record, before
    )


_MEASURES = (
    "served_ratio", "started_ms", "completed_ms", "schedule_deviation_s", "observed_share",
    "length_m", "provably_missed_m",
)  # fmt: skip


def _values(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn the rows of a table of verdicts into those of the database."""
    columns: dict[str, Sequence[Any]] = {"verdict": frame["verdict"].astype(str).tolist()}
    for name in _MEASURES:
        instant = name.replace("_ms", "_at")
        if name in frame:
            columns[name] = _or_none(frame[name])
        elif instant in frame:
            known = frame[instant].notna().to_numpy()
            ms = frame[instant].to_numpy(dtype="datetime64[ms]").astype(np.int64).tolist()
            columns[name] = [
                at if is_known else None for at, is_known in zip(ms, known, strict=True)
            ]
        else:
            columns[name] = [None] * len(frame)
    columns["flags"] = (
        frame["flags"].astype(str).tolist() if "flags" in frame else [""] * len(frame)
    )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _or_none(column: "pd.Series[Any]") -> list[Any]:
    return [
        None if missing else value
        for value, missing in zip(column.tolist(), column.isna(), strict=True)
    ]


def _digest(values: Mapping[str, Any], record: bytes) -> str:
    digest = hashlib.blake2b(msgspec.json.encode(values), digest_size=16)
    digest.update(record)
    return digest.hexdigest()
