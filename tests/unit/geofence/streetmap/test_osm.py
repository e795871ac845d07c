"""From an extract to a map: which ways become which sections, and that nothing is lost."""

import gzip
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geofence.streetmap.boundary import within
from geofence.streetmap.drivable import DrivableRules, changed_rules
from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.osm import read_osm
from geofence.streetmap.street_map import Names, StreetMap, Structure
from tests.fixtures.osm_files import write_osm, write_pbf

SPOTS = {number: (113.3 + number % 4 * 0.01, 40.0 + number // 4 * 0.01) for number in range(1, 13)}
STREET = {"highway": "residential"}
GEOD = Geod(ellps="WGS84")


def lines_of(street_map: StreetMap) -> dict[str, list[list[float]]]:
    return {
        section_id: street_map.line(section).tolist()
        for section, section_id in enumerate(street_map.ids)
    }


def all_of(street_map: StreetMap) -> object:
    return (
        lines_of(street_map), street_map.ends.tolist(), street_map.name.tolist(), street_map.names,
        street_map.road_class.tolist(), street_map.road_classes, street_map.oneway.tolist(),
        street_map.structure.tolist(), street_map.remarks,
        [(each.id, each.names, each.kind, each.geometry.wkt) for each in street_map.places],
    )  # fmt: skip


def along(*nodes: int) -> list[list[float]]:
    return [list(SPOTS[node]) for node in nodes]


def test_streets_are_cut_at_junctions_and_named_by_way_and_part(tmp_path):
    ways = [(70, [1, 2, 3], STREET), (8, [2, 6], STREET), (9, [6, 7], {"highway": "footway"})]
    street_map = read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))
    assert lines_of(street_map) == {
        "w8-001": along(2, 6), "w70-001": along(1, 2), "w70-002": along(2, 3),
    }  # fmt: skip
    assert street_map.ends[0, 0] == street_map.ends[1, 1] == street_map.ends[2, 0]


def test_what_is_no_street_makes_no_junction(tmp_path):
    ways = [(7, [1, 2, 3], STREET), (8, [2, 6], {"highway": "footway"})]
    assert lines_of(read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))) == {
        "w7-001": along(1, 2, 3)
    }


def test_one_way_streets_run_with_their_traffic(tmp_path):
    ways = [
        (1, [1, 2], {**STREET, "oneway": "yes"}),
        (2, [3, 4], {**STREET, "oneway": "-1"}),
        (3, [5, 6], {**STREET, "oneway": "no"}),
        (4, [7, 8, 12, 11, 7], {**STREET, "junction": "roundabout"}),
    ]
    street_map = read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))
    assert lines_of(street_map) == {
        "w1-001": along(1, 2), "w2-001": along(4, 3), "w3-001": along(5, 6),
        "w4-001": along(7, 8, 12), "w4-002": along(12, 11, 7),
    }  # fmt: skip
    assert street_map.oneway.tolist() == [True, True, False, True, True]


def test_a_one_way_street_drawn_out_and_back_is_driven_both_ways(tmp_path):
    ways = [(1, [1, 2, 1], {**STREET, "oneway": "yes"})]
    assert read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways)).oneway.tolist() == [False]


def test_names_classes_and_bridges_are_the_map_s(tmp_path):
    ways = [
        (1, [1, 2], {"highway": "primary", "name": "魏都大道", "name:en": "Weidu Avenue"}),
        (2, [2, 3], {"highway": "primary_link", "bridge": "yes"}),
        (3, [3, 4], {"highway": "primary", "name": "魏都大道", "name:en": "Weidu Avenue", "x": ""}),
        (4, [4, 8], {"highway": "service", "tunnel": "yes", "name": "隧道"}),
        (5, [4, 7], {"highway": "footway", "name": "not a street"}),
    ]  # fmt: skip
    street_map = read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))
    avenue = Names("魏都大道", ("Weidu Avenue",))
    assert street_map.names == (avenue, Names("隧道"))
    assert [street_map.names_of(section) for section in range(4)] == [
        avenue, None, avenue, Names("隧道"),
    ]  # fmt: skip
    assert [street_map.road_classes[kind] for kind in street_map.road_class] == [
        "primary", "primary_link", "primary", "service",
    ]  # fmt: skip
    assert street_map.structure.tolist() == [
        Structure.GROUND, Structure.BRIDGE, Structure.GROUND, Structure.TUNNEL,
    ]  # fmt: skip


