"""The area that is wanted: read from GeoJSON, and what of a map lies in it."""

import json

import numpy as np
import pytest
import shapely

from geofence.streetmap.boundary import read_boundary, within
from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.street_map import NAMELESS, Names, Place, StreetMap

BOX = [[[113.0, 40.0], [113.1, 40.0], [113.1, 40.1], [113.0, 40.1], [113.0, 40.0]]]
POLYGON = {"type": "Polygon", "coordinates": BOX}


def written(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def moved(east):
    return [[[x + east, y] for x, y in BOX[0]]]


@pytest.mark.parametrize(
    "document",
    [
        POLYGON,
        {"type": "Feature", "properties": {}, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
        {"type": "MultiPolygon", "coordinates": [BOX]},
        {
            **POLYGON,
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        },
        {**POLYGON, "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}},
        {"type": "Polygon", "coordinates": [[[*place, 1012.5] for place in BOX[0]]]},
    ],
)
def test_a_boundary_is_read_from_any_geojson_with_a_polygon(tmp_path, document):
    assert read_boundary(written(tmp_path / "b.geojson", document)).equals(
        shapely.box(113.0, 40.0, 113.1, 40.1)
    )


def test_several_polygons_are_one_boundary_and_points_beside_them_are_none(tmp_path):
    features = [
        {"type": "Feature", "geometry": POLYGON},
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": moved(0.1)}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}},
        {"type": "Feature", "geometry": None},
    ]
    path = written(tmp_path / "b.geojson", {"type": "FeatureCollection", "features": features})
    difference = read_boundary(path).symmetric_difference(shapely.box(113.0, 40.0, 113.2, 40.1))
    assert difference.area < 1e-9


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no GeoJSON"),
        ("[" * 100_000, "it is no GeoJSON"),
        ("3", "has no polygon"),
        ('{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}', "has no polygon"),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [3]]]}', "a polygon is broken"),
        ('{"type": "Polygon", "coordinates": "x"}', "a polygon is broken"),
        (
            '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [NaN, 1], [0, 0]]]}',
            "is no number",
        ),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}', "polygon"),
        ('{"type": "FeatureCollection", "features": 3}', "has no polygon"),
    ],
)
def test_what_is_no_boundary_says_so(tmp_path, text, says):
    path = tmp_path / "b.geojson"
    path.write_text(text)
    with pytest.raises(StreetMapError) as error:
        read_boundary(path)
    assert str(error.value).startswith(f"{path}: ")
    assert says in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StreetMapError, match="No such file"):
        read_boundary(tmp_path / "b.geojson")


def test_another_coordinate_system_is_refused_and_the_text_says_how_to_export_again(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    metres = {"type": "Polygon", "coordinates": [[[5e5, 4e6], [6e5, 4e6], [6e5, 5e6], [5e5, 4e6]]]}
    for document, says in (({**POLYGON, "crs": crs}, "EPSG::4547"), (metres, "500000, 4000000")):
        with pytest.raises(StreetMapError) as error:
            read_boundary(written(tmp_path / "b.geojson", document))
        assert says in str(error.value)
        assert "ogr2ogr -t_srs EPSG:4326" in str(error.value)


def street_map(*lines):
    counts = [len(line) for line in lines]
    return StreetMap(
        coordinates=np.array([place for line in lines for place in line], dtype=float),
        first_vertex=np.cumsum([0, *counts]),
        ends=np.arange(2 * len(lines)).reshape(-1, 2),
        ids=[f"w{number}-001" for number in range(len(lines))],
        name=np.arange(len(lines), dtype=np.int32) - 1,
        names=tuple(Names(f"street {number}") for number in range(1, len(lines))),
        road_class=np.arange(len(lines), dtype=np.int16),
        road_classes=tuple(f"class {number}" for number in range(len(lines))),
        oneway=np.arange(len(lines)) % 2 == 1,
        structure=np.zeros(len(lines), dtype=np.int8),
        places=(
            Place("n1", Names("in"), "shop=mall", shapely.Point(0.5, 0.5)),
            Place("n2", Names("out"), "shop=mall", shapely.Point(5, 5)),
            Place("w3", Names("across"), "landuse=retail", shapely.box(0.5, 0.5, 9, 9)),
        ),
    )


SQUARE = shapely.box(0, 0, 1, 1)
LINES = (
    ((2, 2), (3, 3)),  # outside
    ((0.2, 0.2), (0.8, 0.8)),  # inside
    ((0.5, 0.5), (0.5, 3), (9, 9)),  # leaves
    ((0, 1), (1, 1)),  # along the edge
    ((1, 0.5), (2, 0.5)),  # ends at the edge
    ((-1, 0.9), (2, 3.9)),  # its box meets the area, the line does not
    ((-1, 0.3), (2, 0.3)),  # crosses, no vertex inside
)


def test_sections_with_any_length_inside_or_on_the_edge_are_kept_whole():
    kept = within(street_map(*LINES), SQUARE, "a.osm")
    assert kept.ids == ["w1-001", "w2-001", "w3-001", "w6-001"]
    assert kept.line(1).tolist() == [[0.5, 0.5], [0.5, 3], [9, 9]]
    assert [kept.names_of(section) for section in range(4)] == [
        Names("street 1"), Names("street 2"), Names("street 3"), Names("street 6"),
    ]  # fmt: skip
    assert [kept.road_classes[kind] for kind in kept.road_class] == [
        "class 1", "class 2", "class 3", "class 6",
    ]  # fmt: skip
    assert kept.oneway.tolist() == [True, False, True, False]
    assert kept.ends.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert kept.remarks == ("3 sections outside the boundary are left out",)


def test_places_that_touch_the_area_are_kept():
    kept = within(street_map(*LINES), SQUARE, "a.osm")
    assert [place.id for place in kept.places] == ["n1", "w3"]


def test_a_section_without_name_stays_so():
    kept = within(street_map(((0.1, 0.1), (0.2, 0.2))), SQUARE, "a.osm")
    assert kept.name.tolist() == [NAMELESS]
    assert kept.names == ()


def test_an_area_elsewhere_is_refused_with_both_places():
    with pytest.raises(StreetMapError) as error:
        within(street_map(*LINES), shapely.box(113.25, 40.05, 113.35, 40.1), "a.osm")
    assert "a.osm: has no street inside the boundary" in str(error.value)
    assert "-1, 0.2 to 9, 9" in str(error.value)
    assert "113.25, 40.05 to 113.35, 40.1" in str(error.value)
