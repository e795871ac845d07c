"""The pages of a report in one language: what HTML and PDF show, in the order in which it is read.

First the headline, then what went wrong, by operator and with times, then maps, rates and details.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analytics.reports.drawing.map_sketch import MapSketch
from analytics.reports.drawing.picture import Picture
from analytics.reports.tables.cells import cell_texts, column_texts
from analytics.reports.tables.report import Report
from analytics.reports.tables.views import VIEW_OF, Column, Kind
from analytics.wording.words import Language, Words
from ingest.plain_text import plain

RATE_VIEWS = ("by_operator", "by_window", "by_weekday", "trend", "worst_streets")
EVENT_VIEWS = ("make_ups", "changes", "silent_vehicles", "tracking_faults", "exempt", "unlocated")
DETAIL_VIEWS = ("by_grid", "by_street", "grids", "streets")
CARDS = ("compliance_rate", "done_rate", "unknown_rate", "judged", "skipped", "partial", "late",
         "unknown", "misses_open", "vehicles_silent", "vehicles_faulty", "changes")  # fmt: skip
_LEFT = (Kind.TEXT, Kind.WORD, Kind.DATE)
_WIDE = ("note", "remedy", "flags")


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column."""

    text: str
    is_number: bool
    is_wide: bool
    """Whether it takes what room is left."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table as text."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: list[list[str]]
    verdict_column: int
    """Which column holds the verdict of the row, -1 for none."""
    verdicts: list[str]
    """Its code in each row, for the colour."""
    note: str = ""
    """Stands in place of the rows if there are too many to show."""


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map and what stands over and under it."""

    title: str
    verdict: str
    """Of the grid, as its code."""
    failures: list[str]
    picture: Picture


@dataclass(frozen=True, slots=True)
class Pages:
    """All that is shown."""

    language: str
    title: str
    plan_name: str
    dates: str
    made: str
    facts: list[tuple[str, str]]
    headline: str
    remark: str
    """Of schematic geometry; empty if it was surveyed."""
    cards: list[tuple[str, str]]
    notes: list[str]
    problems: list[Table]
    """One an operator that had any, titled with its name."""
    maps: list[MapPage]
    charts: dict[str, Picture]
    rates: list[Table]
    events: list[Table]
    details: list[Table]
    absent: list[str]
    """Titles of the views of which there is nothing to show."""
    is_range: bool

    def clipped(self, most_rows: int, words: Words) -> "Pages":
        """Put a note in place of the rows of every table that has more than `most_rows`."""

        def clip(tables: list[Table]) -> list[Table]:
            return [
                table
                if len(table.rows) <= most_rows
                else replace(
                    table,
                    rows=[],
                    verdicts=[],
                    note=words("page.rows_elsewhere", count=f"{len(table.rows):,}"),
                )
                for table in tables
            ]

        return replace(
            self,
            problems=clip(self.problems),
            rates=clip(self.rates),
            events=clip(self.events),
            details=clip(self.details),
        )


def lay_out(
    report: Report,
    words: Words,
    sketches: Sequence[MapSketch],
    maps: Sequence[Picture],
    charts: dict[str, Picture],
) -> Pages:
    """Put the pages together; `maps` are the drawings of `sketches`."""
    names = (*RATE_VIEWS, *EVENT_VIEWS, *DETAIL_VIEWS)
    shown = [name for name in names if len(report.frames[name])]

    def tables(group: Sequence[str]) -> list[Table]:
        return [_table(report, report.frames[n], n, words) for n in group if n in shown]

    summary = report.frames["summary"]
    texts = column_texts(summary, VIEW_OF["summary"].columns[1], words, report.zone)
    values = dict(zip(summary["measure"], texts, strict=True))
    failures = _failures(report, words)
    made = f"{report.generated_at:%Y-%m-%d %H:%M:%S}"
    return Pages(
        language="zh-CN" if words.language is Language.ZH else "en",
        title=words("page.title"),
        plan_name=plain(report.plan_name),
        dates=report.dates.replace("_", " – "),
        made=made,
        facts=[
            (words("page.plan"), plain(report.plan_name)),
            (words("page.date"), _with_weekday(report, words)),
            (words("page.generated"), f"{made} ({report.timezone})"),
            (words("page.version"), ", ".join(v[:12] for v in report.plan_versions)),
        ],
        headline=words(
            "page.headline",
            rate=values["compliance_rate"],
            **{n: values[n] for n in ("judged", "skipped", "partial", "late", "unknown")},
        ),
        remark=words("page.schematic") if report.schematic else "",
        cards=[(words(f"measure.{name}"), values[name]) for name in CARDS],
        notes=[
            words(f"page.explain_{what}")
            for what in ("judged", "compliance", "done", "unknown", "made_up")
        ],
        problems=list(_problems(report, words)),
        maps=[
            MapPage(
                _map_title(sketch, report, words),
                sketch.verdict,
                failures.get((sketch.service_date, sketch.grid_id, sketch.window), []),
                drawn,
            )
            for sketch, drawn in zip(sketches, maps, strict=True)
        ],
        charts=charts,
        rates=tables(RATE_VIEWS),
        events=tables(EVENT_VIEWS),
        details=tables(DETAIL_VIEWS),
        absent=[words(f"view.{name}") for name in names if name not in shown],
        is_range=report.is_range,
    )


