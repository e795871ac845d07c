import re
from dataclasses import replace

import pytest

from analytics.reports.formats.formats import Format
from analytics.reports.formats.mark import MARK
from analytics.reports.making import Maker
from analytics.reports.steps import Steps
from analytics.reports.tables.night import NoPingsError, judge_night
from analytics.wording.words import Language
from ingest.log.pinglog import open_log
from tests.fixtures.reported_town import TOWN, later, morning, verdicts, write
from tests.fixtures.town import MONDAY, at, next_day

PLAN = TOWN.plan
EVENING, NIGHT, DAWN = at("22:00"), at("01:00", next_day()), at("06:00", next_day())
CHANGED = "JY01 07:00-10:00 魏都大道 unknown → served"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'pings.db'}"


@pytest.fixture
def log(url):
    with open_log(url) as opened:
        yield opened


@pytest.fixture
def out(tmp_path):
    return tmp_path / "reports"


def maker(log, out, now_ms=NIGHT, formats=(Format.CSV,), language=None):
    return Maker(log, now_ms, out, language, formats, Steps(lambda: 0.0), 1)


def report(log, out, now_ms=NIGHT, plan=PLAN, **choices):
    """Report the night; give what is said of it."""
    made = maker(log, out, now_ms, **choices)
    return made.report_on_night(MONDAY, plan, allow_empty=False)[1]


def test_the_headline_has_the_rates_and_the_counts_of_the_night(url, log, out):
    write(url, morning())
    assert report(log, out)[0] == (
        "2022-03-28: compliance 100.0% (served 1, late 0, partial 0, skipped 0), unknown 1 (50.0%)"
    )


def test_a_night_that_nobody_can_tell_of_has_a_dash_for_its_compliance(log, out):
    day, said = maker(log, out).report_on_night(MONDAY, PLAN, allow_empty=True)
    assert day.service_date == MONDAY
    assert said[0].startswith("2022-03-28: compliance – (served 0,")
    assert said[0].endswith("unknown 2 (100.0%)")


def test_a_date_without_pings_is_refused_and_nothing_is_written(log, out):
    with pytest.raises(NoPingsError):
        report(log, out)
    assert not out.exists()


def test_files_that_say_the_same_stay_and_it_is_told_since_when(url, log, out):
    write(url, morning())
    first = report(log, out)
    assert "unchanged" not in "".join(first)
    assert report(log, out, now_ms=DAWN) == [
        *first,
        "  the files are as made on 2022-03-29 01:00:00",
    ]
    assert maker(log, out).is_reported(MONDAY, judged_ms=DAWN)
    write(url, later())
    assert "unchanged" not in "".join(report(log, out, now_ms=DAWN))


def test_tables_are_told_by_their_folder_and_other_files_one_by_one(url, log, out):
    write(url, morning())
    said = report(log, out, formats=(Format.XLSX, Format.CSV, Format.PARQUET))
    folder = out / "2022-03-28"
    count = len(list((folder / "csv").iterdir()))
    assert count > 10
    assert said[1:] == [
        f"  {folder / 'compliance-2022-03-28.xlsx'}",
        f"  {folder / 'csv'} ({count} files)",
        f"  {folder / 'parquet'} ({count} files)",
    ]


def test_a_range_is_told_by_its_ends(url, log, out):
    write(url, morning())
    made = maker(log, out)
    days = [made.report_on_night(date, PLAN, allow_empty=True)[0] for date in (MONDAY, next_day())]
    headline, folder = made.write(days)
    assert headline.startswith("2022-03-28 to 2022-03-29: compliance 100.0% (served 1,")
    assert "2022-03-28_2022-03-29" in folder


def test_what_changed_since_the_report_before_is_told(url, log, out):
    write(url, morning())
    assert not _changes(report(log, out, EVENING))
    write(url, later())
    (line,) = _changes(report(log, out, NIGHT))
    assert line == f"1 street changed since 2022-03-28 22:00: {CHANGED} (more pings)"
    assert not _changes(report(log, out, DAWN))


def test_what_a_run_judged_whose_report_was_not_written_is_news_to_the_next_report(url, log, out):
    write(url, morning())
    report(log, out, EVENING)
    write(url, later())
    judge_night(log, PLAN, MONDAY, NIGHT, Steps(lambda: 0.0))
    (line,) = _changes(report(log, out, DAWN))
    assert line.startswith("1 street changed since 2022-03-28 22:00: ")


def test_without_a_report_before_it_is_told_what_changed_since_the_judging_before(url, log, out):
    write(url, morning())
    judge_night(log, PLAN, MONDAY, at("00:30", next_day()), Steps(lambda: 0.0))
    write(url, later())
    (line,) = _changes(report(log, out, NIGHT))
    assert line == f"1 street changed since 00:30: {CHANGED} (late pings)"


def test_a_date_is_reported_once_its_files_are_in_place(url, log, out):
    write(url, morning())
    made = maker(log, out)
    assert not made.is_reported(MONDAY)
    made.report_on_night(MONDAY, PLAN, allow_empty=False)
    assert made.is_reported(MONDAY)
    assert not made.is_reported(next_day())
    assert verdicts(out) == {"云中街": "served", "魏都大道": "unknown"}


def test_a_date_whose_files_were_not_all_put_in_place_is_not_reported(url, log, out):
    write(url, morning())
    report(log, out)
    mark = out / "2022-03-28" / MARK
    mark.write_text(mark.read_text().replace("true", "false"))
    assert not maker(log, out).is_reported(MONDAY)


@pytest.mark.parametrize(
    ("zone", "language", "told"),
    [
        ("Asia/Shanghai", None, "zh-CN"),
        ("Asia/Singapore", None, "en"),  # of the same time
        ("Asia/Shanghai", Language.EN, "en"),
        ("Asia/Singapore", Language.ZH, "zh-CN"),
    ],
)
def test_the_language_is_that_of_the_zone_unless_one_is_chosen(url, log, out, zone, language, told):
    write(url, morning())
    plan = replace(PLAN, timezone=zone)
    report(log, out, plan=plan, formats=(Format.HTML,), language=language)
    text = (out / "2022-03-28" / "compliance-2022-03-28.html").read_text(encoding="utf-8")
    assert re.findall(r'<html lang="([^"]+)"', text) == [told]


def _changes(said):
    return [line for line in said if " changed since " in line]
