from string import Formatter

import pytest

from analytics.history.revisions import Cause, RecordStatus
from analytics.reports.formats.pages import CARDS
from analytics.reports.tables.summary import MEASURES
from analytics.reports.tables.views import VIEWS
from analytics.tracking.faults import TrackingCode
from analytics.verdicts.flags import Flag
from analytics.verdicts.verdict import Verdict
from analytics.wording.chinese import CHINESE
from analytics.wording.english import ENGLISH
from analytics.wording.words import Language, Words, language_of
from geofence.plan.plan import EXEMPTION_REASONS


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


def test_several_flags_are_joined_and_an_unknown_code_stays():
    assert Words(Language.ZH).of("flag", "late_start|off_plan") == "开工迟、作业越界"
    assert Words(Language.EN).of("cause", "solar storm") == "solar storm"


@pytest.mark.parametrize(
    ("timezone", "language"), [("Asia/Shanghai", "zh"), ("Asia/Macau", "zh"), ("Europe/Rome", "en")]
)
def test_the_language_follows_the_time_zone_of_the_plan(timezone, language):
    assert language_of(timezone) == language
