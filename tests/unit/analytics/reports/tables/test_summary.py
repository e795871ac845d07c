from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from analytics.reports.tables.report_tables import build_report
from analytics.reports.tables.summary import MEASURES, SHARES, summarise
from tests.fixtures.reported_night import GENERATED_MS, day, past
from tests.fixtures.town import MONDAY, TRUCK

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture(scope="module")
def two_days():
    """Twice the same night, a day apart."""
    monday = day(MONDAY)
    tuesday = replace(monday, service_date=TUESDAY)
    return build_report([monday, tuesday], past(monday, 0), [], GENERATED_MS)


def values(report, days=(), **frames):
    """The summary of a report some of whose frames are others."""
    summary = summarise(days, {**report.frames, **frames})
    return dict(zip(summary["measure"], summary["value"], strict=True))


def test_the_summary_has_every_measure(report):
    assert tuple(report.frames["summary"]["measure"]) == MEASURES


def test_shares_are_the_measures_that_are_called_rates():
    assert {measure for measure in MEASURES if measure.endswith("_rate")} == SHARES


def test_grids_are_counted_by_their_own_verdicts(report):
    found = {name: report.value(f"grids_{name}") for name in ("served", "partial", "unknown")}
    assert found == {"served": 0, "partial": 1, "unknown": 1}


def test_metres_missed_are_those_of_misses_and_not_of_what_was_late(report):
    assert report.value("missing_m") == pytest.approx(1500, abs=2)
    late = report.frames["problems"].assign(missing_m=7000.0)
    assert values(report, problems=late)["missing_m"] == pytest.approx(1500, abs=2)


def test_a_vehicle_counts_once_however_many_days_it_was_silent_or_faulty(two_days):
    assert len(two_days.frames["silent_vehicles"]) == len(two_days.frames["tracking_faults"]) == 2
    assert (two_days.value("vehicles_silent"), two_days.value("vehicles_faulty")) == (1, 1)
    assert two_days.value("vehicles_on_duty") == 2


def test_days_and_pings_add_up(two_days):
    assert (two_days.value("days"), two_days.value("pings")) == (2, 2 * 1440)


def test_misses_are_made_up_or_open(report):
    assert [report.value(f"misses{name}") for name in ("", "_made_up", "_open")] == [2, 1, 1]
    every = report.frames["make_ups"].assign(make_up="open")
    found = values(report, make_ups=every)
    assert [found[f"misses{name}"] for name in ("", "_made_up", "_open")] == [2, 0, 2]


def test_without_any_street_judged_the_counts_are_nought_and_the_rates_no_numbers(report):
    found = values(report, streets=report.frames["streets"][:0])
    assert [found[name] for name in ("judged", "served", "skipped", "unknown")] == [0, 0, 0, 0]
    assert all(np.isnan(found[share]) for share in SHARES)


def test_a_vehicle_is_on_duty_once_however_many_grids_it_serves(report):
    one = day()
    same = tuple(replace(grid, vehicles=(TRUCK,)) for grid in one.plan.grids)
    alone = replace(one, plan=replace(one.plan, grids=same))
    assert values(report, [one])["vehicles_on_duty"] == 2
    assert values(report, [alone])["vehicles_on_duty"] == 1
