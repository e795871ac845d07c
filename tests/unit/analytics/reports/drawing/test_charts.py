import re
from itertools import pairwise

import numpy as np
import pytest

from analytics.reports.drawing.charts import WIDTH, _runs, draw_charts
from analytics.reports.drawing.drawing import COLOURS
from analytics.reports.drawing.svg import svg_of
from analytics.reports.drawing.typeface import width_of
from analytics.reports.tables.views import VERDICTS
from tests.fixtures.reported_night import clear_report


def drawn(report, words):
    return {name: svg_of(picture) for name, picture in draw_charts(report, words).items()}


@pytest.fixture(scope="module")
def charts(report, words):
    return draw_charts(report, words)


def boxes(picture, verdict):
    """Left edge, width and middle of each rectangle of a verdict, in points; those of bars."""
    found = re.findall(
        rf'M(-?\d+) (-?\d+)h(\d+)v(\d+)h-\d+z" fill="{COLOURS[verdict]}"', picture.shapes
    )
    sides = [[int(each) / 10 for each in one] for one in found]
    return [
        (x, width, y + height / 2) for x, y, width, height in sides if (width, height) != (8, 8)
    ]


def test_there_is_a_chart_of_the_trend_and_of_each_roll_up(report, words):
    charts = drawn(report, words)
    assert list(charts) == ["trend", "by_operator", "by_window", "by_weekday"]
    assert all(b"<svg" in chart and b"<dc:date>" not in chart for chart in charts.values())


def test_charts_are_the_same_each_time(report, words):
    assert drawn(report, words) == drawn(report, words)


def test_a_single_day_without_a_history_has_charts_too(words):
    assert drawn(clear_report(), words)


def test_bars_are_as_long_as_the_share_of_their_verdict_one_beginning_where_the_other_ends(
    report, charts
):
    rows = report.frames["by_operator"]
    bars = sorted(
        (round(middle), x, width, verdict)
        for verdict in VERDICTS
        for x, width, middle in boxes(charts["by_operator"], verdict)
    )
    full = max(x + width for _, x, width, _ in bars) - min(x for _, x, _, _ in bars)
    for middle, row in zip(sorted({middle for middle, *_ in bars}), rows.itertuples(), strict=True):
        own = [(x, width, verdict) for at, x, width, verdict in bars if at == middle]
        shares = {verdict: width / full for _, width, verdict in own}
        assert shares == pytest.approx(
            {v: getattr(row, v) / row.judged for v in VERDICTS if getattr(row, v)}, abs=0.002
        )
        for (x, width, _), (following, _, _) in pairwise(own):
            assert x + width == pytest.approx(following, abs=0.2)


def test_the_trend_ends_with_the_rate_of_the_last_day(report, charts):
    rate = report.frames["trend"]["compliance_rate"].iloc[-1]
    assert f"{rate:.1%}" in [label.text for label in charts["trend"].labels]


def test_days_without_a_verdict_are_gaps_in_the_line():
    points = np.stack([np.arange(6.0), np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6])], axis=1)
    runs = _runs(points, np.isfinite(points[:, 1]))
    assert [run[:, 0].tolist() for run in runs] == [[0, 1], [3, 4, 5]]


def test_every_text_stands_inside(charts):
    for picture in charts.values():
        assert picture.width == WIDTH
        for label in picture.labels:
            assert 0 <= label.x <= label.x + width_of(label.text, label.size) <= picture.width
            assert 0 < label.y < picture.height
