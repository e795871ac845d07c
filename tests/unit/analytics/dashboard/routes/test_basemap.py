import os

import pytest

from analytics.dashboard.routes.basemap import Basemap
from ingest.fault import SettingError
from tests.fixtures.pmtiles_files import PNG_TILE, write_raster, write_vector


def test_a_raster_file_is_described_and_read(tmp_path):
    basemap = Basemap(write_raster(tmp_path / "ground.pmtiles"))
    assert basemap.document() == {
        "kind": "raster", "min_zoom": 0, "max_zoom": 1, "layers": [],
        "attribution": "© 示例 contributors",
    }  # fmt: skip
    assert basemap.tile(1, 0, 1) == PNG_TILE
    assert (basemap.kind, basemap.encoding) == ("image/png", None)


def test_a_vector_file_names_its_layers_and_is_compressed(tmp_path):
    basemap = Basemap(write_vector(tmp_path / "ground.pmtiles"))
    assert basemap.document()["kind"] == "vector"
    assert basemap.document()["layers"] == ["water", "roads"]
    assert (basemap.kind, basemap.encoding) == ("application/vnd.mapbox-vector-tile", "gzip")


@pytest.mark.parametrize("place", [(2, 0, 0), (1, 2, 0), (1, 0, 2), (24, 1 << 20, 0)])
def test_there_is_no_tile_where_the_file_has_none(tmp_path, place):
    assert Basemap(write_raster(tmp_path / "ground.pmtiles")).tile(*place) is None


def test_what_is_no_pmtiles_file_is_told_by_its_name(tmp_path):
    for content in (b"", b"PMTiles", b"PMTiles\x02" + bytes(200), b"not tiles at all" * 40):
        path = tmp_path / "地图.pmtiles"
        path.write_bytes(content)
        with pytest.raises(SettingError, match=r"地图\.pmtiles"):
            Basemap(path)
    with pytest.raises(SettingError, match="cannot be read"):
        Basemap(tmp_path / "absent.pmtiles")


def test_a_file_that_is_cut_while_it_is_open_kills_nobody_and_gives_nothing(tmp_path):
    path = write_raster(tmp_path / "ground.pmtiles")
    basemap = Basemap(path)
    os.truncate(path, 0)
    assert basemap.tile(1, 0, 1) is None
    assert basemap.document() is None


def test_a_file_that_is_written_over_in_place_is_read_anew(tmp_path):
    path = write_raster(tmp_path / "ground.pmtiles")
    basemap = Basemap(path)
    content = write_vector(tmp_path / "other.pmtiles").read_bytes()
    with path.open("r+b") as file:  # as cp does
        file.truncate()
        file.write(content[:200])
        file.flush()
        assert basemap.tile(0, 0, 0) is None
        file.write(content[200:])
    assert basemap.document()["kind"] == "vector"
    assert basemap.find(0, 0, 0).encoding == "gzip"


def test_a_file_that_another_takes_the_name_of_is_read_to_the_end_and_then_the_other(tmp_path):
    path = write_raster(tmp_path / "ground.pmtiles")
    basemap = Basemap(path)
    path.unlink()
    assert basemap.tile(1, 0, 1) == PNG_TILE
    write_vector(tmp_path / "other.pmtiles").rename(path)
    assert basemap.find(0, 0, 0).kind == "application/vnd.mapbox-vector-tile"


def test_one_that_is_no_basemap_in_its_place_changes_nothing(tmp_path):
    path = write_raster(tmp_path / "ground.pmtiles")
    basemap = Basemap(path)
    other = tmp_path / "other"
    other.write_bytes(b"not tiles at all" * 40)
    other.rename(path)
    assert basemap.tile(1, 0, 1) == PNG_TILE


def test_one_that_is_awaited_may_be_absent_or_broken_and_is_used_once_it_can_be(tmp_path):
    path = tmp_path / "底图.pmtiles"
    basemap = Basemap(path, is_awaited=True)
    assert (basemap.document(), basemap.kind, basemap.tile(0, 0, 0)) == (None, None, None)
    path.write_bytes(b"half")
    assert basemap.document() is None
    write_raster(path)
    assert (basemap.document()["kind"], basemap.tile(1, 0, 1)) == ("raster", PNG_TILE)
