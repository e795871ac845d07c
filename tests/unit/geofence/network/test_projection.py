import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geofence.network.projection import LocalProjection, joined_degrees

PINGCHENG = LocalProjection(113.30, 40.08)
EARTH = Geod(ellps="WGS84")
METRES = st.floats(-50_000, 50_000)


def one(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value]) for value in values)


def test_the_origin_is_at_zero():
    x, y = PINGCHENG.to_metres(*one(113.30, 40.08))
    assert (x[0], y[0]) == pytest.approx((0, 0), abs=1e-6)


def test_east_is_to_the_right_and_north_is_up():
    east_x, east_y = PINGCHENG.to_metres(*one(113.31, 40.08))
    north_x, north_y = PINGCHENG.to_metres(*one(113.30, 40.09))
    assert (round(east_x[0]), round(east_y[0])) == (853, 0)
    assert (round(north_x[0]), round(north_y[0])) == (0, 1110)


@settings(max_examples=50)
@given(METRES, METRES)
def test_metres_become_degrees_and_come_back(x, y):
    again = PINGCHENG.to_metres(*PINGCHENG.to_degrees(*one(x, y)))
    assert (again[0][0], again[1][0]) == pytest.approx((x, y), abs=1e-4)


@settings(max_examples=50)
@given(
    st.floats(-180, 180),
    st.floats(-75, 75),
    st.floats(0, 49_500),
    st.floats(0, 2 * np.pi),
    st.floats(0, 2 * np.pi),
)
@example(113.30, 40.08, 49_500, 0.0, 0.0)
def test_a_length_within_50_km_is_off_by_less_than_4_parts_in_100_000(
    longitude, latitude, away_m, towards, along
):
    x = away_m * np.cos(towards) + np.array([0.0, 500.0 * np.cos(along)])
    y = away_m * np.sin(towards) + np.array([0.0, 500.0 * np.sin(along)])
    lon, lat = LocalProjection(longitude, latitude).to_degrees(x, y)
    _, _, length_m = EARTH.inv(lon[0], lat[0], lon[1], lat[1])
    assert length_m == pytest.approx(500.0, rel=4e-5)


def test_it_is_centred_between_the_outermost_places_and_not_on_their_mean():
    projection = LocalProjection.around(
        np.array([113.2, 113.2, 113.2, 113.4]), np.array([40.0, 40.3, 40.3, 40.3])
    )
    assert (projection.longitude, projection.latitude) == (113.3, 40.15)


def test_the_centre_is_rounded_so_that_a_slip_of_a_metre_moves_it_by_a_step_or_not_at_all():
    exact = LocalProjection.around(np.array([113.30004]), np.array([40.07996]))
    assert exact == PINGCHENG
    assert LocalProjection.around(np.array([113.30006]), np.array([40.08])).longitude == 113.3001


@settings(max_examples=20)
@given(st.permutations([(113.2, 40.0), (113.31, 40.2), (113.4, 40.1)]))
def test_the_order_of_places_has_no_part_in_the_centre(places):
    longitude, latitude = np.array(places).T
    assert LocalProjection.around(longitude, latitude) == LocalProjection(113.3, 40.1)


def test_no_place_at_all_is_projected_to_none():
    x, y = PINGCHENG.to_metres(np.empty(0), np.empty(0))
    assert len(x) == len(y) == 0
    longitude, latitude = PINGCHENG.to_degrees(x, y)
    assert len(longitude) == len(latitude) == 0


def test_a_town_on_both_sides_of_180_degrees_is_centred_between_them():
    longitude = np.array([179.99, 179.999, -179.998, -179.992])
    projection = LocalProjection.around(longitude, np.full(4, -16.8))
    assert projection.longitude == 179.999
    assert LocalProjection.around(-longitude, np.full(4, -16.8)).longitude == -179.999
    x, _ = projection.to_metres(longitude, np.full(4, -16.8))
    assert np.diff(x) == pytest.approx([960.0, 320.0, 640.0], abs=5.0)
    back, _ = projection.to_degrees(x, np.zeros(4))
    assert back == pytest.approx(longitude)


@given(st.floats(-180.0, 180.0), st.floats(0.0, 90.0))
def test_longitudes_run_on_past_180_degrees_and_nowhere_else(west, wide):
    inside = np.array([west, min(west + wide, 180.0)])
    assert joined_degrees(inside) is inside
    across = np.array([180.0 - wide / 2, wide / 2 - 180.0])
    if wide > 0.0:
        assert np.ptp(joined_degrees(across)) == pytest.approx(wide)
