"""The charts of a report: the trend, and verdicts by operator, window and weekday."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.reports.drawing.drawing import COLOURS, INK
from analytics.reports.drawing.picture import Pen, Picture
from analytics.reports.drawing.typeface import width_of
from analytics.reports.tables.report import Report
from analytics.reports.tables.views import VERDICTS
from analytics.wording.words import Words
from ingest.plain_text import plain

WIDTH = 418.0
"""In points, as all lengths here."""
LEAST_HEIGHT = 180.0
MOST_BARS = 24
_SHORTEST = 16
"""Characters of a label that fit beside the bars."""
_SIZE, _SMALL, _TITLE = 8.0, 7.0, 9.5
_TOP, _BOTTOM = 42.0, 24.0
_ROW = 18.7
_AXIS, _RULE, _FAINT = "#8a8f96", "#e4e6e9", "#4b7f9f"
_Places = NDArray[np.float64]


def draw_charts(report: Report, words: Words) -> dict[str, Picture]:
    """Draw every chart that has something to show, by name of its view."""
    drawn: dict[str, Callable[[], Picture]] = {
        "trend": lambda: _trend(report.frames["trend"], report.last, words),
        "by_operator": lambda: _bars(report.frames["by_operator"], "operator", words),
        "by_window": lambda: _bars(report.frames["by_window"], "window", words),
        "by_weekday": lambda: _bars(report.frames["by_weekday"], "weekday", words),
    }
    return {name: draw() for name, draw in drawn.items() if len(report.frames[name])}


def _trend(trend: pd.DataFrame, last: date, words: Words) -> Picture:
    """Rates day by day; days without a verdict are gaps in the line."""
    first = min(date.fromisoformat(str(trend["service_date"].iloc[0])), last - timedelta(days=29))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rates = trend.set_index("service_date").reindex([day.isoformat() for day in days])
    compliance = rates["compliance_rate"].to_numpy(np.float64)
    unknown = rates["unknown_rate"].to_numpy(np.float64)
    pen = Pen(WIDTH, LEAST_HEIGHT)
    left, right, bottom = 32.0, WIDTH - 30.0, LEAST_HEIGHT - _BOTTOM
    step = (right - left) / len(days)
    across = left + step * (np.arange(len(days)) + 0.5)
    full = bottom - _TOP

    for share in range(0, 101, 20):
        y = bottom - full * share / 100
        pen.lines([np.array([[left, y], [right, y]])], _RULE if share else _AXIS, 0.6)
        pen.text(left - 5, y, f"{share}%", _SIZE, anchor="end")
    for n in np.flatnonzero(unknown > 0).tolist():
        height = full * float(unknown[n])
        pen.box(float(across[n]) - 0.4 * step, bottom - height, 0.8 * step, height,
                COLOURS["unknown"])  # fmt: skip
    points = np.stack([across, bottom - full * compliance], axis=1)
    known = np.isfinite(compliance)
    pen.lines(_runs(points, known), COLOURS["served"], 1.6)
    for x, y in points[known].tolist():
        pen.dot(x, y, 1.9, COLOURS["served"])
    if known[-1]:
        x, y = points[-1].tolist()
        pen.text(x + 5, y, f"{compliance[-1]:.1%}", _SIZE)
    for n in range(len(days) - 1, -1, -max(1, len(days) // 10)):
        x = float(across[n])
        pen.lines([np.array([[x, bottom], [x, bottom + 3]])], _AXIS, 0.6)
        pen.text(x, bottom + 10, f"{days[n]:%m-%d}", _SIZE, anchor="middle")
    pen.text(4, 10, words("chart.trend"), _TITLE)
    _key(pen, 26.0, [(COLOURS["unknown"], words("column.unknown_rate")),
                     (COLOURS["served"], words("column.compliance_rate"))])  # fmt: skip
    return pen.picture()


def _runs(points: _Places, known: NDArray[np.bool_]) -> list[_Places]:
    """Cut a line where a point is not known."""
    ends = np.flatnonzero(np.diff(known)) + 1
    return [part for part in np.split(points, ends) if len(part) > 1 and np.isfinite(part).all()]


def _bars(counts: pd.DataFrame, key: str, words: Words) -> Picture:
    """Verdicts as shares of each row, with the rate of compliance written beside."""
    counts = counts.head(MOST_BARS)
    labels = [_clipped(words.of("weekday", str(v)) if key == "weekday" else plain(str(v)))
              for v in counts[key]]  # fmt: skip
    height = _TOP + 12 + _BOTTOM + _ROW * len(counts)
    if key == "operator":  # stands beside the trend
        height = max(height, LEAST_HEIGHT)
    pen = Pen(WIDTH, height)
    left = 10 + max(width_of(label, _SIZE) for label in labels)
    right, top, bottom = WIDTH - 92.0, _TOP + 12, height - _BOTTOM
    full = right - left
    rates, unknowns = right + 7, right + 54
    pitch = (bottom - top) / len(counts)
    thick = min(0.72 * pitch, 30.0)

    pen.text(rates, top - 5, words("chart.rate"), _SMALL)
    pen.text(unknowns, top - 5, words("verdict.unknown"), _SMALL, colour=_FAINT)
    numbers = counts[list(VERDICTS)].to_numpy(np.int64)
    totals = counts["judged"].to_numpy(np.float64).tolist()
    for row, label in enumerate(labels):
        middle = top + pitch * (row + 0.5)
        pen.text(left - 5, middle, label, _SIZE, anchor="end")
        at = left
        for verdict, number in zip(VERDICTS, numbers[row].tolist(), strict=True):
            width = full * number / totals[row]
            if number:
                pen.box(at, middle - thick / 2, width, thick, COLOURS[verdict])
                if at > left:
                    edge = np.array([[at, middle - thick / 2], [at, middle + thick / 2]])
                    pen.lines([edge], "#fff", 0.5)
            if width > width_of(f"{number}", _SMALL) + 2:
                pen.text(at + width / 2, middle, f"{number}", _SMALL, anchor="middle")
            at += width
        rate, unknown = counts["compliance_rate"].iloc[row], counts["unknown_rate"].iloc[row]
        pen.text(rates, middle, "–" if np.isnan(rate) else f"{rate:.1%}", _SIZE)
        pen.text(unknowns, middle, f"{unknown:.1%}", _SIZE, colour=_FAINT)
    pen.lines([np.array([[left, bottom], [right, bottom]])], _AXIS, 0.6)
    for share in range(0, 101, 20):
        x = left + full * share / 100
        pen.lines([np.array([[x, bottom], [x, bottom + 3]])], _AXIS, 0.6)
        pen.text(x, bottom + 10, f"{share}%", _SIZE, anchor="middle")
    pen.text(4, 10, words(f"chart.by_{key}"), _TITLE)
    _key(pen, 26.0, [(COLOURS[verdict], words(f"verdict.{verdict}")) for verdict in VERDICTS])
    return pen.picture()


def _key(pen: Pen, y: float, entries: Sequence[tuple[str, str]]) -> None:
    """Say what the colours mean, from left to right, up to the right edge."""
    size, swatch, gap = 7.5, 8.0, 9.0
    widths = [swatch + 3 + width_of(text, size) for _, text in entries]
    x = WIDTH - 4 - sum(widths) - gap * (len(widths) - 1)
    for (colour, text), width in zip(entries, widths, strict=True):
        pen.box(x, y - swatch / 2, swatch, swatch, colour)
        pen.text(x + swatch + 3, y, text, size, colour=INK)
        x += width + gap


def _clipped(label: str) -> str:
    return label if len(label) <= _SHORTEST else f"{label[: _SHORTEST - 1]}…"
