import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.files.mapping.number_texts import (
    read_decimals,
    read_degrees,
    read_degrees_minutes,
    read_headings,
    read_nothing,
    read_numbers,
)


def read(function, text, *terms):
    [found] = function(pa.array([text], pa.string()), *terms).to_pylist()
    return found


@pytest.mark.parametrize("text", ["", "NA", " N/A ", "null", "--", "-", "无"])
def test_what_says_that_nothing_is_known_is_empty(text):
    assert read(read_nothing, text) == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("40,0931", "40.0931"),
        ("-3,7", "-3.7"),
        ("1.234,5", "1234.5"),
        ("40.0931", "40.0931"),
        ("7", "7"),
        ("1,2,3", "1.2,3"),
    ],
)
def test_decimals_after_a_comma(text, plain):
    assert read(read_decimals, text, ",") == plain
    assert read(read_decimals, text, ".") == text


def test_units_are_factors_and_words_stay_for_the_checks():
    assert float(read(read_numbers, "36", 1 / 3.6)) == pytest.approx(10)
    assert read(read_numbers, "fast", 1 / 3.6) == "fast"
    assert read(read_numbers, "nan", 1 / 3.6) == "nan"


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("113.3", 113.3),
        ("E113.3", 113.3),
        ("113.3°E", 113.3),
        ("3.7 W", -3.7),
        ("南23.5", -23.5),
        ("-3.7", -3.7),
        ("23.5S", -23.5),
        ("+4", 4),
    ],
)
def test_degrees_may_have_a_side_of_the_world(text, degrees):
    assert float(read(read_degrees, text, 1.0)) == degrees


@pytest.mark.parametrize("text", ["-3.7W", "N40S", "north", "40°05'"])
def test_degrees_of_two_readings_are_none(text):
    assert read(read_degrees, text, 1.0) == text


def test_degrees_and_minutes():
    assert float(read(read_degrees_minutes, "11318.0000")) == pytest.approx(113.3)
    assert float(read(read_degrees_minutes, "04030.60S")) == pytest.approx(-40.51)
    assert read(read_degrees_minutes, "1175.0") == "1175.0"


@pytest.mark.parametrize(
    ("text", "factor", "degrees"),
    [
        ("45", 1.0, 45),
        ("360", 1.0, 0),
        ("NE", 1.0, 45),
        ("东北", 1.0, 45),
        ("wnw", 1.0, 292.5),
        ("4500", 0.01, 45),
        ("36000", 0.01, 0),
        ("90°", 1.0, 90),
    ],
)
def test_headings_are_degrees_or_points_of_the_compass(text, factor, degrees):
    assert float(read(read_headings, text, factor)) == degrees


@given(st.floats(-180, 180))
def test_plain_degrees_come_out_to_the_last_bit(degrees):
    assert read(read_degrees, repr(degrees), 1.0) == repr(degrees)
