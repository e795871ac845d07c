import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datum import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Datum,
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_gcj02,
)

METRES_PER_DEGREE = 111_320.0
OUTSIDE = [(WEST - 0.1, 40.0), (EAST + 0.1, 40.0), (113.0, SOUTH - 0.1), (113.0, NORTH + 0.1),
           (-113.3, 40.0), (180.0, 90.0), (-180.0, -90.0)]  # fmt: skip
china = st.tuples(st.floats(73, 136), st.floats(3, 54))
rectangle = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
world = st.tuples(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9))


def arrays(place):
    return np.array([place[0]]), np.array([place[1]])


def apart_m(one, other):
    north_m = (one[1] - other[1]) * METRES_PER_DEGREE
    east_m = (one[0] - other[0]) * METRES_PER_DEGREE * np.cos(np.radians(other[1]))
    return float(np.max(np.hypot(east_m, north_m)))


@given(china)
def test_there_and_back_over_china_is_far_below_a_centimetre(place):
    there = wgs84_to_gcj02(*arrays(place))
    assert apart_m(gcj02_to_wgs84(*there), place) < 1e-6
    baidu = gcj02_to_bd09(*there)
    assert apart_m(gcj02_to_wgs84(*bd09_to_gcj02(*baidu)), place) < 1e-6


@given(rectangle | st.sampled_from([(WEST, 40.0), (EAST, 40.0), (113.0, SOUTH), (113.0, NORTH)]))
def test_it_holds_up_to_the_border_of_the_rectangle(place):
    assert apart_m(gcj02_to_wgs84(*wgs84_to_gcj02(*arrays(place))), place) < 1e-3


@pytest.mark.parametrize("place", OUTSIDE)
def test_outside_of_the_rectangle_nothing_moves(place):
    assert wgs84_to_gcj02(*arrays(place)) == arrays(place)
    assert gcj02_to_wgs84(*arrays(place)) == arrays(place)
    assert to_wgs84(*place, Datum.GCJ02) == place


@given(world)
def test_baidus_shift_is_undone_everywhere(place):
    assert apart_m(bd09_to_gcj02(*gcj02_to_bd09(*arrays(place))), place) < 1e-3


def test_degrees_that_a_place_on_either_side_of_the_border_has_are_of_the_one_inside():
    inside = (EAST - 1e-4, 40.0)
    shifted = wgs84_to_gcj02(*arrays(inside))
    assert shifted[0] > EAST
    assert wgs84_to_gcj02(*shifted) == shifted  # there they would be unshifted
    assert apart_m(gcj02_to_wgs84(*shifted), inside) < 1e-3


def test_the_shift_is_the_published_one():
    # the worked example of coordtransform
    [longitude], [latitude] = wgs84_to_gcj02(*arrays((116.404, 39.915)))
    assert (longitude, latitude) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    [longitude], [latitude] = gcj02_to_bd09(*arrays((116.404, 39.915)))
    assert (longitude, latitude) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@given(rectangle | world)
def test_one_place_is_converted_as_an_array_is(place):
    gcj02 = gcj02_to_wgs84(*arrays(place))
    assert apart_m(to_wgs84(*place, Datum.GCJ02), gcj02) < 1e-6
    if abs(place[0]) < 179:
        bd09 = gcj02_to_wgs84(*bd09_to_gcj02(*arrays(place)))
        assert apart_m(to_wgs84(*place, Datum.BD09), bd09) < 1e-6
    assert to_wgs84(*place, Datum.WGS84) == place
