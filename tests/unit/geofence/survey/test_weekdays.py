import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.plan.plan import EVERY_DAY
from geofence.plan.timetable import render_days
from geofence.survey.weekdays import read_days

WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    "text",
    ["mon-fri", "Mon - Fri", "Monday to Friday", "seg-sex", "seg a sex", "Segunda a Sexta",
     "segunda-feira a sexta-feira", "2ª a 6ª", "lun-vie", "lunes a viernes", "de lunes a viernes",
     "周一至周五", "星期一到星期五", "周一至五", "週一-週五", "seg., ter., qua., qui., sex."],
)  # fmt: skip
def test_the_days_of_work_are_read_in_four_languages(text):
    assert read_days(text) == WORKDAYS


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("seg, qua e sex", {0, 2, 4}),
        ("lunes, miércoles y viernes", {0, 2, 4}),
        ("周一、三、五", {0, 2, 4}),
        ("Tue/Thu", {1, 3}),
        ("terças e quintas", {1, 3}),
        ("sáb-dom", {5, 6}),
        ("周六日", {5, 6}),
        ("sab a ter", {5, 6, 0, 1}),
        ("segunda a sexta e domingo", {0, 1, 2, 3, 4, 6}),
    ],
)
def test_lists_and_ranges_are_read(text, days):
    assert read_days(text) == days


@pytest.mark.parametrize("text", ["daily", "diário", "todos os dias", "todos los días", "每天"])
def test_every_day_may_be_said_in_one_word(text):
    assert read_days(text) == EVERY_DAY


@pytest.mark.parametrize(
    "text",
    ["someday", "seg-", "-sex", "seg ter--", "seg,,qua", "feriados", "seg exceto", "七", "a"],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=r"no day of the week|a day is missing"):
        read_days(text)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_what_a_plan_writes_is_read_back(days):
    assert read_days(render_days(days)) == days


@given(st.text("seg-x, a周一至五日2ª\t和,", max_size=16))
def test_any_text_gives_days_or_is_refused(text):
    try:
        days = read_days(text)
    except ValueError:
        return
    assert days
    assert days <= EVERY_DAY
