from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.reports.tables.cells import cell_texts, column_texts
from analytics.reports.tables.views import DTYPES, VIEWS, Column, Kind
from analytics.wording.words import Language, Words

EN, ZH = Words(Language.EN), Words(Language.ZH)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def texts(kind, *values, words=EN, namespace="", zone=SHANGHAI, **others):
    """The cells of one column, with other columns beside it."""
    frame = pd.DataFrame({"cell": pd.Series(values, dtype=DTYPES[kind]), **others})
    return column_texts(frame, Column("cell", kind, namespace), words, zone)


def instant(text):
    return pd.Timestamp(text, tz="Asia/Shanghai")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, "云中街", "云中街"),
        (Kind.TEXT, "", ""),
        (Kind.DATE, "2022-03-28", "2022-03-28"),
        (Kind.COUNT, 1234567, "1,234,567"),
        (Kind.SHARE, 0.9876, "98.8%"),
        (Kind.SHARE, 1.0, "100.0%"),
        (Kind.METRES, 1234.6, "1,235"),
        (Kind.NUMBER, -1234.4, "-1,234"),
        (Kind.MINUTES, 1200, "+20"),
        (Kind.MINUTES, -5400, "-90"),
        (Kind.MINUTES, 0, "+0"),
    ],
)
def test_a_value_is_written_as_its_kind_is_read(kind, value, text):
    assert texts(kind, value) == [text]


@pytest.mark.parametrize(
    "kind", [Kind.COUNT, Kind.SHARE, Kind.METRES, Kind.MINUTES, Kind.NUMBER, Kind.INSTANT]
)
def test_what_is_missing_is_a_dash_and_what_stands_beside_it_is_not(kind):
    value = instant("2022-03-28 07:00") if kind is Kind.INSTANT else 1
    found = texts(kind, None, value)
    assert found[0] == "–"
    assert found[1] != "–"


def test_a_code_is_told_by_its_word_and_one_without_stays():
    assert texts(Kind.WORD, "skipped", "solar", words=ZH, namespace="verdict") == ["漏收", "solar"]


def test_several_codes_are_joined_as_the_language_does():
    flags = "late_start|off_plan"
    assert texts(Kind.WORD, flags, "", words=ZH, namespace="flag") == ["开工迟、作业越界", ""]
    assert ", " in texts(Kind.WORD, flags, words=EN, namespace="flag")[0]


def test_a_time_on_the_date_of_its_row_is_written_without_it_and_another_with_it():
    late, night = instant("2022-03-28 23:59:59"), instant("2022-03-29 00:00:00")
    days = ["2022-03-28", "2022-03-28"]
    assert texts(Kind.INSTANT, late, night, service_date=days) == ["23:59:59", "03-29 00:00"]


def test_times_are_local_to_the_plan():
    noon = pd.Timestamp("2022-03-28 12:00", tz="UTC")
    day = ["2022-03-28"]
    assert texts(Kind.INSTANT, noon, service_date=day) == ["20:00:00"]
    assert texts(Kind.INSTANT, noon, zone=ZoneInfo("Pacific/Kiritimati"), service_date=day) == [
        "03-29 02:00"
    ]


def test_without_a_date_in_the_row_a_time_is_written_with_its_own():
    assert texts(Kind.INSTANT, instant("2022-03-28 07:05:30")) == ["03-28 07:05"]


def test_numbers_of_the_summary_are_shares_or_counts_by_their_measure():
    summary = pd.DataFrame(
        {
            "measure": ["compliance_rate", "judged", "missing_m", "done_rate"],
            "value": [0.25, 1234.0, 1500.4, None],
        }
    )
    rows = cell_texts(summary, "summary", EN, SHANGHAI)
    assert [value for _, value in rows] == ["25.0%", "1,234", "1,500", "–"]
    assert rows[0][0] == "Compliance rate"


def test_a_number_of_a_fault_is_never_a_share():
    assert texts(Kind.NUMBER, 1.0) == ["1"]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_has_a_text_for_each_cell(view, report):
    frame = report.frames[view.name]
    rows = cell_texts(frame, view.name, EN, report.zone)
    assert [len(row) for row in rows] == [len(view.columns)] * len(frame)
    assert all(isinstance(text, str) for row in rows for text in row)
    assert "nan" not in {text.lower() for row in rows for text in row}


def test_a_view_without_rows_has_no_texts(report):
    assert cell_texts(report.frames["streets"][:0], "streets", EN, report.zone) == []
