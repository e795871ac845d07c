from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.reports.tables.report import Report
from tests.fixtures.town import at, next_day, utc

SUMMARY = pd.DataFrame(
    {"measure": ["judged", "served", "compliance_rate"], "value": [5.0, 1.0, None]}
)
NIGHT = Report(
    plan_name="小镇",
    plan_versions=("0" * 64,),
    timezone="Asia/Shanghai",
    schematic=False,
    first=date(2022, 3, 28),
    last=date(2022, 3, 28),
    generated_ms=at("08:05:45", next_day()),
    frames={"summary": SUMMARY},
    misses=(),
)


def test_the_report_of_a_night_is_dated_by_it():
    assert (NIGHT.dates, NIGHT.is_range) == ("2022-03-28", False)


def test_a_range_is_dated_by_its_first_and_its_last_date():
    week = replace(NIGHT, last=date(2022, 4, 3))
    assert (week.dates, week.is_range) == ("2022-03-28_2022-04-03", True)


def test_it_was_made_at_a_local_time_to_the_second():
    made = replace(NIGHT, generated_ms=utc("2022-03-28T16:00:00") + 999)
    assert made.generated_at.isoformat() == "2022-03-29T00:00:00+08:00"


@pytest.mark.parametrize(("measure", "value"), [("judged", 5.0), ("served", 1.0)])
def test_a_number_of_the_summary_is_asked_for_by_its_measure(measure, value):
    assert NIGHT.value(measure) == value


def test_a_rate_without_a_denominator_is_no_number():
    rate = NIGHT.value("compliance_rate")
    assert rate != rate  # noqa: PLR0124 - NaN


def test_a_miss_is_known_by_its_date_grid_and_window(report):
    assert [miss.key for miss in report.misses] == [("2022-03-28", "JY01", "07:00-10:00")]
