import re
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from analytics.reports.drawing.map_sketch import sketches
from analytics.reports.formats.pages import DETAIL_VIEWS, EVENT_VIEWS, RATE_VIEWS, lay_out
from analytics.reports.tables.report_tables import build_report
from analytics.wording.words import Language, Words
from tests.fixtures.reported_night import (
    FORMULA,
    GENERATED_MS,
    MARKUP,
    SCRIPT,
    clear_report,
    day,
    past,
)
from tests.fixtures.town import MONDAY

EN, ZH = Words(Language.EN), Words(Language.ZH)


def laid_out(report, words=EN):
    """Its pages, with a stand-in for each drawing."""
    sketched = sketches(report.misses)
    return lay_out(report, words, sketched, [b"<svg/>" for _ in sketched], {})


@pytest.fixture(scope="module")
def english(report):
    return laid_out(report)


@pytest.fixture(scope="module")
def two_days():
    days = [day(MONDAY), day(MONDAY + timedelta(days=1))]
    return laid_out(build_report(days, past(days[1], 0), [], GENERATED_MS))


@pytest.fixture(scope="module")
def calm():
    return laid_out(clear_report())


def shown(pages):
    return [*pages.rates, *pages.events, *pages.details]


def table(pages, name):
    (found,) = [each for each in shown(pages) if each.name == name]
    return found


def headings(of):
    return [heading.text for heading in of.headings]


def test_the_headline_has_the_rate_and_the_counts_of_the_night(english):
    assert re.findall(r"\d[\d.]*%?", english.headline) == ["25.0%", "5", "1", "1", "1", "1"]


def test_a_night_of_which_nothing_is_known_has_a_dash_for_its_rate():
    one = day()
    streets = one.judgement.streets
    unknown = replace(one.judgement, streets=streets[streets["verdict"] == "unknown"])
    report = build_report([replace(one, judgement=unknown)], past(one, 0), [], GENERATED_MS)
    assert laid_out(report).headline.startswith("Compliance –: of 1 judged")


def test_problems_are_a_table_an_operator_under_its_name(english):
    (only,) = english.problems
    assert only.title == "机扫一公司 (3)"
    assert [row[headings(only).index("Street")] for row in only.rows] == [SCRIPT, MARKUP, FORMULA]
    assert "Operator" not in headings(only)


def test_operators_come_in_the_order_of_the_report(report):
    problems = report.frames["problems"]
    more = pd.concat([problems.assign(operator="机扫二公司"), problems], ignore_index=True)
    pages = laid_out(replace(report, frames={**report.frames, "problems": more}))
    assert [each.title for each in pages.problems] == ["机扫二公司 (3)", "机扫一公司 (3)"]


def test_rows_of_a_single_day_leave_its_date_out_but_not_those_of_the_trend(english):
    assert "Service date" in headings(table(english, "trend"))
    others = [*english.problems, *shown(english)]
    assert not [each.name for each in others if each.name != "trend" and _has_date(each)]


def test_rows_of_a_range_have_their_dates(two_days):
    assert all(_has_date(each) for each in [*two_days.problems, table(two_days, "streets")])


def test_every_view_is_either_shown_or_named_as_absent(english, calm):
    every = {EN(f"view.{name}") for name in (*RATE_VIEWS, *EVENT_VIEWS, *DETAIL_VIEWS)}
    for pages in (english, calm):
        titles = [each.title for each in shown(pages)]
        assert len(titles) + len(pages.absent) == len(every)
        assert {*titles, *pages.absent} == every
    assert EN("view.make_ups") in calm.absent


def test_a_night_in_which_nothing_went_wrong_has_no_problems_and_no_maps(calm):
    assert (calm.problems, calm.maps) == ([], [])


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_verdict_of_a_row_is_told_in_words_and_as_its_code(report, words):
    streets = table(laid_out(report, words), "streets")
    told = [row[streets.verdict_column] for row in streets.rows]
    assert sorted(streets.verdicts) == ["late", "partial", "served", "skipped", "unknown"]
    assert told == [words(f"verdict.{code}") for code in streets.verdicts]


