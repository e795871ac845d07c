import re

import pytest

from analytics.dashboard.board.resident_reports import ResidentReports, reports_of
from ingest.log.pinglog import open_log
from tests.fixtures.town import MONDAY, next_day

MISS = ("JY01", "07:00-10:00", "云中街")


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def reports(log, now_ms=1_648_450_000_000):
    return ResidentReports(log, lambda: now_ms)


def test_all_who_report_the_same_miss_get_the_same_reference_and_are_counted(log):
    first = reports(log).keep(MONDAY, *MISS)
    assert reports(log, 1_648_460_000_000).keep(MONDAY, *MISS) == first
    assert reports_of(log, MONDAY) == {MISS: (2, first)}


@pytest.mark.parametrize(
    "other",
    [("JY02", *MISS[1:]), (MISS[0], "09:00-11:30", MISS[2]), (*MISS[:2], "魏都大道")],
)
def test_another_grid_window_or_street_is_another_miss(log, other):
    first, second = reports(log).keep(MONDAY, *MISS), reports(log).keep(MONDAY, *other)
    assert first != second
    assert reports_of(log, MONDAY) == {MISS: (1, first), other: (1, second)}


def test_each_date_has_its_own_reports(log):
    reports(log).keep(MONDAY, *MISS)
    reports(log).keep(next_day(), *MISS)
    assert reports_of(log, MONDAY).keys() == reports_of(log, next_day()).keys() == {MISS}
    assert reports_of(log, MONDAY) != reports_of(log, next_day())
    assert reports_of(log, next_day(next_day())) == {}


def test_a_reference_begins_with_the_date_and_has_no_letter_that_is_misheard(log):
    references = {reports(log).keep(MONDAY, "JY01", "07:00-10:00", f"{n}号街") for n in range(40)}
    assert len(references) == 40
    assert all(re.fullmatch(r"0328-[2-9A-HJ-NP-Z]{6}", reference) for reference in references)
