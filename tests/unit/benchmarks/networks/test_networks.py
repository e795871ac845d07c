"""The networks that benchmarks run on are sound, and the same every time."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.networks.osm_town import osm_town
from benchmarks.networks.partition import partition
from benchmarks.networks.random_city import random_city
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from geofence.plan.version import content_version
from geofence.plan.writer import render_plan
from geofence.review.review import warnings_of
from simulators.city.city import City, write_city


@pytest.fixture(scope="module")
def city() -> Plan:
    return random_city(1)


def strong_parts(network: Network) -> int:
    tail, head = network.arc_from[network.arc_open], network.arc_to[network.arc_open]
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(network.node_count,) * 2)
    return connected_components(graph, directed=True, connection="strong")[0]


def read_back(plan: Plan, folder) -> Plan:
    write_city(City(list(plan.sections), list(plan.facilities)), folder)
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    return read_plan(folder / "plan.toml")


def beside_another(network: Network) -> float:
    """Share of sections whose middle has another one, not joined to it, 12 to 42 m away."""
    middles = np.array(
        [
            np.concatenate(network.position(section, np.array([length / 2])))
            for section, length in enumerate(network.section_length_m)
        ]
    )
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    return float(((apart > 12) & (apart < 42)).any(axis=1).mean())


def test_a_random_city_is_large_and_every_place_can_be_reached_and_left(city):
    network = build_network(city.sections)
    assert len(city.sections) >= 1000
    assert strong_parts(network) == 1
    assert len(network.edge_section) == len(city.sections)


def test_a_random_city_has_grids_of_even_length_with_two_to_four_windows(city):
    network = build_network(city.sections)
    length_m = {grid.id: 0.0 for grid in city.grids}
    for grids, length in zip(network.section_grids, network.section_length_m, strict=True):
        for grid_id in grids:
            length_m[grid_id] += length
    assert 20 <= len(city.grids) <= 40
    assert {len(grid.windows) for grid in city.grids} == {2, 3, 4}
    assert max(length_m.values()) < 2 * min(length_m.values())


def test_a_random_city_holds_what_leads_a_matcher_astray(city):
    network = build_network(city.sections)
    ways = np.bincount(network.arc_from, minlength=network.node_count)
    assert 0.05 < network.section_oneway.mean() < 0.4
    assert (ways == 1).sum() > 20
    assert beside_another(network) > 0.03
    assert any(not section.grids for section in city.sections)
    assert network.section_length_m.min() > 10
    assert network.section_length_m.max() > 300


def test_the_check_of_plans_finds_nothing_odd_in_a_random_city(city, tmp_path):
    plan = read_back(city, tmp_path)
    assert plan.version == city.version
    assert warnings_of(plan, build_network(plan.sections)) == ()


def test_a_seed_names_one_random_city():
    assert random_city(2).version == random_city(2).version
    assert random_city(2).version != random_city(3).version


def test_a_partition_is_even_and_gives_every_part_something():
    rng = np.random.default_rng(0)
    middles, lengths_m = rng.uniform(0, 1000, (400, 2)), rng.uniform(50, 150, 400)
    held = np.bincount(partition(middles, lengths_m, 7), lengths_m)
    assert len(held) == 7
    assert held.max() < 1.1 * held.min()


OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
  {nodes}
  {ways}
</osm>
"""
SPOTS = {  # a ring of four corners, one of them on a roundabout, and a way out that leads nowhere
    1: (-54.590, -20.480), 2: (-54.585, -20.480), 3: (-54.585, -20.475), 4: (-54.590, -20.475),
    5: (-54.5851, -20.4749), 6: (-54.5849, -20.4749), 7: (-54.580, -20.470), 8: (-54.50, -20.47),
}  # fmt: skip
WAYS = (
    ((1, 2, 3), {"highway": "residential", "name": "Rua A"}),
    ((4, 3), {"highway": "residential", "name": "Rua B", "oneway": "-1"}),
    ((4, 1), {"highway": "tertiary_link", "name": "Rua C"}),
    ((3, 6, 5, 3), {"highway": "residential", "junction": "roundabout"}),
    ((2, 7), {"highway": "residential", "name": "Rua D", "oneway": "yes"}),
    ((7, 8), {"highway": "residential", "name": "Rua E"}),
    ((1, 3), {"highway": "footway", "name": "Passeio"}),
    ((2, 4), {"highway": "service", "service": "parking_aisle"}),
)


@pytest.fixture
def extract(tmp_path):
    nodes = "\n".join(
        f'<node id="{node}" version="1" lon="{lon}" lat="{lat}"/>'
        for node, (lon, lat) in SPOTS.items()
    )
    ways = "\n".join(
        f'<way id="{number}" version="1">'
        + "".join(f'<nd ref="{node}"/>' for node in places)
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</way>"
        for number, (places, tags) in enumerate(WAYS, start=1)
    )
    path = tmp_path / "toy.osm.gz"
    path.write_bytes(gzip.compress(OSM.format(nodes=nodes, ways=ways).encode()))
    return path


class TestOsmTown:
    def test_drivable_ways_are_split_at_their_junctions_and_keep_their_names(self, extract):
        named = {section.id: section.name for section in osm_town(extract).sections}
        assert named == {
            "w1-001": "Rua A", "w1-002": "Rua A", "w2-001": "Rua B", "w3-001": "Rua C",
            "w4-001": "", "w4-002": "",
        }  # fmt: skip

    def test_one_way_streets_run_with_their_traffic(self, extract):
        sections = {section.id: section for section in osm_town(extract).sections}
        assert sections["w2-001"].oneway
        assert sections["w2-001"].coordinates.tolist() == [list(SPOTS[3]), list(SPOTS[4])]
        assert sections["w4-001"].oneway
        assert not sections["w1-001"].oneway

    def test_a_box_without_a_named_road_is_an_error(self, extract):
        with pytest.raises(ValueError, match="name another box"):
            osm_town(extract, (0.0, 0.0, 1.0, 1.0))

    def test_the_real_extract_makes_a_town_that_the_check_accepts(self, shared_data, tmp_path):
        town = osm_town(shared_data / "osm" / "campo-grande.osm.gz")
        assert 1000 <= len(town.sections) <= 3000
        assert 20 <= len(town.grids) <= 40
        assert strong_parts(build_network(town.sections)) == 1
        read = replace(read_back(town, tmp_path), schematic=False)  # writing calls it schematic
        assert content_version(read) == town.version
