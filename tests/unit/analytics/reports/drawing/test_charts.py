from analytics.reports.drawing.charts import draw_charts
from tests.fixtures.reported_night import clear_report


def test_there_is_a_chart_of_the_trend_and_of_each_roll_up(report, words):
    charts = draw_charts(report, words)
    assert list(charts) == ["trend", "by_operator", "by_window", "by_weekday"]
    assert all(b"<svg" in chart and b"<dc:date>" not in chart for chart in charts.values())


def test_charts_are_the_same_each_time(report, words):
    assert draw_charts(report, words) == draw_charts(report, words)


def test_a_single_day_without_a_history_has_charts_too(words):
    assert draw_charts(clear_report(), words)
