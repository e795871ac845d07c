import decimal
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding.instant import parse_instant
from ingest.decoding.rejection import RejectionCode as Code
from ingest.files.column_reading import (
    FAULT_CODES,
    MISSING_MS,
    ColumnTypeError,
    Faults,
    plain_column,
    read_instants,
    read_numbers,
    read_tasks,
    read_truths,
    with_shadow,
)
from ingest.tasks import EVERY_TASK, Task

MORNING_MS = 1_648_450_800_000  # 2022-03-28T07:00:00Z
modestly = settings(max_examples=40, deadline=None)


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def told(faults):
    """Give code and column of each row at fault, None of one that has none."""
    return [
        (FAULT_CODES[code], faults.keys[key]) if code else None
        for code, key in zip(faults.code, faults.key, strict=True)
    ]


def instants_of(values, kind=None, key="event_time"):
    faults = Faults(len(values))
    return read_instants(column(values, kind), key, faults).tolist(), told(faults)


def numbers_of(values, kind=None):
    faults = Faults(len(values))
    numbers, missing = read_numbers(column(values, kind), "hdop", faults)
    return numbers.tolist(), missing.tolist(), told(faults)


def truths_of(values, kind=None):
    faults = Faults(len(values))
    return read_truths(column(values, kind), faults).tolist(), told(faults)


def tasks_of(values, kind=None):
    faults = Faults(len(values))
    return read_tasks(column(values, kind), faults).tolist(), told(faults)


def plain(array, key="vehicle_id"):
    faults = Faults(len(array))
    read = plain_column(array, key, faults)
    return None if read is None else read.to_pylist(), told(faults)


def test_of_a_row_s_faults_the_first_that_was_found_is_kept():
    faults = Faults(3)
    faults.add(np.array([True, False, False]), Code.NOT_FINITE, "latitude")
    faults.add(np.array([True, True, False]), Code.NOT_STORABLE, "longitude")
    faults.add(np.array([False, False, False]), Code.NOT_UTF8, "hdop")
    assert told(faults) == [(Code.NOT_FINITE, "latitude"), (Code.NOT_STORABLE, "longitude"), None]


@pytest.mark.parametrize(
    "array",
    [
        column(["晋BQ0384", None, ""]),
        column(["晋BQ0384", None, ""], pa.large_string()),
        column(["晋BQ0384", None, ""], pa.string_view()),
        column(["晋BQ0384", None, ""]).dictionary_encode(),
        column(["晋BQ0384".encode(), None, b""]),
        column(["晋BQ0384".encode(), None, b""]).dictionary_encode(),
    ],
)
def test_text_is_the_same_however_arrow_holds_it(array):
    assert plain_column(array, "vehicle_id", Faults(3)).equals(column(["晋BQ0384", None, ""]))


def test_decimal_numbers_become_floats():
    decimals = column([decimal.Decimal("1.50"), None])
    assert plain_column(decimals, "hdop", Faults(2)).equals(column([1.5, None]))


@pytest.mark.parametrize("array", [column([True, None]), column([7, None]), column([1.5, None])])
def test_columns_that_have_a_type_keep_it(array):
    assert plain_column(array, "hdop", Faults(2)).equals(array)


def test_a_column_of_nothing_is_absent_unless_every_ping_needs_it():
    assert plain(column([None, None]), "speed_mps") == (None, [None] * 2)
    assert plain(column([None, None]), "latitude") == ([None, None], [None] * 2)


def test_bytes_that_are_no_text_cost_their_row_and_no_other():
    read, faults = plain(column(["晋".encode(), "晋".encode()[:2], b"\xff", b""]), "working")
    assert read == ["晋", "", "", ""]
    assert faults == [None, (Code.NOT_UTF8, "working"), (Code.NOT_UTF8, "working"), None]


def test_a_missing_value_beside_bytes_that_are_no_text_stays_missing():
    read, faults = plain(column([b"\xff", None]), "working")
    assert (read, faults) == (["", None], [(Code.NOT_UTF8, "working"), None])


