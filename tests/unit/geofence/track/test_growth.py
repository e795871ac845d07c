import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.growth import grown


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20), st.integers(0, 20))
def test_what_was_there_stays_in_front_and_the_room_is_as_asked(values, more):
    small = np.array(values, dtype=np.int32)
    large = grown(small, len(values) + more)
    assert len(large) == len(values) + more
    assert large[: len(values)].tolist() == values


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64, np.bool_])
def test_an_array_keeps_its_type_and_values_whatever_it_holds(dtype):
    values = np.array([1, 0, 1], dtype=dtype)
    large = grown(values, 5)
    assert large.dtype == dtype
    assert np.array_equal(large[:3], values)


def test_no_value_of_a_float_is_lost_by_growing():
    values = np.array([np.nan, -0.0, np.inf, 5e-324])
    assert grown(values, 4).tobytes() == values.tobytes()


def test_what_is_written_to_the_grown_array_does_not_show_in_the_old_one():
    values = np.array([1.0, 2.0])
    grown(values, 2)[0] = 9.0
    assert values.tolist() == [1.0, 2.0]
