import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.notice import half_days
from geofence.notice.half_days import (
    ABBREVIATION,
    CHINESE_WORD,
    LATIN_WORD,
    HalfDay,
    half_day_of,
)

ALL = [value for value in vars(half_days).values() if isinstance(value, HalfDay)]


@pytest.mark.parametrize(
    ("word", "stated", "hour"),
    [
        ("凌晨", 4, 4), ("凌晨", 12, 0), ("凌晨", 0, 0), ("凌晨", 9, None),
        ("早", 6, 6), ("早上", 12, None), ("早", 14, None),
        ("上午", 10, 10), ("上午", 12, 12), ("上午", 14, None),
        ("中午", 11, 11), ("中午", 12, 12), ("中午", 1, 13), ("中午", 13, 13), ("中午", 5, None),
        ("下午", 2, 14), ("下午", 12, 12), ("下午", 14, 14), ("下午", 0, None),
        ("傍晚", 5, 17), ("傍晚", 11, None),
        ("晚", 7, 19), ("晚上", 12, 24), ("晚", 1, 25), ("晚", 4, None), ("晚", 19, 19),
        ("夜间", 10, 22), ("夜间", 2, 26), ("夜", 5, None), ("夜间", 17, 17), ("夜间", 24, 24),
        ("am", 12, 0), ("a.m.", 7, 7), ("pm", 12, 12), ("p. m.", 5, 17), ("am", 13, None),
        ("mañana", 12, 12), ("manha", 7, 7), ("tarde", 2, 14), ("noche", 9, 21), ("noite", 12, 24),
        ("madrugada", 3, 3), ("afternoon", 3, 15), ("night", 11, 23), ("noon", 12, 12),
    ],
)  # fmt: skip
def test_a_word_says_which_of_two_hours_is_meant_or_does_not_fit(word, stated, hour):
    assert half_day_of(word).hour(stated) == hour


@given(st.sampled_from(ALL), st.integers(0, 24))
def test_an_hour_that_a_word_gives_is_the_stated_one_on_a_clock_face(half, stated):
    hour = half.hour(stated)
    assert hour is None or (hour - stated) % 12 == 0
    if hour is not None and (stated == 0 or stated > 12):
        assert hour % 24 == stated % 24


@given(st.sampled_from(ALL))
def test_no_word_spans_more_than_twelve_hours_so_that_none_is_twofold(half):
    assert 0 <= half.last - half.first < 12


@pytest.mark.parametrize("pattern", [ABBREVIATION, LATIN_WORD])
@pytest.mark.parametrize("longer", ["amigo", "pmx", "nights", "tardes", "noonday"])
def test_a_latin_word_is_not_found_within_a_longer_one(pattern, longer):
    assert re.match(pattern, longer) is None


def test_of_two_chinese_words_the_longer_one_is_found():
    for word in CHINESE_WORD.split("|"):
        assert re.match(CHINESE_WORD, word).group() == word
