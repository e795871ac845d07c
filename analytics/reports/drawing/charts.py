"""The charts of a report, as SVG: the trend, and verdicts by operator, window and weekday."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analytics.reports.drawing.drawing import COLOURS, INK, drawing, svg_of
from analytics.reports.tables.report import Report
from analytics.reports.tables.views import VERDICTS
from analytics.wording.words import Words
from ingest.plain_text import plain

WIDTH_IN = 5.8
MOST_BARS = 24
_SHORTEST = 16
"""Characters of a label that fit beside the bars."""


def draw_charts(report: Report, words: Words) -> dict[str, bytes]:
    """Draw every chart that has something to show, by name of its view."""
    drawn: dict[str, Callable[[], Figure]] = {
        "trend": lambda: _trend(report.frames["trend"], report.last, words),
        "by_operator": lambda: _bars(report.frames["by_operator"], "operator", words),
        "by_window": lambda: _bars(report.frames["by_window"], "window", words),
        "by_weekday": lambda: _bars(report.frames["by_weekday"], "weekday", words),
    }
    with drawing():
        return {name: svg_of(draw()) for name, draw in drawn.items() if len(report.frames[name])}


def _trend(trend: pd.DataFrame, last: date, words: Words) -> Figure:
    """Rates day by day; days without a verdict are gaps in the line."""
    first = min(date.fromisoformat(str(trend["service_date"].iloc[0])), last - timedelta(days=29))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rates = trend.set_index("service_date").reindex([day.isoformat() for day in days])
    figure = Figure(figsize=(WIDTH_IN, 2.5), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(days))
    compliance = rates["compliance_rate"].to_numpy(np.float64)
    unknown = rates["unknown_rate"].to_numpy(np.float64)
    axes.bar(places, unknown, color=COLOURS["unknown"], width=0.8,
             label=words("column.unknown_rate"))  # fmt: skip
    axes.plot(places, compliance, color=COLOURS["served"], marker="o", markersize=3.5,
              linewidth=1.6, label=words("column.compliance_rate"))  # fmt: skip
    if np.isfinite(compliance[-1]):
        axes.annotate(
            f"{compliance[-1]:.1%}", (places[-1], compliance[-1]), (4, 0),
            textcoords="offset points", va="center",
        )  # fmt: skip
    step = max(1, len(days) // 10)
    shown = places[::-1][::step][::-1]
    axes.set_xticks(shown, [f"{days[n]:%m-%d}" for n in shown])
    axes.set_xlim(-0.7, len(days) + 0.8)
    _percent(axes)
    axes.set_ylim(0, 1.05)
    axes.grid(axis="y", color="#e4e6e9", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.suptitle(words("chart.trend"), x=0.01, ha="left", fontsize=9.5)
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=8)
    return figure


def _bars(counts: pd.DataFrame, key: str, words: Words) -> Figure:
    """Verdicts as shares of each row, with the rate of compliance written beside."""
    counts = counts.head(MOST_BARS)
    labels = [words.of("weekday", str(v)) if key == "weekday" else plain(str(v))
              for v in counts[key]]  # fmt: skip
    figure = Figure(figsize=(WIDTH_IN, max(2.5, 0.85 + 0.26 * len(counts))), layout="constrained")
    axes = figure.add_subplot()
    total = counts["judged"].to_numpy(np.float64)
    left = np.zeros(len(counts))
    places = np.arange(len(counts))
    for verdict in VERDICTS:
        share = counts[verdict].to_numpy(np.float64) / total
        axes.barh(places, share, left=left, height=0.72, color=COLOURS[verdict],
                  edgecolor="white", linewidth=0.5, label=words(f"verdict.{verdict}"))  # fmt: skip
        _number(axes, places, left, share, counts[verdict].to_numpy(np.int64))
        left += share
    for place, rate, unknown in zip(
        places.tolist(), counts["compliance_rate"], counts["unknown_rate"], strict=True
    ):
        told = "–" if np.isnan(rate) else f"{rate:.1%}"
        axes.text(1.01, place, told, va="center")
        axes.text(1.18, place, f"{unknown:.1%}", va="center", color="#4b7f9f")
    heading = -0.72
    axes.text(1.01, heading, words("chart.rate"), va="bottom", fontsize=7)
    axes.text(1.18, heading, words("verdict.unknown"), va="bottom", fontsize=7, color="#4b7f9f")
    axes.set_yticks(places, [_clipped(label) for label in labels])
    axes.set_ylim(len(counts) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    _percent(axes, along="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.suptitle(words(f"chart.by_{key}"), x=0.01, ha="left", fontsize=9.5)
    figure.legend(loc="outside upper right", ncols=5, frameon=False, fontsize=7.5,
                  handlelength=1.0, columnspacing=1.0)  # fmt: skip
    return figure


def _number(
    axes: Axes,
    places: "np.typing.NDArray[np.int64]",
    left: "np.typing.NDArray[np.float64]",
    share: "np.typing.NDArray[np.float64]",
    count: "np.typing.NDArray[np.int64]",
) -> None:
    """Write the count into each stretch of a bar that is wide enough."""
    for place, begin, width, number in zip(places, left, share, count, strict=True):
        if width > 0.025:
            axes.text(begin + width / 2, place, f"{number}", ha="center", va="center", fontsize=7)


def _percent(axes: Axes, along: str = "y") -> None:
    (axes.yaxis if along == "y" else axes.xaxis).set_major_formatter(PercentFormatter(1.0))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)


def _clipped(label: str) -> str:
    return label if len(label) <= _SHORTEST else f"{label[: _SHORTEST - 1]}…"
