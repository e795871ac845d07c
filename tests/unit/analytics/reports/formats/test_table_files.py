from io import BytesIO, StringIO

import pandas as pd
import pytest

from analytics.reports.formats.table_files import csv_files, parquet_files
from analytics.reports.tables.views import VIEWS
from ingest.plain_text import FORMULA_STARTS, harmless
from tests.fixtures.reported_night import FORMULA


def test_there_is_one_file_a_view_with_its_columns(report):
    csv, parquet = csv_files(report), parquet_files(report)
    for view in VIEWS:
        text = csv[f"{view.name}.csv"].decode("utf-8-sig")
        names = [column.name for column in view.stored]
        assert text.splitlines()[0].split(",") == names
        frame = pd.read_parquet(BytesIO(parquet[f"{view.name}.parquet"]))
        assert list(frame.columns) == names
        assert len(frame) == len(report.frames[view.name])


def test_csv_begins_with_the_mark_by_which_excel_knows_its_encoding(report):
    assert all(content.startswith(b"\xef\xbb\xbf") for content in csv_files(report).values())


def test_instants_are_local_with_their_offset(report):
    text = csv_files(report)["problems.csv"].decode("utf-8-sig")
    rows = pd.read_csv(StringIO(text))
    late = rows[rows["verdict"] == "late"].iloc[0]
    assert late["completed_at"].startswith("2022-03-28T10:3")
    assert late["completed_at"].endswith("+08:00")


def test_parquet_holds_what_the_frames_hold(report):
    frame = pd.read_parquet(BytesIO(parquet_files(report)["streets.parquet"]))
    pd.testing.assert_frame_equal(frame, report.frames["streets"], check_dtype=False)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(start):
    assert harmless(f"{start}1") == f"'{start}1"


def test_so_has_the_street_named_like_a_formula_in_csv_but_not_in_parquet(report):
    files = csv_files(report)
    assert f",'{FORMULA}," in files["streets.csv"].decode()
    assert ",'+施工" in files["exempt.csv"].decode()
    frame = pd.read_parquet(BytesIO(parquet_files(report)["streets.parquet"]))
    assert FORMULA in set(frame["street"])


def test_numbers_below_zero_stay_numbers(report):
    text = csv_files(report)["streets.csv"].decode("utf-8-sig")
    deviation = pd.read_csv(StringIO(text))["schedule_deviation_s"].dropna()
    assert (deviation < 0).any()
