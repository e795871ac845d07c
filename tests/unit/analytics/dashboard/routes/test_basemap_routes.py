import gzip

import pytest

from analytics.dashboard.routes.basemap import Basemap
from tests.fixtures.dashboards import client_of, log_in
from tests.fixtures.pmtiles_files import PNG_TILE, write_raster, write_vector

API = "/api/v1/basemap"


@pytest.fixture
def raster(own, tmp_path):
    own.basemap = Basemap(write_raster(tmp_path / "底图.pmtiles"))
    return client_of(own)


def test_an_image_is_answered_as_it_is(raster):
    answer = raster.get(f"{API}/1/0/1")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content == PNG_TILE
    assert "content-encoding" not in answer.headers


def test_a_vector_tile_stays_compressed_on_its_way(own, tmp_path):
    own.basemap = Basemap(write_vector(tmp_path / "底图.pmtiles"))
    answer = client_of(own).get(f"{API}/0/0/0", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == gzip.decompress(own.basemap.tile(0, 0, 0))


def test_a_browser_keeps_a_tile_for_a_day_and_no_proxy_does(raster):
    assert raster.get(f"{API}/0/0/0").headers["cache-control"] == "private, max-age=86400"


@pytest.mark.parametrize("place", ["2/0/0", "1/2/0", "1/0/2"])
def test_where_the_file_has_no_tile_there_is_nothing_to_draw(raster, place):
    answer = raster.get(f"{API}/{place}")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("place", ["-1/0/0", "25/0/0", "1/-1/0", "1/0/x", "24/16777216/0"])
def test_places_that_no_map_has_are_refused(raster, place):
    assert raster.get(f"{API}/{place}").status_code == 422


def test_without_a_basemap_there_is_none(own):
    answer = client_of(own).get(f"{API}/0/0/0")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no basemap")


def test_with_users_a_tile_needs_a_login(guarded, tmp_path):
    guarded.basemap = Basemap(write_raster(tmp_path / "底图.pmtiles"))
    client = client_of(guarded)
    assert client.get(f"{API}/0/0/0").status_code == 401
    log_in(client, "viewer")
    assert client.get(f"{API}/0/0/0").status_code == 200