def test_a_bridge_over_a_street_shares_no_junction_with_it(tmp_path):
    spots = {
        1: (0, 0),
        2: (0.02, 0.02),
        3: (0, 0.02),
        4: (0.02, 0),
        5: (0.01, 0.01),
        6: (0.01, 0.01),
    }
    ways = [(1, [1, 5, 2], {**STREET, "bridge": "yes"}), (2, [3, 6, 4], STREET)]
    assert len(read_osm(write_osm(tmp_path / "a.osm", spots, ways)).ids) == 2


def test_a_rule_of_its_own_lets_private_compounds_in(tmp_path):
    ways = [(1, [1, 2], STREET), (2, [2, 3], {**STREET, "access": "private"}),
            (3, [3, 4], {**STREET, "access": "no"}), (4, [4, 8], {"highway": "path"})]  # fmt: skip
    path = write_osm(tmp_path / "a.osm", SPOTS, ways)
    assert list(read_osm(path).ids) == ["w1-001"]
    rules = changed_rules({"exclude_access": ["-private"]}, "a.toml")
    assert list(read_osm(path, rules=rules).ids) == ["w1-001", "w2-001"]
    rules = changed_rules({"include_ways": [4, 99], "exclude_ways": [1, 98]}, "a.toml")
    street_map = read_osm(path, rules=rules)
    assert list(street_map.ids) == ["w4-001"]
    assert street_map.remarks[1:] == (
        "include_ways: the map has no way 99", "exclude_ways: the map has no way 98",
    )  # fmt: skip


def test_the_remarks_say_what_is_left_out_and_why(tmp_path):
    ways = [
        (1, [1, 99, 2, 3], STREET), (2, [5, 98], STREET), (3, [6, 7], {**STREET, "access": "no"}),
        (4, [7, 8], {"highway": "steps"}), (5, [8, 9], {"highway": "steps", "name": "x"}),
    ]  # fmt: skip
    assert read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways)).remarks == (
        "2 of 5 ways with highway are streets; left out: 2 highway=steps, 1 access=no",
        (
            "2 streets lack nodes and are cut there: whoever cut the extract left them out; "
            "osmium extract keeps them"
        ),
        "1 streets have no two places and are left out",
    )


def test_of_two_ways_with_one_id_the_last_counts(tmp_path):
    ways = [(1, [1, 2], STREET), (2, [3, 4], STREET), (1, [5, 6], STREET)]
    assert lines_of(read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))) == {
        "w1-001": along(5, 6), "w2-001": along(3, 4),
    }  # fmt: skip


def test_a_new_street_beside_it_leaves_the_ids_of_a_way_as_they_are(tmp_path):
    ways = [(1, [1, 2, 3], STREET), (2, [3, 4], STREET)]
    before = lines_of(read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways)))
    more = [*ways, (3, [4, 8], STREET), (-1, [8, 12], STREET)]
    after = lines_of(read_osm(write_osm(tmp_path / "a.osm", SPOTS, more)))
    assert before.items() <= after.items()
    assert "w-1-001" in after


def test_streets_that_somebody_drew_are_there_and_deleted_ones_are_not(tmp_path):
    spots = {**SPOTS, -1: (113.35, 40.05), -2: (113.36, 40.05)}
    ways = [(-7, [2, -1, -2], STREET), (8, [1, 2, 3], STREET), (9, [3, 4], STREET)]
    path = write_osm(tmp_path / "a.osm", spots, ways, attributes={("way", 9): "action='delete'"})
    assert list(read_osm(path).ids) == ["w-7-001", "w8-001", "w8-002"]


def test_a_boundary_keeps_what_lies_in_it(tmp_path):
    path = write_osm(tmp_path / "a.osm", SPOTS, [(1, [1, 2], STREET), (2, [9, 10], STREET)])
    street_map = read_osm(path)
    inside = within(street_map, shapely.box(113.3, 39.9, 113.4, 40.005), str(path))
    assert inside.ids == ["w1-001"]
    with pytest.raises(StreetMapError, match="has no street inside the boundary"):
        within(street_map, shapely.box(0, 0, 1, 1), str(path))


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        ([], "has no way with highway"),
        (
            [(1, [1, 2], {"railway": "rail"}), (2, [2, 3], {"route": "ferry", "name": "渡"})],
            "no way",
        ),
        (
            [(1, [1, 2], {"highway": "steps"})],
            "of 1 ways with highway none is drivable, 1 highway=st",
        ),
        ([(1, [98, 99], STREET)], "the nodes of its 1 ways with highway are absent"),
    ],
)
def test_an_extract_without_a_street_says_what_it_holds(tmp_path, ways, says):
    with pytest.raises(StreetMapError) as error:
        read_osm(write_osm(tmp_path / "a.osm", SPOTS, ways))
    assert says in str(error.value)


