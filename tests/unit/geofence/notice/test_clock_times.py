import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.notice.clock_times import ClockTime, clock_time, in_digits, share_min, time_pattern

PATTERN = re.compile(time_pattern("s_"), re.VERBOSE)


def read(text: str, *, ends: bool = False) -> ClockTime | None:
    match = PATTERN.fullmatch(text)
    return clock_time(match, "s_", ends=ends) if match else None


@pytest.mark.parametrize(
    "text",
    ["7:30", "07:30", "7 : 30", "7.30", "07:30:00", "7:30:00.000", "7点半", "7点30", "7点30分",
     "7时30分", "7點30分", "7h30", "7 h 30", "7h30min", "07h30", "7:30h", "7:30 hs", "0730",
     "0730 hrs", "0.3125"],
)  # fmt: skip
def test_half_past_seven_in_many_forms(text):
    time = read(text)
    assert (time.hour, time.minute, time.word) == (7, 30, None)


@pytest.mark.parametrize(
    "text", ["7点", "7点整", "7点钟", "7时", "7h", "7 hs.", "7 horas", "7 o'clock"]
)
def test_a_word_may_say_that_a_number_is_an_hour(text):
    time = read(text)
    assert (time.hour, time.minute, time.unit, time.bare) == (7, 0, True, False)


@pytest.mark.parametrize(
    ("text", "name", "follows"),
    [("下午2:30", "pm", False), ("(下午) 2:30", "pm", False), ("pm 2:30", "pm", False),
     ("2:30pm", "pm", True), ("2:30 p. m.", "pm", True), ("晚:2:30", "evening", False),
     ("2:30 de la tarde", "afternoon", True), ("2:30 in the afternoon", "pm", True),
     ("12 noon", "noon", True), ("12 midnight", "midnight", True)],
)  # fmt: skip
def test_the_half_of_the_day_stands_before_or_after_a_time(text, name, follows):
    time = read(text)
    assert (time.word.name, time.word_follows) == (name, follows)


@pytest.mark.parametrize("text", ["noon", "正午", "mediodia", "mediodía", "meio-dia", "0.500"])
def test_noon_has_names(text):
    time = read(text)
    assert (time.face_min, time.is_of_24) == (720, True)


@pytest.mark.parametrize("text", ["midnight", "午夜", "medianoche", "meia-noite", "1.000", "24:00"])
def test_midnight_has_names(text):
    assert read(text).face_min == 1440


def test_quarters_are_minutes():
    assert [read(f"7点{quarter}刻").minute for quarter in "13"] == [15, 45]


@pytest.mark.parametrize("text", ["7:60", "25:00", "24:01", "7:00:30", "7点61分", "0.2915"])
def test_what_no_clock_shows_is_no_time(text):
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["7:3", "7.5", "7:000", "77点", "7月", "①7:00", "晚", "半", "7::30"]
)
def test_what_is_of_no_form_is_no_time(text):
    assert read(text) is None


def test_the_last_second_of_a_minute_ends_it_but_starts_nothing():
    assert read("23:59:59", ends=True).face_min == 1440
    assert read("23:59:59") is None


def test_the_next_day_is_told_and_a_0_before_the_hour():
    assert read("次日2:00").next_day
    assert read("07:00").padded
    assert not read("7:00").padded


@given(st.integers(0, 1440), st.integers(4, 15))
def test_any_minute_as_a_share_of_a_day_is_that_minute_from_four_decimals_on(minute, decimals):
    assert share_min(f"{minute / 1440:.{decimals}f}") == minute


@given(st.integers(0, 287))
def test_three_decimals_tell_times_five_minutes_apart(step):
    assert share_min(f"{step * 5 / 1440:.3f}") == step * 5


# Chinese numerals

ONES = "〇一二三四五六七八九"


def numeral(number: int) -> str:
    """Write a number below 60 as Chinese does."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{ONES[tens]}十")
    return head + (ONES[ones] if ones or not tens else "")


@given(st.integers(0, 24), st.integers(1, 59), st.sampled_from("点时點時"))
def test_any_time_in_numerals_is_that_time_in_digits(hour, minute, unit):
    assert in_digits(f"{numeral(hour)}{unit}{numeral(minute)}分") == f"{hour}{unit}{minute}分"
    if minute >= 10:
        assert in_digits(f"{numeral(hour)}{unit}{numeral(minute)}") == f"{hour}{unit}{minute}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("七点半至十点一刻", "7点半至10点1刻"),
        ("两点零五分", "2点5分"),
        ("二十二时—零时", "22时—0时"),
        ("7点一10点", "7点一10点"),
        ("07:00一10:00", "07:00一10:00"),
        ("七点一十点", "7点一十点"),
        ("周一 7:00", "周一 7:00"),
        ("一十一点", "一十一点"),
    ],
)
def test_a_dash_that_looks_like_one_stays_and_so_does_what_is_no_time(text, read):
    assert in_digits(text) == read
