"""The words of a report in English, which has what Chinese has."""

import calendar
from string import Formatter

import pytest

from analytics.reports.tables.views import VIEWS
from analytics.wording.chinese import CHINESE
from analytics.wording.english import ENGLISH


def test_both_languages_have_every_key():
    assert list(CHINESE) == list(ENGLISH)
    assert all(CHINESE.values())
    assert all(ENGLISH.values())


def test_both_languages_fill_in_the_same_values():
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert {key: names(text) for key, text in CHINESE.items()} == {
        key: names(text) for key, text in ENGLISH.items()
    }


def test_english_is_written_in_ascii():
    assert [text for text in ENGLISH.values() if not text.isascii()] == []


def test_what_is_a_sentence_in_one_language_is_one_in_the_other():
    assert [key for key, text in ENGLISH.items() if text.endswith(".")] == [
        key for key, text in CHINESE.items() if text.endswith("。")
    ]


@pytest.mark.parametrize(
    "namespace",
    ["verdict", "status", "flag", "make_up", "reason", "weekday", "fault", "cause", "view"],
)
def test_no_two_codes_are_called_the_same(namespace):
    words = [text for key, text in ENGLISH.items() if key.startswith(f"{namespace}.")]
    assert len(words) > 1
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_two_columns_of_a_view_have_the_same_heading(view):
    headings = [ENGLISH[f"column.{column.name}"] for column in view.columns]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_sheet_of_excel_may_be_called_as_its_view(view):
    name = ENGLISH[f"view.{view.name}"]
    assert len(name) <= 31
    assert not set(name) & set("[]:*?/\\")


def test_days_of_the_week_are_those_of_the_calendar():
    assert [ENGLISH[f"weekday.{number}"] for number in range(1, 8)] == list(calendar.day_name)


def test_a_code_is_called_what_it_is():
    """Documents and tables show codes; who reads both must find the one in the other."""
    strange = [
        key
        for key, text in ENGLISH.items()
        if key.split(".")[0] in {"verdict", "status", "flag", "make_up", "reason"}
        and text.lower().replace(" ", "_") != key.split(".")[1]
    ]
    assert strange == []
