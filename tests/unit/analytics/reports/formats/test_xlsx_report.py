from dataclasses import replace
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest

from analytics.reports.formats.xlsx_report import cell_text, local_time, write_xlsx
from analytics.reports.tables.views import VIEWS
from analytics.wording.words import Language, Words
from tests.fixtures.reported_night import FORMULA, clear_report


@pytest.fixture(scope="module")
def book(report, words):
    return openpyxl.load_workbook(BytesIO(write_xlsx(report, words)))


def column_of(sheet, heading):
    (place,) = (cell.column for cell in sheet[1] if cell.value == heading)
    return [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)]


def test_there_is_one_sheet_a_view(book, words):
    assert book.sheetnames == [words(f"view.{view.name}")[:31] for view in VIEWS]


def test_every_sheet_has_a_frozen_heading_a_filter_and_is_set_up_for_printing(book):
    for sheet in book.worksheets:
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1"


def test_verdicts_and_rates_are_coloured(book, words):
    for view in ("streets", "problems", "grids", "by_operator"):
        assert book[words(f"view.{view}")].conditional_formatting


def test_times_ratios_and_dates_are_real_values(book, words):
    sheet = book[words("view.streets")]
    started = [cell for cell in column_of(sheet, words("column.started_at")) if cell.value]
    assert started[0].value == datetime(2022, 3, 28, 7, 31)  # noqa: DTZ001 - as Excel has it
    assert {cell.value for cell in column_of(sheet, words("column.service_date"))} == {
        datetime(2022, 3, 28)  # noqa: DTZ001
    }
    ratio = column_of(sheet, words("column.served_ratio"))[0]
    assert ratio.number_format == "0.0%"
    assert ratio.value == pytest.approx(0.5)


def test_a_street_named_like_a_formula_stays_text(book):
    cells = [
        cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value
    ]
    assert any(cell.value == FORMULA for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_the_same_report_gives_the_same_bytes(report):
    words = Words(Language.ZH)
    assert write_xlsx(report, words) == write_xlsx(report, words)


def test_a_report_in_which_nothing_went_wrong_can_be_opened(words):
    book = openpyxl.load_workbook(BytesIO(write_xlsx(clear_report(), words)))
    assert book[words("view.problems")].max_row == 1


@pytest.mark.parametrize("hour", [4, 5, 6, 7])
@pytest.mark.parametrize("milliseconds", [0, 999])
def test_an_instant_is_local_time_also_in_the_hour_that_comes_twice_in_autumn(hour, milliseconds):
    instant = pd.Timestamp(f"2025-11-02T0{hour}:59:59Z") + pd.Timedelta(milliseconds, "ms")
    local = {4: 0, 5: 1, 6: 1, 7: 2}[hour]
    found = local_time(instant.as_unit("ms"), ZoneInfo("America/New_York"))
    assert found == datetime(2025, 11, 2, local, 59, 59)  # noqa: DTZ001 - Excel knows no zone


def test_a_text_that_is_too_long_for_excel_is_cut_and_not_left_out():
    assert cell_text("街" * 32_767) == "街" * 32_767
    cut = cell_text("街" * 32_768)
    assert (len(cut), cut[-2:]) == (32_767, "街…")


@pytest.mark.parametrize("name", ["2026年方案", "R&D & Co", "&G", "&[Picture]", "&" * 500])
def test_the_plans_name_is_only_text_in_a_header(report, words, name):
    book = openpyxl.load_workbook(BytesIO(write_xlsx(replace(report, plan_name=name), words)))
    for sheet in book.worksheets:
        header = sheet.oddHeader
        assert header.left.size == 9
        assert header.left.text.strip().endswith("2022-03-28")
        assert header.right.text == "&A"
