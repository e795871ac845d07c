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
