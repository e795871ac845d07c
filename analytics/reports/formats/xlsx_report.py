"""The report as an Excel workbook: a sheet a view, with real dates, numbers and percentages.

Text is only ever written as text, so that a street called ``=1+1`` is that and no formula. The same
report gives the same bytes.
"""

import re
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from analytics.reports.tables.report import Report
from analytics.reports.tables.summary import SHARES
from analytics.reports.tables.views import VERDICTS, VIEWS, Column, Kind, View
from analytics.wording.words import Words
from ingest.plain_text import plain

FILLS = {
    "served": "#D5F0E6",
    "late": "#FCE9C4",
    "partial": "#F5DFEA",
    "skipped": "#F8D3BF",
    "unknown": "#DDF0FB",
}
WIDEST = 42
MOST_CHARACTERS = 32_767
"""That Excel takes in a cell; a longer text would not be written at all."""
MOST_NAME = 80
"""Characters of the plan's name in a header, which has room for 255 in all."""
_PICTURE = re.compile(r"&(?=G|\[)")
"""What XlsxWriter takes for a picture in a header, though it is written as text."""
_NUMBER_FORMATS = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Kind.SHARE: "0.0%",
    Kind.METRES: "#,##0.0",
    Kind.MINUTES: "+0.0;-0.0;0.0",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.###",
}
_LEAST_WIDTH = {Kind.DATE: 11.5, Kind.INSTANT: 19.5}
_TEXT = (Kind.TEXT, Kind.WORD)
_GOOD_RATE, _POOR_RATE = 0.95, 0.85
_HIGH_UNKNOWN = 0.05


