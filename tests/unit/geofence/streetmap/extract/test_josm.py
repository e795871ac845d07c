"""What somebody drew in JOSM is read, what was deleted there is not."""

import gzip

import numpy as np
import pytest

from geofence.streetmap.extract.blocks import OsmFile
from geofence.streetmap.extract.josm import read_drawn
from geofence.streetmap.fault import StreetMapError
from tests.fixtures.osm_files import osm_xml, write_osm

SPOTS = {-1: (113.3, 40.1), -2: (113.31, 40.1), 3: (113.32, 40.123456789), 4: (113.33, 40.1)}
STREET = {"highway": "residential", "name": "新街"}


def read(path):
    return read_drawn(OsmFile(path))


def test_new_ways_have_negative_ids_and_all_their_places(tmp_path):
    ways = read(write_osm(tmp_path / "a.osm", SPOTS, [(-12, [-1, -2, 3], STREET)])).ways
    assert ways.ids.tolist() == [-12]
    assert ways.nodes.tolist() == [-1, -2, 3]
    assert not np.isnan(ways.places).any()


def test_places_have_the_seven_decimals_that_the_map_keeps(tmp_path):
    ways = read(write_osm(tmp_path / "a.osm", SPOTS, [(1, [3, 4], STREET)])).ways
    assert ways.places[0].tolist() == [113.32, 40.1234568]


@pytest.mark.parametrize(
    "mark", ["action='delete'", "visible='false'", "action='delete' visible='true'"]
)
def test_a_deleted_way_and_node_are_gone(tmp_path, mark):
    spot_tags = {-1: {"place": "village", "name": "村"}, 4: {"place": "village", "name": "庄"}}
    path = write_osm(
        tmp_path / "a.osm", SPOTS, [(5, [-1, -2], STREET), (6, [3, 4], STREET)],
        spot_tags=spot_tags, attributes={("way", 5): mark, ("node", 4): mark},
    )  # fmt: skip
    extract = read(path)
    assert extract.ways.ids.tolist() == [6]
    assert extract.ways.nodes.tolist() == [3]
    assert [node.id for node in extract.nodes] == [-1]


def test_a_vertex_that_was_deleted_is_no_hole_but_one_that_is_absent_is(tmp_path):
    attributes = {("node", -2): "action='delete'"}
    path = write_osm(
        tmp_path / "a.osm", SPOTS, [(5, [-1, -2, 3, 99, 4], STREET)], attributes=attributes
    )
    ways = read(path).ways
    assert ways.nodes.tolist() == [-1, 3, 99, 4]
    assert np.isnan(ways.places[:, 0]).tolist() == [False, False, True, False]


def test_a_deleted_node_needs_no_place(tmp_path):
    text = osm_xml(SPOTS, [(5, [-1, -2], STREET)]).replace(
        "<way", "<node id='-9' action='delete' /><way"
    )
    path = tmp_path / "a.osm.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read(path).ways.ids.tolist() == [5]


def test_a_changed_way_and_a_deleted_relation(tmp_path):
    area = {"type": "multipolygon", "name": "小区", "landuse": "residential"}
    path = write_osm(
        tmp_path / "a.osm", SPOTS, [(5, [-1, -2, 3, -1], {})],
        areas=[(1, [(5, "outer")], area), (-2, [(5, "outer"), (77, "outer")], area)],
        attributes={("relation", 1): "action='delete'", ("way", 5): "action='modify'"},
    )  # fmt: skip
    extract = read(path)
    assert [(each.id, each.ways) for each in extract.areas] == [(-2, (5, 77))]
    assert extract.bounds.ids.tolist() == [5]
    assert extract.ways.ids.tolist() == []


def test_a_place_that_is_not_on_earth_is_absent(tmp_path):
    path = write_osm(tmp_path / "a.osm", {1: (999, 40), 2: (113, 40)}, [(-5, [1, 2], STREET)])
    assert np.isnan(read(path).ways.places[:, 0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("<node id='-1' lat='1'/>", "node -1: cannot be read ('lon')"),
        ("<node id='-1' lat='1' lon='east'/>", "node -1"),
        ("<node id='-a' lat='1' lon='2'/>", "cannot be read"),
        ("<way id='-1'><nd/></way>", "way -1: cannot be read ('ref')"),
        ("<way id='-1'>", "broken XML"),
    ],
)
def test_a_broken_object_is_named(tmp_path, broken, says):
    path = tmp_path / "a.osm"
    path.write_text(f"<osm version='0.6'>{broken}</osm>")
    with pytest.raises(StreetMapError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: ")
    assert says in str(error.value)
