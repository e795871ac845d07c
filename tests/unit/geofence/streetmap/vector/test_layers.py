import pytest
import shapely

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.layers import read_layer
from tests.fixtures.drawn_files import write_drawn

LINE = [(113.80, 34.00), (113.82, 34.00)]


def test_features_bear_the_numbers_of_the_file_and_its_system(tmp_path):
    path = write_drawn(
        tmp_path / "a.gpkg", [LINE, LINE], {"name": ["魏都大道", None]}, crs="EPSG:4490"
    )
    features = read_layer(path, path, ("GPKG",), None)
    assert features.numbers.tolist() == [1, 2]
    assert features.fields == ("name",)
    assert features.columns[0].tolist() == ["魏都大道", None]
    assert features.system == "EPSG:4490"


def test_a_layer_that_does_not_say_what_it_holds_is_looked_into(tmp_path):
    path = write_drawn(
        tmp_path / "a.gpkg", [shapely.Point(113, 34)], {"id": ["1"]}, layer="trees",
        geometry_type="Unknown",
    )  # fmt: skip
    write_drawn(path, [LINE], {"id": ["1"]}, layer="roads", geometry_type="Unknown")
    assert read_layer(path, path, ("GPKG",), None).layer == "roads"


def test_a_file_that_another_driver_takes_is_refused(tmp_path):
    path = write_drawn(tmp_path / "a.gpkg", [LINE], {"id": ["1"]})
    with pytest.raises(StreetMapError, match="it is read as GPKG, which is not done"):
        read_layer(path, path, ("FlatGeobuf",), None)


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "shp"])
def test_a_file_that_ends_too_early_says_how_to_export_it_again(tmp_path, ending):
    drivers = {
        "gpkg": "GPKG", "fgb": "FlatGeobuf", "geojson": "GeoJSON", "shp": "ESRI Shapefile",
    }  # fmt: skip
    path = write_drawn(tmp_path / f"a.{ending}", [LINE] * 50, {"id": ["1"] * 50})
    path.write_bytes(path.read_bytes()[: 120 if ending != "shp" else 60])
    with pytest.raises(StreetMapError, match=r"b\.x: it cannot be read \(.*export the lines again"):
        read_layer(path, tmp_path / "b.x", (drivers[ending],), None)


def test_a_flatgeobuf_that_ends_between_two_features_is_no_smaller_town(tmp_path):
    path = write_drawn(tmp_path / "a.fgb", [LINE] * 20, {"id": ["1"] * 20})
    whole = path.read_bytes()
    refusals = ""
    for size in range(len(whole) - 200, len(whole)):  # the last feature has less
        path.write_bytes(whole[:size])
        with pytest.raises(
            StreetMapError, match=r"(copy|export the lines|export it) again"
        ) as error:
            read_layer(path, path, ("FlatGeobuf",), None)
        refusals += str(error.value)
    assert "it ends early, with 19 of the 20 features that its header tells; copy" in refusals


def test_an_error_names_ten_layers_at_most(tmp_path):
    path = tmp_path / "a.gpkg"
    for number in range(13):
        write_drawn(path, [LINE], {"id": ["1"]}, layer=f"layer{number}")
    with pytest.raises(
        StreetMapError, match=r"13 layers have lines, layer0, .* and 3 more; choose"
    ):
        read_layer(path, path, ("GPKG",), None)


def test_features_of_a_kml_that_bear_one_number_are_numbered_anew(tmp_path):
    path = write_drawn(tmp_path / "a.kml", [LINE, LINE], {"Name": ["a", "b"]})
    text = path.read_text("utf-8")
    path.write_text(text.replace('id="a.2"', 'id="a.1"'), "utf-8")
    assert 'id="a.2"' in text
    assert read_layer(path, path, ("LIBKML",), None).numbers.tolist() == [1, 2]
