import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.decoding.bounds import EARLIEST_EVENT_MS, LATEST_EVENT_MS
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.quantities import (
    KMH_MPS,
    KNOT_MPS,
    heading,
    is_number,
    milliseconds,
    scaled,
)
from ingest.decoding.rejection import RejectionCode as Code

NO_NUMBERS = [None, True, False, "7", "", [7], {"7": 7}]
instants_ms = st.integers(EARLIEST_EVENT_MS, LATEST_EVENT_MS)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_handed_on_as_it_is(value):
    assert not is_number(value)
    assert scaled(value, 3.0) is value
    assert heading(value) is value


@pytest.mark.parametrize("value", [0, -7, 1.5, math.inf])
def test_whole_and_broken_numbers_are_numbers(value):
    assert is_number(value)


def test_speeds_become_metres_a_second():
    assert scaled(252, KMH_MPS) == pytest.approx(70.0)
    assert scaled(1.5, KNOT_MPS) == pytest.approx(0.771667, abs=1e-6)


@pytest.mark.parametrize(("given", "read"), [(360, 0), (360.0, 0), (359.9, 359.9), (0, 0),
                                             (361, 361), (-360, -360), (720, 720)])  # fmt: skip
def test_of_headings_only_360_is_another_word_for_north(given, read):
    assert heading(given) == read


@given(instants_ms)
@example(1_075_000_000_001)  # these seconds make less than their milliseconds
@example(LATEST_EVENT_MS - 1)
@settings(max_examples=60)
def test_no_millisecond_is_lost_in_seconds_with_a_fraction(instant_ms):
    assert milliseconds("tst", instant_ms / 1000) == instant_ms


@given(instants_ms, st.integers(10, 990))
@settings(max_examples=60)
def test_finer_fractions_are_floored(instant_ms, microseconds):
    seconds = (instant_ms * 1000 + microseconds) / 1_000_000
    assert milliseconds("tst", seconds) == instant_ms


@given(st.integers())
@settings(max_examples=20)
def test_whole_seconds_are_exact_however_large(seconds):
    assert milliseconds("tst", seconds) == seconds * 1000


@pytest.mark.parametrize("text", ["1551874878", "2022-03-28T07:00:00Z", ""])
def test_a_text_where_seconds_belong_is_refused_though_it_could_be_read_otherwise(text):
    with pytest.raises(Refused) as caught:
        milliseconds("timestamp", text)
    refused = caught.value
    assert (refused.code, refused.key, refused.value) == (Code.WRONG_TYPE, "timestamp", text)


@pytest.mark.parametrize("value", [None, True, [1], math.inf, -math.inf])
def test_seconds_that_are_no_number_are_left_to_the_judge(value):
    assert milliseconds("tst", value) is value


def test_seconds_too_many_to_be_counted_in_milliseconds_are_infinitely_many():
    assert milliseconds("tst", 1e308) == math.inf
    assert math.isnan(milliseconds("tst", math.nan))
