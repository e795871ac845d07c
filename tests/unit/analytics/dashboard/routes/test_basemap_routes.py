import gzip
import math

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


STREETS = "/api/v1/tiles/streets"


def street_tile_of(dashboard, zoom: int) -> str:
    """The path of the tile in which the first street begins."""
    longitude, latitude = dashboard.plan.sections[0].coordinates[0]
    angle = math.radians(latitude)
    x = (longitude + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(angle)) / math.pi) / 2 * 2**zoom
    return f"{STREETS}/{zoom}/{int(x)}/{int(y)}.mvt"


def test_streets_come_as_a_vector_tile_and_not_again_to_who_has_it(own):
    client, path = client_of(own), street_tile_of(own, 14)
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "云中街".encode() in answer.content
    known = {"If-None-Match": answer.headers["etag"]}
    assert client.get(path, headers=known).status_code == 304


def test_where_there_are_no_streets_there_is_nothing_to_draw(own):
    client = client_of(own)
    assert client.get(f"{STREETS}/14/0/0.mvt").status_code == 204
    assert client.get(f"{STREETS}/3/8/0.mvt").status_code == 204


@pytest.mark.parametrize("place", ["17/0/0", "-1/0/0", "3/x/0", "3/-1/0"])
def test_streets_have_no_tile_where_no_map_has_one(own, place):
    assert client_of(own).get(f"{STREETS}/{place}.mvt").status_code == 422


def test_with_users_streets_need_a_login(guarded):
    client, path = client_of(guarded), street_tile_of(guarded, 14)
    assert client.get(path).status_code == 401
    log_in(client, "viewer")
    assert client.get(path).status_code == 200
