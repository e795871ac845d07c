"""The words of a report in Chinese."""

import re

import pytest

from analytics.history.revisions import Cause, RecordStatus
from analytics.reports.formats.pages import CARDS
from analytics.reports.tables.summary import MEASURES
from analytics.reports.tables.views import VIEWS
from analytics.tracking.faults import TrackingCode
from analytics.verdicts.flags import Flag
from analytics.verdicts.verdict import Verdict
from analytics.wording.chinese import CHINESE
from analytics.wording.words import Language, Words
from geofence.plan.plan import EXEMPTION_REASONS

NAMES = {
    "GPS", "NTP", "UTC", "Z", "GCJ-02", "BD-09", "XLSX", "CSV",
    "devices.csv", "datum = gcj02", "datum = bd09",
}  # fmt: skip
"""What is called so in Chinese too."""
CODES = ("verdict", "status", "flag", "make_up", "reason", "weekday", "fault", "cause", "view")


@pytest.mark.parametrize(
    ("namespace", "codes"),
    [
        ("verdict", list(Verdict)),
        ("flag", list(Flag)),
        ("fault", list(TrackingCode)),
        ("remedy", list(TrackingCode)),
        ("measure", [*MEASURES, *CARDS]),
        ("view", [view.name for view in VIEWS]),
        ("column", [column.name for view in VIEWS for column in view.columns]),
        ("status", list(RecordStatus)),
        ("cause", list(Cause)),
        ("reason", EXEMPTION_REASONS),
        ("weekday", list("1234567")),
    ],
)
def test_every_code_has_a_word(namespace, codes):
    assert [code for code in codes if f"{namespace}.{code}" not in CHINESE] == []


def test_verdicts_are_called_what_the_office_calls_them():
    words = Words(Language.ZH)
    assert [words(f"verdict.{verdict}") for verdict in Verdict] == [
        "已收运", "迟收", "部分漏收", "漏收", "无法判定",
    ]  # fmt: skip


def test_not_a_word_of_english_is_left_but_names():
    left = []
    for text in CHINESE.values():
        bare = re.sub(r"\{\w+\}", "", text)
        for name in sorted(NAMES, key=len, reverse=True):
            bare = bare.replace(name, "")
        left += re.findall(r"[A-Za-z]+", bare)
    assert left == []


@pytest.mark.parametrize("namespace", CODES)
def test_no_two_codes_are_called_the_same(namespace):
    words = [text for key, text in CHINESE.items() if key.startswith(f"{namespace}.")]
    assert len(words) > 1
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_two_columns_of_a_view_have_the_same_heading(view):
    headings = [CHINESE[f"column.{column.name}"] for column in view.columns]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_sheet_of_excel_may_be_called_as_its_view(view):
    name = CHINESE[f"view.{view.name}"]
    assert len(name) <= 31
    assert not set(name) & set("[]:*?/\\")


def test_the_week_begins_on_monday():
    assert "".join(CHINESE[f"weekday.{number}"][-1] for number in range(1, 8)) == "一二三四五六日"


def test_commas_and_stops_of_a_sentence_are_chinese():
    sentences = [text for text in CHINESE.values() if text.endswith("。")]
    assert sentences
    assert [text for text in sentences if re.search(r"[,;:?!]|\.$", text)] == []