two_digits = st.integers(0, 61).map("{:02}".format)
dates = st.builds(
    "{:04}-{}-{}".format,
    st.integers(1, 9999),
    st.integers(0, 13).map("{:02}".format),
    st.integers(0, 32).map("{:02}".format),
)
written_instants = st.builds(
    "{}{}{}:{}:{}{}{}".format,
    dates | st.just("2022-03-28"),
    st.sampled_from("Tt T"),
    st.integers(0, 24).map("{:02}".format) | st.just("7"),
    two_digits | st.just("00"),
    two_digits | st.just("00"),
    st.sampled_from(["", ".1", ".12", ".123", ".1239", ".999999999999", ".", ",1"]),
    st.sampled_from(["", "Z", "z", "+08:00", "-05:30", "+0800", "+24:00", "+08", " Z"]),
)


@given(st.lists(written_instants | st.sampled_from(["昨天", "07:00", "２０２２-03-28T07:00:00Z"]),
                min_size=1, max_size=6))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_instants_in_text_are_those_of_the_wire(texts):
    read, faults = instants_of(texts)
    for text, instant_ms, fault in zip(texts, read, faults, strict=True):
        meant = parse_instant(text)
        if isinstance(meant, Code):
            assert fault == (meant, "event_time")
        else:
            assert (instant_ms, fault) == (meant, None)


@given(st.lists(st.integers(-(10**16), 10**17 - 1), min_size=1, max_size=5))
@modestly
def test_epoch_milliseconds_are_the_same_in_text_and_in_a_typed_column(instants_ms):
    no_faults = [None] * len(instants_ms)
    assert instants_of(instants_ms) == (instants_ms, no_faults)
    assert instants_of([f" {instant}\t" for instant in instants_ms]) == (instants_ms, no_faults)


@pytest.mark.parametrize("text", ["1.5", "1e12", "+1", "0x10", "9" * 18, "--1", "1 2", "１２"])
def test_text_that_is_neither_date_nor_milliseconds_is_unreadable(text):
    assert instants_of([text]) == ([MISSING_MS], [(Code.TIME_UNREADABLE, "event_time")])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_timestamps_are_instants_of_any_unit_and_zone(unit, zone):
    per_s = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    kind = pa.timestamp(unit, zone)
    assert instants_of([MORNING_MS // 1000 * per_s], kind) == ([MORNING_MS], [None])


def test_finer_timestamps_are_floored_to_the_millisecond():
    kind = pa.timestamp("us", "UTC")
    assert instants_of([MORNING_MS * 1000 + 999], kind) == ([MORNING_MS], [None])


@pytest.mark.parametrize(
    ("values", "kind"),
    [([None], pa.int64()), ([None], pa.timestamp("ms", "UTC")), ([None], pa.string()),
     ([""], pa.string()), ([" \t"], pa.string())],
)  # fmt: skip
def test_an_event_needs_a_time_and_a_reception_does_not(values, kind):
    missing = (Code.MISSING_FIELD, "event_time")
    assert instants_of(values, kind) == ([MISSING_MS], [missing])
    assert instants_of(values, kind, "received_time") == ([MISSING_MS], [None])


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([0], pa.timestamp("ms"), "event_time has no time zone; store it as UTC"),
        ([1.5], None, "event_time is double; it must be text, a UTC timestamp or a whole number"),
        ([0], pa.date32(), r"event_time is date32\[day\]; it must be text, a UTC"),
    ],
)
def test_a_type_that_can_hold_no_instant_is_an_error_that_says_what_can(values, kind, message):
    with pytest.raises(ColumnTypeError, match=message):
        instants_of(values, kind)


@given(st.lists(
    st.from_regex(r"[+-]?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,9})([eE][+-]?[0-9]{1,3})?",
                  fullmatch=True), min_size=1, max_size=5))  # fmt: skip
@modestly
def test_decimal_text_is_the_nearest_float(texts):
    numbers, missing, faults = numbers_of(texts)
    assert list(map(repr, numbers)) == [repr(float(text)) for text in texts]
    assert not any(missing)
    assert faults == [None] * len(texts)