def _with_weekday(report: Report, words: Words) -> str:
    if report.is_range:
        return report.dates.replace("_", " – ")
    return f"{report.dates} {words(f'weekday.{report.first.isoweekday()}')}"


def _table(
    report: Report, frame: pd.DataFrame, view: str, words: Words, omit: Sequence[str] = ()
) -> Table:
    """Write a view; the date is left out of the rows of a single day, but not of the trend."""
    columns = VIEW_OF[view].columns
    left_out = set(omit)
    if not report.is_range and view != "trend":
        left_out.add("service_date")
    kept = [n for n, column in enumerate(columns) if column.name not in left_out]
    rows = [[row[n] for n in kept] for row in cell_texts(frame, view, words, report.zone)]
    names = [columns[n].name for n in kept]
    return Table(
        name=view,
        title=words(f"view.{view}"),
        headings=tuple(_heading(columns[n], words) for n in kept),
        rows=rows,
        verdict_column=names.index("verdict") if "verdict" in names else -1,
        verdicts=[str(v) for v in frame["verdict"]] if "verdict" in names else [],
    )


def _heading(column: Column, words: Words) -> Heading:
    return Heading(words(f"column.{column.name}"), column.kind not in _LEFT, column.name in _WIDE)


def _problems(report: Report, words: Words) -> Iterator[Table]:
    frame = report.frames["problems"]
    for operator, part in frame.groupby("operator", sort=False):
        table = _table(report, part, "problems", words, omit=("operator",))
        yield Table(
            name=table.name,
            title=f"{plain(str(operator))} ({len(part)})",
            headings=table.headings,
            rows=table.rows,
            verdict_column=table.verdict_column,
            verdicts=table.verdicts,
        )


def _map_title(sketch: MapSketch, report: Report, words: Words) -> str:
    verdict = words(f"verdict.{sketch.verdict}")
    title = words("map.title", grid=plain(sketch.grid_id), window=sketch.window, verdict=verdict)
    return f"{sketch.service_date} {title}" if report.is_range else title


def _failures(report: Report, words: Words) -> dict[tuple[str, str, str], list[str]]:
    """Say of each street that failed how, how much is missing and when it was done after all.

    By service date, grid and window.
    """
    frame = report.frames["problems"]
    columns = {column.name: column for column in VIEW_OF["problems"].columns}
    text = {
        name: column_texts(frame, columns[name], words, report.zone)
        for name in ("street", "verdict", "missing_m", "completed_at", "made_up_at")
    }
    is_made_up = frame["made_up_at"].notna().tolist()
    told: dict[tuple[str, str, str], list[str]] = {}
    keys = zip(frame["service_date"], frame["grid_id"], frame["window"], strict=True)
    for n, (key, verdict) in enumerate(zip(keys, frame["verdict"], strict=True)):
        line = f"{text['street'][n]}: {text['verdict'][n]}"
        if verdict == "late":
            line += f", {words('column.completed_at')} {text['completed_at'][n]}"
        else:
            line += f", {words('column.missing_m')} {text['missing_m'][n]}"
        if is_made_up[n]:
            line += f", {words('make_up.made_up')} {text['made_up_at'][n]}"
        told.setdefault(key, []).append(line)
    return told
