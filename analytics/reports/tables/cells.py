"""Values of a report as people read them: one text a cell, the same in HTML and PDF."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.reports.tables.summary import SHARES
from analytics.reports.tables.views import VIEW_OF, Column, Kind
from analytics.wording.words import Words
from ingest.plain_text import plain

ABSENT = "–"


def cell_texts(frame: pd.DataFrame, view: str, words: Words, zone: ZoneInfo) -> list[list[str]]:
    """Write the rows of a view."""
    columns = [column_texts(frame, column, words, zone) for column in VIEW_OF[view].columns]
    return [list(row) for row in zip(*columns, strict=True)]


def column_texts(frame: pd.DataFrame, column: Column, words: Words, zone: ZoneInfo) -> list[str]:
    """Write the cells of a column; what is missing is a dash, an empty text stays empty.

    Of a text what cannot be seen is shown as an escape.
    """
    values = frame[column.name]
    if column.kind is Kind.WORD:
        return [plain(words.of(column.namespace, str(value))) for value in values]
    if column.kind is Kind.INSTANT:
        return _instants(frame, values, zone)
    if column.name == "value" and "measure" in frame.columns:
        return _measures(frame)
    write: Callable[[Any], str] = {
        Kind.SHARE: lambda value: f"{value:.1%}",
        Kind.METRES: lambda value: f"{value:,.0f}",
        Kind.MINUTES: lambda value: f"{value / 60:+.0f}",
        Kind.NUMBER: lambda value: f"{value:,.0f}",
        Kind.COUNT: lambda value: f"{value:,}",
    }.get(column.kind, lambda value: plain(str(value)))
    return [ABSENT if pd.isna(value) else write(value) for value in values]


def _instants(frame: pd.DataFrame, values: "pd.Series[pd.Timestamp]", zone: ZoneInfo) -> list[str]:
    """Write local times; with the date where it is not the service date of the row."""
    local = values.dt.tz_convert(zone)
    days: Sequence[str] = (
        [str(day) for day in frame["service_date"]]
        if "service_date" in frame.columns
        else [""] * len(frame)
    )
    return [
        ABSENT
        if pd.isna(instant)
        else f"{instant:%H:%M:%S}"
        if instant.date().isoformat() == day
        else f"{instant:%m-%d %H:%M}"
        for instant, day in zip(local, days, strict=True)
    ]


def _measures(frame: pd.DataFrame) -> list[str]:
    return [
        ABSENT if pd.isna(value) else f"{value:.1%}" if measure in SHARES else f"{value:,.0f}"
        for measure, value in zip(frame["measure"], frame["value"], strict=True)
    ]