KINDS = (
    STREET, {**STREET, "oneway": "yes"}, {**STREET, "oneway": "-1", "name": "甲"},
    {"highway": "service", "access": "private"}, {"highway": "primary", "bridge": "yes"},
    {"highway": "footway"}, {"building": "yes", "name": "楼"},
)  # fmt: skip
networks = st.dictionaries(
    st.integers(1, 99),
    st.tuples(st.lists(st.integers(1, 13), max_size=8), st.sampled_from(KINDS)),
    min_size=1,
    max_size=8,
).map(lambda drawn: [(number, *way) for number, way in drawn.items()])


def read_or_say(path) -> object:
    try:
        return all_of(read_osm(path))
    except StreetMapError as error:
        return str(error).replace(str(path), "")


@settings(max_examples=50)
@given(networks, st.randoms(use_true_random=False))
def test_neither_order_nor_format_of_the_file_changes_the_map(tmp_path_factory, ways, random):
    folder = tmp_path_factory.mktemp("osm")
    first = read_or_say(write_osm(folder / "a.osm", SPOTS, ways))
    shuffled, turned = list(ways), dict(reversed(SPOTS.items()))
    random.shuffle(shuffled)
    assert read_or_say(write_osm(folder / "b.osm", turned, shuffled, nodes_last=True)) == first
    assert read_or_say(write_pbf(folder / "b.osm.pbf", SPOTS, ways)) == first
    drawn = write_osm(folder / "c.osm", SPOTS, shuffled, root='version="0.6" generator="JOSM"')
    assert read_or_say(drawn) == first


def drivable_by_hand(tags: dict[str, str]) -> bool:
    """The printed rule, written once more."""
    road = tags.get("highway", "").removesuffix("_link")
    rules = DrivableRules()
    motor = tags.get("motor_vehicle", tags.get("vehicle"))
    opened = tags.get("hgv") in rules.open_access or motor in rules.open_access
    closed = (motor or tags.get("access")) in rules.exclude_access and not opened
    return (
        tags.get("area") != "yes"
        and tags.get("service") not in {"driveway", "parking_aisle", "drive-through"}
        and not closed
        and (road in rules.highway or (road in {"pedestrian", "track"} and opened))
    )


def test_a_real_town_has_the_length_of_each_class_that_a_plain_count_gives(shared_data):
    path = shared_data / "osm" / "campo-grande.osm.gz"
    street_map = read_osm(path)
    ours: Counter[str] = Counter()
    for section in range(street_map.section_count):
        kind = street_map.road_classes[street_map.road_class[section]]
        ours[kind] += GEOD.line_length(*street_map.line(section).T)

    places: dict[str, tuple[float, float]] = {}
    plain: Counter[str] = Counter()
    with gzip.open(path) as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag == "node":
                places[element.get("id")] = float(element.get("lon")), float(element.get("lat"))
            elif element.tag == "way":
                tags = {tag.get("k"): tag.get("v") for tag in element.iter("tag")}
                nodes = [places.get(node.get("ref")) for node in element.iter("nd")]
                if drivable_by_hand(tags):
                    plain[tags["highway"]] += sum(
                        GEOD.inv(*here, *there)[2]
                        for here, there in pairwise(nodes)
                        if here and there
                    )
                element.clear()
    assert len(plain) > 8
    assert sum(plain.values()) > 1_000_000
    assert dict(ours) == pytest.approx({kind: m for kind, m in plain.items() if m}, rel=0.01)


def test_a_real_town_has_places_and_names(shared_data):
    street_map = read_osm(shared_data / "osm" / "campo-grande.osm.gz")
    assert len(street_map.names) > 1000
    assert {"amenity", "place", "shop"} <= {
        place.kind.partition("=")[0] for place in street_map.places
    }
    assert np.ptp(street_map.coordinates, axis=0) == pytest.approx([0.1, 0.2], rel=0.2)