def test_a_table_without_verdicts_has_no_column_of_them(english):
    rates = table(english, "by_grid")
    assert (rates.verdict_column, rates.verdicts) == (-1, [])


def test_every_row_has_a_cell_under_each_heading(english, two_days):
    for pages in (english, two_days):
        for each in [*pages.problems, *shown(pages)]:
            assert {len(row) for row in each.rows} == {len(each.headings)}, each.name


def test_numbers_are_set_apart_from_text_and_notes_take_what_room_is_left(english):
    exempt, grids = table(english, "exempt"), table(english, "by_grid")
    wide = {heading.text for heading in exempt.headings if heading.is_wide}
    numbers = {heading.text for heading in grids.headings if heading.is_number}
    assert wide == {EN("column.note")}
    assert set(headings(grids)) - numbers == {EN("column.grid_id"), EN("column.operator")}


def test_a_map_tells_of_each_failure_how_much_is_missing_or_when_it_was_done(english):
    (page,) = english.maps
    skipped, partial, late = page.failures
    assert page.title == "JY01  07:00-10:00  partial"
    assert re.fullmatch(
        re.escape(f"{SCRIPT}: skipped, Missing (m) ") + r"1,000, made up 15:00:00", skipped
    )
    assert re.fullmatch(re.escape(f"{MARKUP}: partial, Missing (m) ") + r"(499|500|501)", partial)
    assert re.fullmatch(re.escape(f"{FORMULA}: late, Completed ") + r"10:3\d:\d\d", late)


@pytest.mark.parametrize(
    "elsewhere", [{"service_date": "2022-03-27"}, {"grid_id": "JR02"}, {"window": "14:30-17:30"}]
)
def test_a_map_tells_of_no_failures_but_those_of_its_date_grid_and_window(report, elsewhere):
    problems = report.frames["problems"]
    more = pd.concat([problems.assign(**elsewhere), problems], ignore_index=True)
    (page,) = laid_out(replace(report, frames={**report.frames, "problems": more})).maps
    assert page.failures == laid_out(report).maps[0].failures


def test_a_map_of_a_range_says_of_which_date_it_is(two_days):
    assert [page.title for page in two_days.maps] == ["2022-03-28 JY01  07:00-10:00  partial"]


def test_each_map_needs_its_drawing(report):
    with pytest.raises(ValueError, match="shorter"):
        lay_out(report, EN, sketches(report.misses), [], {})


def test_the_facts_say_of_what_date_it_is_and_when_it_was_made(report):
    facts = dict(laid_out(report, ZH).facts)
    assert facts[ZH("page.date")] == "2022-03-28 星期一"
    assert facts[ZH("page.generated")] == "2022-03-29 08:05:45 (Asia/Shanghai)"


def test_a_range_is_told_by_its_ends(two_days):
    assert two_days.dates == "2022-03-28 – 2022-03-29"
    assert two_days.is_range


def test_only_a_drawn_geometry_has_a_remark(english):
    assert english.remark == ""
    one = day()
    drawn = replace(one, plan=replace(one.plan, schematic=True))
    assert laid_out(build_report([drawn], past(one, 0), [], GENERATED_MS)).remark == EN(
        "page.schematic"
    )


@pytest.mark.parametrize(("most", "is_kept"), [(4, False), (5, True)])
def test_a_table_with_too_many_rows_has_a_note_in_their_place(english, most, is_kept):
    streets = table(english.clipped(most, EN), "streets")
    assert len(table(english, "streets").rows) == 5
    assert bool(streets.rows) == bool(streets.verdicts) == is_kept
    assert ("5 rows" in streets.note) != is_kept


def test_tables_of_all_parts_are_clipped_and_what_is_no_table_stays(english):
    clipped = english.clipped(0, EN)
    assert not any(each.rows for each in [*clipped.problems, *shown(clipped)])
    assert (clipped.headline, clipped.cards, clipped.maps) == (
        english.headline, english.cards, english.maps,
    )  # fmt: skip


def _has_date(of):
    return EN("column.service_date") in headings(of)
