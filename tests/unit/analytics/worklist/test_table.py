"""A work list as it is read in a terminal."""

import io

import pandas as pd
import pytest
from rich.console import Console

from analytics.wording.words import Language
from analytics.worklist.table import print_worklist
from tests.fixtures.missed_streets import TOWN, listed, miss
from tests.fixtures.town import MONDAY, Town, at


def printed(
    found: pd.DataFrame, language: Language = Language.EN, town: Town = TOWN, made_up: int = 0
) -> str:
    console = Console(file=io.StringIO(), width=140)
    plan = town.plan
    print_worklist(console, found, plan, plan.operators, (MONDAY, at("16:00")), made_up, language)
    return console.file.getvalue()


def cells(text: str) -> list[list[str]]:
    """Rows of tables, without their headers."""
    rows = [line.strip("│").split("│") for line in text.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("language", "total", "nothing"),
    [(Language.EN, "2 streets to collect again, 3 passes; 1 misses made up", "nothing is open"),
     (Language.ZH, "待补收街道 2 条,共需 3 次;已补收 1 处", "无待补收街道")],
)  # fmt: skip
def test_the_table_tells_streets_passes_and_what_is_made_up(language, total, nothing):
    found = listed(miss("近街"), miss("近街", "14:00-15:00"), miss("=远街"),
                   miss("中街", made_up="15:00"))  # fmt: skip
    text = printed(found, language, made_up=1)
    assert total in text
    assert nothing in text
    assert "07:00-10:00, 14:00-15:00" in text
    assert "2022-03-28 16:00" in text
    assert "15:00:00" in text


def test_each_operator_has_a_title_and_only_its_own_streets():
    text = printed(listed(miss("近街"), miss("别家街", grid_id="JR01")))
    first, second = text.split("机扫二公司")
    assert "机扫一公司: second collection, 2022-03-28, as of 2022-03-28 16:00" in first
    assert [row[2] for row in cells(first)] == ["近街"]
    assert [row[2] for row in cells(second)] == ["别家街"]


def test_only_the_operators_that_are_asked_for_are_printed():
    console = Console(file=io.StringIO(), width=140)
    plan = TOWN.plan
    found = listed(miss("近街"))
    print_worklist(console, found, plan, plan.operators[:1], (MONDAY, 0), 0, Language.EN)
    assert "机扫二公司" not in console.file.getvalue()


def test_a_row_tells_where_to_go_how_often_and_how_far():
    found = listed(miss("近街", missing_m=1234.6), miss("近街", "14:00-15:00")).assign(
        from_previous_m=2345.4, longitude=113.3, latitude=40.1234567
    )
    (row,) = cells(printed(found))
    assert row == [
        "1", "JY01", "近街", "07:00-10:00, 14:00-15:00", "2", "", "1,235", "2,345",
        "113.30000, 40.12346",
    ]  # fmt: skip


def test_reports_of_residents_are_counted_and_none_is_left_blank():
    found = listed(miss("近街"), miss("中街"))
    (first, second) = cells(printed(found.assign(reports=[2, 0])))
    assert (first[5], second[5]) == ("2", "")


def test_what_was_made_up_is_told_apart_with_its_time_and_vehicles():
    found = listed(miss("近街", made_up="14:00"), miss("中街")).assign(vehicle_id="晋B1|晋B2")
    waiting, made_up = cells(printed(found))
    assert waiting[2] == "中街"
    assert made_up == ["14:00:00", "JY01", "近街", "07:00-10:00", "晋B1, 晋B2"]


def test_where_nothing_is_made_up_there_is_no_table_of_it():
    text = printed(listed(miss("近街")))
    assert "vehicle" not in text
    assert "missed in" in text


def test_streets_made_up_take_no_pass_and_are_not_counted_as_open():
    text = printed(listed(miss("近街", made_up="14:00")), made_up=1)
    assert "0 streets to collect again, 0 passes; 1 misses made up" in text


def test_a_street_that_looks_like_markup_is_printed_as_it_is():
    found = listed(miss("近街")).assign(street="[bold]近街[/bold]")
    assert cells(printed(found))[0][2] == "[bold]近街[/bold]"


@pytest.mark.parametrize("language", Language)
def test_geometry_that_is_drawn_by_a_program_is_told(language):
    drawn = Town(*TOWN.sections, grids=TOWN.plan.grids).with_plan(schematic=True)
    assert "SCHEMATIC" in printed(listed(), language, drawn)
    assert "SCHEMATIC" not in printed(listed(), language)


def test_the_headers_are_in_the_language_that_is_asked_for():
    found = listed(miss("近街"), miss("中街", made_up="14:00"))
    for language, words in (
        (Language.EN, ("missed in", "passes", "made up", "vehicle")),
        (Language.ZH, ("漏收时段", "需收次数", "补收时间", "车辆")),
    ):
        text = printed(found, language)
        for word in words:
            assert word in text
