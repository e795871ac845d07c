"""Places: what bears a name and is no street."""

import pytest
import shapely

from geofence.streetmap.extract.reading import read_extract
from geofence.streetmap.osm_places import kind_of, places_of
from geofence.streetmap.street_map import Names
from tests.fixtures.osm_files import write_osm

SPOTS = {
    1: (0.0, 0.0), 2: (0.03, 0.0), 3: (0.03, 0.03), 4: (0.0, 0.03),
    5: (0.01, 0.01), 6: (0.02, 0.01), 7: (0.02, 0.02), 8: (0.01, 0.02), 9: (0.5, 0.5),
}  # fmt: skip
SQUARE = [1, 2, 3, 4, 1]


@pytest.fixture
def read(tmp_path):
    def places(ways, **more):
        path = write_osm(tmp_path / "a.osm", SPOTS, ways, **more)
        return {place.id: place for place in places_of(read_extract(path))}

    return places


def test_a_closed_way_with_a_name_is_an_area(read):
    found = read([(5, SQUARE, {"landuse": "residential", "name": "阳光小区", "name:en": "Sun"})])
    assert found["w5"].names == Names("阳光小区", ("Sun",))
    assert found["w5"].kind == "landuse=residential"
    assert found["w5"].geometry.equals(shapely.box(0, 0, 0.03, 0.03))


def test_an_open_way_is_a_line_and_a_node_a_point(read):
    found = read(
        [(5, [1, 2, 3], {"waterway": "river", "name": "御河"})],
        spot_tags={9: {"amenity": "marketplace", "name": "早市"}},
    )
    assert found["w5"].geometry.equals(shapely.LineString([SPOTS[1], SPOTS[2], SPOTS[3]]))
    assert found["n9"].geometry.equals(shapely.Point(SPOTS[9]))
    assert found["n9"].kind == "amenity=marketplace"


def test_an_area_of_several_ways_has_its_hole(read):
    ways = [(5, [1, 2, 3], {}), (6, [3, 4, 1], {}), (7, [5, 6, 7, 8, 5], {})]
    members = [(5, "outer"), (6, "outer"), (7, "inner")]
    tags = {"type": "multipolygon", "name": "大学", "amenity": "university"}
    found = read(ways, areas=[(2, members, tags)])
    outside = shapely.box(0, 0, 0.03, 0.03)
    assert found["r2"].geometry.equals(outside.difference(shapely.box(0.01, 0.01, 0.02, 0.02)))
    assert found["r2"].kind == "amenity=university"


def test_an_area_whose_ways_enclose_nothing_is_left_out(read):
    tags = {"type": "multipolygon", "name": "x", "landuse": "retail"}
    assert read([(5, [1, 2, 3], {})], areas=[(2, [(5, ""), (99, "")], tags), (3, [], tags)]) == {}


def test_what_carries_a_street_has_a_name_of_its_own(read):
    found = read([(5, [1, 2], {"highway": "primary", "name": "迎宾街", "bridge": "yes",
                               "bridge:name": "御河桥"})])  # fmt: skip
    assert found["w5"].names == Names("御河桥")
    assert found["w5"].kind == "bridge=yes"


def test_a_square_for_people_on_foot_is_a_place_but_a_street_is_none(read):
    square = {"highway": "pedestrian", "area": "yes", "name": "人民广场"}
    found = read([(5, SQUARE, square), (6, [1, 2], {"highway": "residential", "name": "路"})])
    assert {each.id: each.kind for each in found.values()} == {"w5": "highway=pedestrian"}


def test_a_square_of_several_ways_is_a_place(read):
    tags = {"type": "multipolygon", "highway": "pedestrian", "name": "人民广场"}
    found = read([(5, [1, 2, 3], {}), (6, [3, 4, 1], {})], areas=[(2, [(5, ""), (6, "")], tags)])
    assert found["r2"].kind == "highway=pedestrian"


def test_what_has_no_name_or_no_kind_is_left_out(read):
    assert read([(5, SQUARE, {"landuse": "retail"}), (6, SQUARE, {"name": "x", "power": "line"})],
                spot_tags={9: {"name": "x"}}) == {}  # fmt: skip


def test_a_ring_that_crosses_itself_is_a_sound_area(read):
    found = read([(5, [1, 3, 2, 4, 1], {"leisure": "park", "name": "公园"})])
    assert found["w5"].geometry.is_valid
    assert found["w5"].geometry.area > 0


def test_a_ring_of_which_nodes_are_absent_is_a_line(read):
    found = read([(5, [1, 2, 99, 4, 1], {"leisure": "park", "name": "公园"})])
    assert found["w5"].geometry.geom_type == "LineString"
    assert read([(5, [1, 99, 1], {"leisure": "park", "name": "公园"})]) == {}


def test_places_come_by_kind_of_object_and_id_whatever_the_order_of_the_file(read):
    ways = [(n, SQUARE, {"building": "yes", "name": f"{n}"}) for n in (9, 5, 7)]
    assert list(read(ways, spot_tags={9: {"shop": "mall", "name": "x"}})) == [
        "n9",
        "w5",
        "w7",
        "w9",
    ]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "school", "building": "yes"}, "amenity=school"),
        ({"building": "yes", "shop": "mall"}, "shop=mall"),
        ({"railway": "station", "building": "train_station"}, "railway=station"),
        ({"railway": "rail"}, None),
        ({"man_made": "bridge"}, "man_made=bridge"),
        ({"place": "suburb"}, "place=suburb"),
        ({"building": "no"}, None),
    ],
)
def test_the_kind_of_a_place(tags, kind):
    assert kind_of(tags) == kind