@given(st.floats(allow_nan=False, allow_infinity=False))
@modestly
def test_a_float_that_is_written_out_reads_back_to_the_last_bit(number):
    assert numbers_of([repr(number)]) == ([number], [False], [None])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, Code.NOT_FINITE) for text in ("nan", "NaN", "inf", "-Infinity", "+INF")),
        *((text, Code.WRONG_TYPE) for text in
          ("北", "1_000", "0x1", "1,5", "++3", "+-3", "e5", ".", "1e", "true", "１", "1 2")),
    ],
)  # fmt: skip
def test_text_that_is_no_number_is_told_from_a_number_that_is_not_finite(text, code):
    (number, other), missing, faults = numbers_of([text, "2"])
    assert math.isnan(number)
    assert other == 2
    assert (missing, faults) == ([False, False], [(code, "hdop"), None])


@pytest.mark.parametrize(
    ("values", "kind"),
    [([None, 7], pa.int32()), ([None, 7.0], pa.float32()), ([None, "7"], pa.string()),
     ([" ", " 7 "], pa.string())],
)  # fmt: skip
def test_the_mask_tells_where_no_number_is_given(values, kind):
    numbers, missing, faults = numbers_of(values, kind)
    assert (numbers[1], missing, faults) == (7.0, [True, False], [None, None])


def test_truth_values_are_no_numbers():
    with pytest.raises(ColumnTypeError, match="hdop is bool; it must be a number"):
        numbers_of([True])


def test_truths_in_text_are_words_or_digits_of_any_case():
    texts = ["true", " TRUE", "1", "False", "0"]
    assert truths_of(texts) == ([True, True, True, False, False], [None] * 5)


@pytest.mark.parametrize("text", ["yes", "是", "2", "1.0", "truefalse"])
def test_other_words_are_no_truths_and_make_no_value(text):
    read, faults = truths_of([text, "true"])
    assert read == [pd.NA, True]
    assert faults == [(Code.WRONG_TYPE, "working"), None]


@pytest.mark.parametrize(("values", "kind"), [([True, False, None], None), (["1", "0", ""], None)])
def test_a_truth_that_is_not_given_is_neither(values, kind):
    assert truths_of(values, kind) == ([True, False, pd.NA], [None] * 3)


def test_tasks_in_text_are_names_joined_by_plus_and_none_is_another_thing_than_nothing():
    texts = ["BRUSHING", " SPRAYING + BRUSHING ", "NONE", "", None, "NA"]
    masks = [Task.BRUSHING, Task.SPRAYING | Task.BRUSHING, 0, pd.NA, pd.NA, pd.NA]
    assert tasks_of(texts) == (masks, [None] * 6)
    assert tasks_of([], pa.string()) == ([], [])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("SWEEPING", None), ("BRUSHING,SALTING", None), ("32", None),
        (-1, pa.int32()), (EVERY_TASK + 1, pa.int32()), (0.5, None), (math.inf, None),
    ],
)  # fmt: skip
def test_what_is_no_set_of_tasks_makes_none(value, kind):
    assert tasks_of([value], kind) == ([pd.NA], [(Code.VALUE_OUT_OF_RANGE, "tasks")])


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.float64()])
def test_a_typed_column_of_tasks_holds_their_mask(kind):
    assert tasks_of([0, 40, EVERY_TASK, None], kind)[0] == [0, 40, EVERY_TASK, pd.NA]
    with pytest.raises(ColumnTypeError, match="tasks is bool; it must be names joined by"):
        tasks_of([True])


def test_where_tasks_are_told_they_decide_whether_it_worked():
    tasks = pd.Series([0, 40, pd.NA, pd.NA], dtype="Int32")
    working = pd.Series([True, False, True, pd.NA], dtype="boolean")
    assert with_shadow(working, tasks).tolist() == [False, True, True, pd.NA]
    assert with_shadow(None, tasks).tolist() == [False, True, pd.NA, pd.NA]


def test_a_number_is_no_truth_in_a_typed_column():
    with pytest.raises(ColumnTypeError, match="working is int64; it must be true or false"):
        truths_of([1])


@pytest.mark.parametrize("values", [["2022-03-28T07:00:00Z"], [MORNING_MS]])
def test_what_was_read_can_be_changed(values):
    faults = Faults(1)
    instants = read_instants(column(values), "event_time", faults)
    instants[0] = 0
    numbers, _ = read_numbers(column([1.0]), "hdop", faults)
    numbers[0] = 2.0
    assert (instants.tolist(), numbers.tolist()) == ([0], [2.0])
