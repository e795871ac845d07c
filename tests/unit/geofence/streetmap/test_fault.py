from geofence.streetmap.fault import StreetMapError, meant


def test_an_error_of_a_map_is_one_line_whatever_its_layers_are_called():
    assert str(StreetMapError("a.gpkg: layer ro\nads\x1b[2J: none")) == (
        "a.gpkg: layer ro\\nads\\x1b[2J: none"
    )


def test_an_error_of_a_map_with_names_of_any_length_is_shown_shortened():
    text = str(StreetMapError("streets.shp: field " + "x" * 10_000 + ": write its name"))
    assert len(text) < 2100
    assert text.startswith("streets.shp: field ")
    assert text.endswith("x: write its name")


def test_a_word_that_is_near_to_a_known_one_is_told_with_it():
    assert meant("道路名", ["kind", "道路名称"]) == ", maybe 道路名称 is meant"
    assert meant("length", ["kind", "道路名称"]) == ""
