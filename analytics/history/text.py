"""A recorded verdict and its evidence in words, for whoever disputes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from rich.cells import cell_len, set_cell_size
from rich.table import Table

from analytics.history.plan_store import SHORT_VERSION
from analytics.history.recompute import Recomputed
from analytics.history.street_events import StreetEvent
from analytics.verdicts.evidence import Covered, Evidence, GapRecord, SectionRecord
from analytics.wording.words import Language, Words
from ingest.plain_text import cell, plain

_DECIMALS = {"served_ratio": 4, "length_m": 1}
_LABELS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "window": "window", "grace": "in time until", "deadline": "deadline",
        "period": "judged until", "plan": "plan", "parameters": "parameters",
        "time_zones": "time zones",
        "length": "length", "served": "seen served", "missing": "missing",
        "ambiguous": "ambiguous", "covered": "covered", "pings": "pings", "gaps": "gaps",
        "sections": "sections", "none": "none", "metres": "{metres:.1f} m",
        "part": "{metres:.1f} m ({share:.1%})",
        "seen": "{count} fixes, {first} to {last}", "unseen": "no fix",
        "outliers": "{count} more dropped as outliers",
        "no_fix": "{count} were no fix by their own words",
        "stale": "{count} sent an old place again",
        "doubted": "{count} came from two places in turn", "silent": "silent",
        "unplaced": "not to be placed on a street", "before": "before the first fix",
        "after": "after the last fix", "unknown_place": "place unknown",
        "near": "{apart:.0f} m apart", "evidence": "evidence",
        "again.record": "recomputed from the record alone", "again.log": "recomputed from the log",
        "again.yes": "agrees", "again.no": "DIFFERS", "again.absent": "no such verdict",
        "again.same": "same evidence", "again.other": "other evidence",
        "grid": "grid", "tasks": "served by",
        "events": "events beside the fixes, no part of the proof", "from_fixes": "by its fixes",
        "apart": "{metres:.0f} m from the street",
        "bin_lift": "bin lifted", "weighbridge": "weighed", "photo": "photo",
        "schematic": "Geometry: SCHEMATIC. The streets are drawn by a program, not surveyed.",
    },
    Language.ZH: {
        "window": "时段", "grace": "按时截止", "deadline": "期限",
        "period": "判定截止", "plan": "方案版本", "time_zones": "时区数据", "parameters": "参数",
        "length": "长度", "served": "已见收运", "missing": "缺失",
        "ambiguous": "存疑", "covered": "覆盖", "pings": "定位点", "gaps": "信号中断",
        "sections": "路段", "none": "无", "metres": "{metres:.1f} 米",
        "part": "{metres:.1f} 米（{share:.1%}）",
        "seen": "{count} 个，{first} 至 {last}", "unseen": "无定位点",
        "outliers": "另有 {count} 个异常点已剔除",
        "no_fix": "{count} 个自报未定位",
        "stale": "{count} 个重发旧位置",
        "doubted": "{count} 个两处交替，均不采信", "silent": "无信号",
        "unplaced": "无法匹配到街道", "before": "首个定位点之前",
        "after": "末个定位点之后", "unknown_place": "位置不明",
        "near": "相距 {apart:.0f} 米", "evidence": "证据",
        "again.record": "仅凭证据记录重算", "again.log": "由定位日志重算",
        "again.yes": "一致", "again.no": "不一致", "again.absent": "无此结论",
        "again.same": "证据相同", "again.other": "证据不同",
        "grid": "网格", "tasks": "作业任务",
        "events": "定位之外的事件（不属于证明）", "from_fixes": "位置取自定位点",
        "apart": "距街道 {metres:.0f} 米",
        "bin_lift": "吊桶", "weighbridge": "过磅", "photo": "照片",
        "schematic": "路网为示意图：由程序绘制，未经实测。",
    },
}  # fmt: skip


class VerdictText:
    """Writes evidence in one language and time zone."""

    def __init__(self, language: Language, timezone: str) -> None:
        self._words, self._label = Words(language), _LABELS[language]
        self._zone = ZoneInfo(timezone)

    def label(self, name: str, **values: object) -> str:
        """Give a word or phrase."""
        return self._label[name].format(**values) if values else self._label[name]

    def instant(self, instant_ms: int) -> str:
        """Write an instant as local date and time with its offset."""
        local = datetime.fromtimestamp(instant_ms / 1000, self._zone)
        return local.isoformat(" ", "milliseconds" if instant_ms % 1000 else "seconds")

    def clock(self, instant_ms: int) -> str:
        """Write an instant as local time."""
        return f"{datetime.fromtimestamp(instant_ms // 1000, self._zone):%H:%M:%S}"

    def evidence(self, record: Evidence) -> Iterator[str]:
        """Write a street's record in full, line by line."""
        length_m = sum(section.length_m for section in record.sections)
        missing_m = sum(to - at for each in record.sections for at, to in each.missing)
        doubtful_m = sum(
            run.to_m - run.from_m for each in record.sections for run in each.ambiguous
        )
        rules = ", ".join(f"{name} {value:g}" for name, value in asdict(record.parameters).items())
        yield from self._facts(
            ("window", f"{self.instant(record.start_ms)} – {self.instant(record.end_ms)}"),
            ("grace", self.instant(record.grace_end_ms)),
            ("deadline", self.instant(record.deadline_ms)),
            ("period", self.instant(record.period_end_ms)),
            ("plan", record.plan_version),
            *([("time_zones", record.time_zones)] if record.time_zones else []),
            ("parameters", rules),
            ("length", self.label("metres", metres=length_m)),
            ("served", self._part(length_m - missing_m, length_m)),
            ("missing", self._part(missing_m, length_m)),
            ("ambiguous", self._part(doubtful_m, length_m)),
        )
        yield self.label("pings")
        for pings in record.pings:
            dropped = {
                "outliers": pings.outlier_count,
                "no_fix": pings.no_fix_count,
                "stale": pings.stale_count,
                "doubted": pings.doubted_count,
            }
            seen = self._pings(pings.first_ms, pings.last_ms, pings.count)
            told = [self.label(why, count=count) for why, count in dropped.items() if count]
            yield f"  {plain(pings.vehicle_id)}  {'; '.join([seen, *told])}"
        yield self.label("gaps") if record.gaps else f"{self.label('gaps')}  {self.label('none')}"
        yield from (f"  {self._gap(gap)}" for gap in record.gaps)
        yield self.label("sections")
        for section in record.sections:
            yield from self._section(section)

    def events(self, found: Sequence[StreetEvent]) -> Iterator[str]:
        """Write the events near a street, line by line; nothing if there are none."""
        if found:
            yield self.label("events")
        for each in found:
            event = each.event
            told = [
                self.clock(event.event_time_ms),
                plain(event.vehicle_id),
                self.label(event.kind),
                *([plain(event.reference)] if event.reference else []),
                *([f"{event.weight_kg:g} kg"] if event.weight_kg is not None else []),
                self.label("apart", metres=each.distance_m),
                *([] if each.is_told else [self.label("from_fixes")]),
            ]
            yield f"  {'  '.join(told)}"

    def revisions(self, found: pd.DataFrame) -> Table:
        """Draw the revisions of a verdict."""
        return self._table(
            found, "revision", "verdict", "status", "cause", "served_ratio", "recorded_at",
            "plan_version",
        )  # fmt: skip

    def streets(self, found: pd.DataFrame) -> Table:
        """Draw the newest verdicts of a grid's streets."""
        return self._table(
            found, "street", "verdict", "status", "revision", "served_ratio", "length_m",
            "started_at", "completed_at",
        )  # fmt: skip

    def recomputed(self, found: Sequence[Recomputed]) -> Iterator[str]:
        """Write whether verdicts came out again, a line for each way and verdict."""
        for each in found:
            name = plain(each.street) or self.label("grid")
            yield (
                f"{self.label('again.record')}  {name}: "
                f"{self._words.of('verdict', each.from_record)} {each.from_record_ratio:.4f}: "
                f"{self._agreement(is_so=each.record_agrees)}"
            )
            if not each.from_log:
                yield f"{self.label('again.log')}  {name}: {self.label('again.absent')}"
                continue
            same = self.label("again.same" if each.same_evidence else "again.other")
            yield (
                f"{self.label('again.log')}  {name}: {self._words.of('verdict', each.from_log)} "
                f"{each.from_log_ratio:.4f}: {self._agreement(is_so=each.log_agrees)}, {same}"
            )

    def _table(self, found: pd.DataFrame, *names: str) -> Table:
        table = Table(
            *(
                self.label("plan") if n == "plan_version" else self._words(f"column.{n}")
                for n in names
            )
        )
        for row in zip(*(found[name].tolist() for name in names), strict=True):
            table.add_row(*map(cell, map(self._cell, names, row)))
        return table

    def _cell(self, name: str, value: Any) -> str:  # noqa: ANN401 - whatever a column holds
        if pd.isna(value):
            return ""
        if name in {"verdict", "status", "cause"}:
            return self._words.of(name, value) or "–"
        if name.endswith("_at"):
            return str(value.tz_convert(self._zone).isoformat(" ", "seconds"))
        if name in _DECIMALS:
            return f"{value:.{_DECIMALS[name]}f}"
        return str(value)[:SHORT_VERSION] if name == "plan_version" else str(value)

    def _agreement(self, *, is_so: bool) -> str:
        return self.label("again.yes" if is_so else "again.no")

    def _facts(self, *facts: tuple[str, str]) -> Iterator[str]:
        labels = [self.label(name) for name, _ in facts]
        width = max(map(cell_len, labels))
        for label, (_, value) in zip(labels, facts, strict=True):
            yield f"{set_cell_size(label, width)}  {value}"

    def _part(self, metres: float, length_m: float) -> str:
        return self.label("part", metres=metres, share=metres / length_m)

    def _pings(self, first_ms: int | None, last_ms: int | None, count: int) -> str:
        if first_ms is None or last_ms is None:
            return self.label("unseen")
        return self.label(
            "seen", count=count, first=self.instant(first_ms), last=self.instant(last_ms)
        )

    def _gap(self, gap: GapRecord) -> str:
        begin = self.label("before") if gap.started_ms is None else self.instant(gap.started_ms)
        end = self.label("after") if gap.finished_ms is None else self.instant(gap.finished_ms)
        took = ""
        if gap.started_ms is not None and gap.finished_ms is not None:
            took = f" ({(gap.finished_ms - gap.started_ms) / 1000:.0f} s)"
        place = self.label("unknown_place")
        if gap.from_xy is not None and gap.to_xy is not None:
            east_m, north_m = (to - at for at, to in zip(gap.from_xy, gap.to_xy, strict=True))
            place = self.label("near", apart=(east_m**2 + north_m**2) ** 0.5)
        return f"{plain(gap.vehicle_id)}  {self.label(gap.kind)}  {begin} – {end}{took}, {place}"

    def _section(self, section: SectionRecord) -> Iterator[str]:
        told = f", {self.label('tasks')} {', '.join(section.tasks)}" if section.tasks else ""
        yield f"  {plain(section.id)}  {self.label('metres', metres=section.length_m)}{told}"
        for run in section.covered:
            yield f"    {self.label('covered')}  {self._run(run)}"
        for run in section.ambiguous:
            yield f"    {self.label('ambiguous')}  {self._run(run)}"
        for from_m, to_m in section.missing:
            metres = self.label("metres", metres=to_m - from_m)
            yield f"    {self.label('missing')}  {from_m:.1f} – {to_m:.1f} m  ({metres})"

    def _run(self, run: Covered) -> str:
        ends = [(run.from_m, run.from_ms), (run.to_m, run.to_ms)]
        if run.to_ms < run.from_ms:
            ends.reverse()
        (begin_m, begin_ms), (end_m, end_ms) = ends
        return f"{begin_m:.1f} → {end_m:.1f} m  {self.clock(begin_ms)} → {self.clock(end_ms)}"
