from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.reports.tables.report_tables import build_report
from analytics.reports.tables.views import DTYPES, VIEWS
from tests.fixtures.reported_night import (
    CHANGE,
    FORMULA,
    GENERATED_MS,
    MARKUP,
    SCRIPT,
    SILENT,
    SPARE,
    clear_report,
    day,
    past,
)  # fmt: skip
from tests.fixtures.town import MONDAY, TRUCK, at


def test_the_night_holds_each_verdict_once(report):
    streets = report.frames["streets"]
    assert dict(zip(streets["street"], streets["verdict"], strict=True)) == {
        "云中街": "served",
        FORMULA: "late",
        MARKUP: "partial",
        SCRIPT: "skipped",
        "魏都大道": "unknown",
    }


def test_every_view_has_its_columns_and_dtypes(report):
    for view in VIEWS:
        frame = report.frames[view.name]
        assert list(frame.columns) == list(view.names)
        for column in view.columns:
            wanted = pd.api.types.pandas_dtype(DTYPES[column.kind])
            assert frame[column.name].dtype == wanted, (view.name, column.name)


def test_views_without_rows_have_their_columns_too():
    frames = clear_report().frames
    for name in ("problems", "make_ups", "exempt", "tracking_faults", "changes", "worst_streets"):
        assert len(frames[name]) == 0
        assert len(frames[name].columns) > 3


def test_unknown_is_in_no_denominator_but_its_own(report):
    assert report.value("compliance_rate") == pytest.approx(1 / 4)
    assert report.value("done_rate") == pytest.approx(2 / 4)
    assert report.value("unknown_rate") == pytest.approx(1 / 5)


def test_an_operator_with_nothing_but_unknown_has_no_rate_of_compliance(report):
    rates = report.frames["by_operator"].set_index("operator")
    assert np.isnan(rates.loc["机扫二公司", "compliance_rate"])
    assert rates.loc["机扫二公司", "unknown_rate"] == 1.0
    assert list(rates.index) == ["机扫一公司", "机扫二公司"]


def test_problems_are_by_operator_and_the_worst_first_with_their_times(report):
    problems = report.frames["problems"]
    assert list(problems["verdict"]) == ["skipped", "partial", "late"]
    late = problems.iloc[2]
    assert late["completed_at"].timestamp() * 1000 > at("10:20")
    assert late["schedule_deviation_s"] > 20 * 60
    assert problems["missing_m"].iloc[0] == pytest.approx(1000, abs=1)
    assert problems["missing_m"].iloc[1] == pytest.approx(500, abs=2)


def test_a_miss_that_was_made_up_keeps_its_verdict(report):
    skipped = report.frames["problems"].iloc[0]
    assert skipped["verdict"] == "skipped"
    assert skipped["vehicle_id"] == SPARE
    assert skipped["made_up_at"].timestamp() * 1000 == at("15:00")
    assert (report.value("misses"), report.value("misses_made_up")) == (2, 1)
    assert report.value("misses_open") == 1


def test_the_status_and_revision_of_each_verdict_come_from_the_history(report):
    for view in ("streets", "grids"):
        assert set(report.frames[view]["status"]) == {"final"}
        assert set(report.frames[view]["revision"]) == {1}


def test_without_a_history_they_are_empty():
    one = day()
    made = build_report([one], past(one)[:0], [], GENERATED_MS)
    assert set(made.frames["streets"]["status"]) == {""}
    assert made.frames["streets"]["revision"].isna().all()


def test_the_trend_has_the_last_days_and_the_date_itself(report):
    trend = report.frames["trend"]
    assert list(trend["service_date"]) == [
        (MONDAY - timedelta(days=number)).isoformat() for number in range(10, -1, -1)
    ]
    assert trend["compliance_rate"].iloc[0] == 0.0
    assert trend["judged"].iloc[-1] == 5


def test_days_before_the_last_thirty_are_left_out():
    one = day()
    trend = build_report([one], past(one, 40), [], GENERATED_MS).frames["trend"]
    assert len(trend) == 30
    assert trend["service_date"].iloc[0] == (MONDAY - timedelta(days=29)).isoformat()


def test_the_worst_street_is_the_one_that_failed_most_often(report):
    worst = report.frames["worst_streets"]
    by_street = worst.set_index("street")
    assert by_street.loc["云中街", "skipped"] == 10
    assert by_street.loc["云中街", "days_failed"] == 10
    assert by_street.loc["云中街", "last_failed"] == (MONDAY - timedelta(days=1)).isoformat()
    assert worst["compliance_rate"].is_monotonic_increasing
    assert "魏都大道" not in by_street.index


def test_weekdays_are_counted_over_the_last_days(report):
    weekdays = report.frames["by_weekday"].set_index("weekday")
    assert list(weekdays.index) == list("1234567")
    assert weekdays.loc["1", "judged"] == 6  # today's five, and one a week ago


def test_exempt_and_unlocated_streets_are_counted_apart(report):
    assert list(report.frames["exempt"]["street"]) == ["兴云桥"]
    assert list(report.frames["unlocated"]["street"]) == ["无名路"]
    assert report.value("exempt") == report.value("unlocated") == 1
    assert report.value("judged") == 5


def test_vehicles_that_were_not_heard_of_and_trackers_that_are_wrong_are_named(report):
    assert list(report.frames["silent_vehicles"]["vehicle_id"]) == [SILENT]
    fault = report.frames["tracking_faults"].iloc[0]
    assert (fault["vehicle_id"], fault["code"], fault["unit"]) == (
        TRUCK, "gcj02_positions", "metres",
    )  # fmt: skip
    assert fault["grids"] == "JY01"


def test_changes_are_told(report):
    change = report.frames["changes"].iloc[0]
    assert (change["before"], change["after"], change["cause"]) == (
        "unknown",
        "served",
        CHANGE.cause,
    )
    assert change["operator"] == "机扫一公司"


def test_a_range_has_the_verdicts_of_all_its_days():
    days = [day(MONDAY), day(MONDAY + timedelta(days=1))]
    made = build_report(days, past(days[1], 0), [], GENERATED_MS)
    assert made.dates == "2022-03-28_2022-03-29"
    assert made.value("judged") == 10
    assert made.value("days") == 2


def test_of_a_miss_there_is_a_map_with_the_evidence_of_all_streets_of_the_grid(report):
    (miss,) = report.misses
    assert miss.key == ("2022-03-28", "JY01", "07:00-10:00")
    assert len(miss.records) == 4
