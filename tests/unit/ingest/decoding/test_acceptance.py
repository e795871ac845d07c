import pytest

from ingest.decoding.acceptance import Area


def test_an_area_reaches_its_margin_beyond_the_streets():
    area = Area.around(113.2, 40.0, 113.4, 40.2, margin_m=111_320)
    assert (area.south, area.north) == pytest.approx((39.0, 41.2))
    # a degree of longitude is shortest at the northern edge, where the margin must hold too
    assert 113.2 - area.west == pytest.approx(1.3291, abs=1e-3)
    assert area.east - 113.4 == pytest.approx(1.3291, abs=1e-3)


def test_an_area_at_the_date_line_or_a_pole_takes_all_longitudes():
    assert (Area.around(179, 0, 179.9, 1).west, Area.around(179, 0, 179.9, 1).east) == (-180, 180)
    polar = Area.around(10, 88.9, 11, 89.9)
    assert (polar.west, polar.east, polar.north) == (-180, 180, 90)