def write_xlsx(report: Report, words: Words) -> bytes:
    """Write the workbook."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        made = report.generated_at.replace(tzinfo=None)
        book.set_properties({"title": words("page.title"), "comments": report.dates,
                             "created": made})  # fmt: skip
        book.set_size(2400, 1500)
        sheets = _Sheets(book, report, words)
        for view in VIEWS:
            if view.name == "summary":
                sheets.add_summary(view)
            else:
                sheets.add(view)
    return out.getvalue()


class _Sheets:
    """The sheets of one workbook."""

    def __init__(self, book: Workbook, report: Report, words: Words) -> None:
        self._book, self._report, self._words = book, report, words
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        self._formats: dict[Kind, Format] = {
            kind: book.add_format({**font, "num_format": _NUMBER_FORMATS.get(kind, "@")})
            for kind in Kind
        }
        self._fills = {
            verdict: book.add_format({"bg_color": colour}) for verdict, colour in FILLS.items()
        }
        self._heading = book.add_format(
            {**font, "bold": True, "bg_color": "#E8EBEF", "bottom": 1, "text_wrap": True,
             "align": "center"}
        )  # fmt: skip
        self._title = book.add_format({**font, "bold": True, "font_size": 15})
        self._plain = book.add_format({**font, "text_wrap": True})

    def add_summary(self, view: View) -> None:
        """Write the first sheet: what it is about, the headline, and what the rates mean."""
        sheet, words, report = self._sheet(view), self._words, self._report
        sheet.set_column(0, 0, 30, self._formats[Kind.TEXT])
        sheet.set_column(1, 1, 24, self._formats[Kind.NUMBER])
        sheet.write_string(0, 0, words("page.title"), self._title)
        facts = {
            "page.date": report.dates.replace("_", " – "),
            "page.plan": cell_text(report.plan_name),
            "page.version": ", ".join(version[:12] for version in report.plan_versions),
            "page.generated": f"{report.generated_at:%Y-%m-%d %H:%M:%S} ({report.timezone})",
        }
        for row, (key, fact) in enumerate(facts.items(), 1):
            sheet.write_string(row, 0, words(key), self._formats[Kind.TEXT])
            sheet.write_string(row, 1, fact, self._formats[Kind.TEXT])
        head = len(facts) + 2
        for place, column in enumerate(view.columns):
            sheet.write_string(head, place, words(f"column.{column.name}"), self._heading)
        frame = report.frames[view.name]
        for row, (measure, value) in enumerate(
            zip(frame["measure"], frame["value"], strict=True), head + 1
        ):
            sheet.write_string(row, 0, words.of("measure", str(measure)), self._formats[Kind.TEXT])
            kind = Kind.SHARE if measure in SHARES else Kind.COUNT
            if not np.isnan(value):
                sheet.write_number(row, 1, float(value), self._formats[kind])
        notes = [words(f"page.explain_{what}") for what in
                 ("judged", "compliance", "done", "unknown", "made_up")]  # fmt: skip
        if report.schematic:
            notes.append(words("page.schematic"))
        for row, note in enumerate(notes, head + len(frame) + 2):
            sheet.write_string(row, 0, note, self._formats[Kind.TEXT])
        sheet.autofilter(head, 0, head + len(frame), len(view.columns) - 1)
        sheet.freeze_panes(head + 1, 0)

    def add(self, view: View) -> None:
        """Write a view with its heading, filter, widths, colours and print set-up."""
        sheet, frame = self._sheet(view), self._report.frames[view.name]
        for place, column in enumerate(view.columns):
            heading = self._words(f"column.{column.name}")
            sheet.write_string(0, place, heading, self._heading)
            widths = self._write_column(sheet, place, frame[column.name], column)
            width = max(_width(heading) + 2.5, _LEAST_WIDTH.get(column.kind, 8.0), widths + 1.5)
            sheet.set_column(place, place, min(width, WIDEST))
            self._colour(sheet, place, column, len(frame))
        sheet.set_row(0, 24)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(frame), 1), len(view.columns) - 1)
        sheet.repeat_rows(0)

    def _sheet(self, view: View) -> Worksheet:
        # Excel takes 31 characters and none of []:*?/\
        sheet: Worksheet = self._book.add_worksheet(self._words(f"view.{view.name}")[:31])
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        # a bare & would begin a code of Excel's header
        name = _PICTURE.sub("＆", plain(self._report.plan_name)[:MOST_NAME]).replace("&", "&&")
        told = f"{name}  {self._report.dates}"
        sheet.set_header(f"&L&9 {told}&R&9&A")
        sheet.set_footer("&C&9&P / &N")
        return sheet

    def _write_column(
        self, sheet: Worksheet, place: int, values: "pd.Series[Any]", column: Column
    ) -> float:
        """Write the cells of a column and give the width of the widest text."""
        style, widest = self._formats[column.kind], 0.0
        zone = self._report.zone
        for row, value in enumerate(values, 1):
            if pd.isna(value) or value == "":
                continue
            if column.kind in _TEXT:
                text = str(value)
                if column.kind is Kind.WORD:
                    text = self._words.of(column.namespace, text)
                text = cell_text(text)
                sheet.write_string(row, place, text, style)
                widest = max(widest, _width(text))
            elif column.kind is Kind.DATE:
                sheet.write_datetime(row, place, _date(str(value)), style)
            elif column.kind is Kind.INSTANT:
                sheet.write_datetime(row, place, local_time(value, zone), style)
            else:
                number = float(value)
                if column.kind is Kind.MINUTES:
                    number = round(number / 60, 1)
                sheet.write_number(row, place, number, style)
        return widest

    def _colour(self, sheet: Worksheet, place: int, column: Column, rows: int) -> None:
        if not rows:
            return
        cells = (1, place, rows, place)
        if column.namespace == "verdict":
            for verdict in VERDICTS:
                word = self._words(f"verdict.{verdict}")
                sheet.conditional_format(*cells, {
                    "type": "cell", "criteria": "==", "value": f'"{word}"',
                    "format": self._fills[verdict],
                })  # fmt: skip
        elif column.name in {"compliance_rate", "done_rate"}:
            blank = {"type": "blanks", "stop_if_true": True, "format": None}
            sheet.conditional_format(*cells, blank)
            for criteria, bound, verdict in (
                (">=", _GOOD_RATE, "served"),
                ("<", _POOR_RATE, "skipped"),
                ("<", _GOOD_RATE, "late"),
            ):  # fmt: skip
                sheet.conditional_format(*cells, {
                    "type": "cell", "criteria": criteria, "value": bound,
                    "format": self._fills[verdict], "stop_if_true": True,
                })  # fmt: skip
        elif column.name == "unknown_rate":
            sheet.conditional_format(*cells, {
                "type": "cell", "criteria": ">", "value": _HIGH_UNKNOWN,
                "format": self._fills["unknown"],
            })  # fmt: skip


def _date(text: str) -> datetime:
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - Excel's dates have no zone


def local_time(value: pd.Timestamp, zone: ZoneInfo) -> datetime:
    """Give local time, to the second, without the zone that Excel does not know."""
    # cut while it is UTC: a local hour that comes twice does not say which it is
    local = value.floor("s").tz_convert(zone)
    return local.tz_localize(None).to_pydatetime()


def cell_text(text: str) -> str:
    """Write a text as a cell can hold it."""
    shown = plain(text)
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[: MOST_CHARACTERS - 1]}…"


def _width(text: str) -> float:
    """Give the width of a text in Excel's unit: a Chinese character is two digits wide."""
    return sum(2.1 if ord(character) > 0x2E7F else 1.1 for character in text)
