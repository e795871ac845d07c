import json
import zipfile

import pytest

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector import formats
from geofence.streetmap.vector.formats import opened
from tests.fixtures.drawn_files import write_drawn

LINE = [(113.80, 34.00), (113.82, 34.00)]
VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/hostname</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""
ENTITY = b"""<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<kml><name>&x;</name></kml>"""
PIPELINE = b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read a.shp"}'


def refused(path, match):
    with pytest.raises(StreetMapError, match=match), opened(path):
        pass


@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "geojson", "kml"])
def test_what_is_what_its_ending_says_is_opened(tmp_path, ending):
    path = write_drawn(tmp_path / f"a.{ending}", [LINE], {"id": ["1"]})
    with opened(path) as (inner, drivers):
        assert inner == path
        assert drivers


def test_a_file_that_is_not_there_is_told(tmp_path):
    refused(tmp_path / "a.gpkg", "there is no such file")
    refused(tmp_path, "there is no such file")


@pytest.mark.parametrize("ending", ["vrt", "csv", "gml", "txt", ""])
def test_other_formats_are_not_opened(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(VRT)
    refused(path, r"it is none of \.shp, .*export the lines as GeoPackage")


@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "kml", "geojson", "json"])
@pytest.mark.parametrize("text", [VRT, b"<kml/>" + VRT, PIPELINE, b"", b"\x00" * 2000])
def test_what_has_other_files_read_is_not_opened_whatever_it_calls_itself(tmp_path, ending, text):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(text)
    refused(path, "export")


@pytest.mark.parametrize(
    "text",
    [
        ENTITY,
        b"<!-- " + VRT + b" --><kml></kml>",
        b"<kml></kml>" + b" " * (1 << 20) + VRT,
        "<kml></kml>".encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-G"?><kml></kml>',
    ],
)
def test_a_kml_that_names_other_files_or_hides_what_it_says_is_not_opened(tmp_path, text):
    path = tmp_path / "a.kml"
    path.write_bytes(text)
    refused(path, "export")


@pytest.mark.parametrize(
    "name", ["/vsicurl/http://127.0.0.1:9/a.gpkg", "http://127.0.0.1:9/a.gpkg"]
)
def test_nothing_is_fetched(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    refused(formats.Path(name), "there is no such file")


def test_a_part_of_a_shapefile_names_the_shp(tmp_path):
    path = write_drawn(tmp_path / "a.shp", [LINE], {"id": ["1"]})
    refused(path.with_suffix(".dbf"), r"name the \.shp")
    path.with_suffix(".shx").unlink()
    refused(path, r"the \.shx .* is missing; copy all files")


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_an_archive_is_unpacked_with_what_is_beside_the_map(tmp_path):
    source = write_drawn(tmp_path / "a.shp", [LINE], {"id": ["1"]})
    members = {
        f"x/路.{ending}": source.with_suffix(f".{ending}").read_bytes()
        for ending in ("shp", "shx", "dbf", "prj")
    }
    path = zipped(tmp_path / "a.zip", {**members, "x/other.dbf": b"", "readme.txt": b"x"})
    with opened(path) as (inner, drivers):
        assert drivers == ("ESRI Shapefile",)
        assert sorted(each.suffix for each in inner.parent.iterdir()) == [
            ".dbf", ".prj", ".shp", ".shx",
        ]  # fmt: skip
    assert not inner.exists()


@pytest.mark.parametrize("members", [{}, {"a.txt": b""}, {"a.kml": b"<kml/>", "b.kml": b"<kml/>"}])
def test_an_archive_must_hold_one_map(tmp_path, members):
    refused(zipped(tmp_path / "a.zip", members), "there must be one map")


def test_names_in_an_archive_lead_nowhere_else(tmp_path):
    path = zipped(tmp_path / "a.zip", {"../../outside.kml": b"<kml></kml>"})
    with opened(path) as (inner, _):
        assert inner.name == "map.kml"
    assert not list(tmp_path.glob("**/outside.kml"))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "MOST_UNPACKED", 1 << 21)
    path = zipped(tmp_path / "a.kmz", {"doc.kml": b"<kml>" + b" " * (1 << 23)})
    refused(path, "it unpacks to more than")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_is_damaged_anywhere_is_refused(tmp_path, packing):
    path = tmp_path / "a.zip"
    text = json.dumps({"type": "FeatureCollection", "features": [{"n": n} for n in range(300)]})
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("路.geojson", text)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            with opened(path):
                pass  # what is nowhere checked, such as a date
        except StreetMapError as error:
            assert "a.zip" in str(error)  # noqa: PT017 - where it is damaged decides
    path.write_bytes(whole[: len(whole) // 2] + bytes(8) + whole[len(whole) // 2 + 8 :])
    refused(path, "it cannot be unpacked")


def test_an_archive_that_is_broken_or_locked_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    refused(path, "it cannot be unpacked")
