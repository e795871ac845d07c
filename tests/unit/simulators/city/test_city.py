from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

import geofence
from geofence.network.network import Network, build_network
from geofence.plan.reader import read_roster
from simulators.city import city as cities
from simulators.city.city import SAMPLE_SEED, City, generate_city, write_city
from simulators.city.roster import synthetic_roster
from simulators.city.street_layout import Board, Line, runs_east_west

SAMPLE = Path(geofence.__file__).parent / "sample"


@pytest.fixture(scope="module")
def town():
    """The sample plan's city."""
    return generate_city(read_roster(SAMPLE / "plan.toml").grids, SAMPLE_SEED)


@pytest.fixture(scope="module")
def network(town):
    return build_network(town.sections)


def components(network: Network, connection: str) -> int:
    arcs = np.flatnonzero(network.arc_open)
    graph = csr_matrix(
        (np.ones(len(arcs)), (network.arc_from[arcs], network.arc_to[arcs])),
        shape=(network.node_count,) * 2,
    )
    return connected_components(graph, connection=connection)[0]


def lengths_of_streets(city: City, network: Network) -> dict[tuple[str, str], float]:
    lengths: dict[tuple[str, str], float] = {}
    for section, length_m in zip(city.sections, network.section_length_m, strict=True):
        for grid_id in section.grids:
            key = (grid_id, section.name)
            lengths[key] = lengths.get(key, 0.0) + length_m
    return lengths


def test_the_shipped_files_are_what_the_seed_draws(town, tmp_path):
    write_city(town, tmp_path)
    for name in ("streets.geojson", "facilities.geojson"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), (
            f"{name} is stale: run pingcheng city geofence/sample/plan.toml --out geofence/sample"
        )


def test_the_shipped_streets_say_that_they_are_drawn():
    text = (SAMPLE / "streets.geojson").read_text(encoding="utf-8")
    assert '"schematic": true' in text
    assert "not surveyed" in text
    assert len(text) < 1_500_000


@settings(deadline=None, max_examples=12)
@given(count=st.integers(1, 40), seed=st.integers(0, 1000))
def test_every_place_of_any_city_can_be_reached_and_left(count, seed):
    network = build_network(generate_city(synthetic_roster(count, seed).grids, seed).sections)
    assert components(network, "weak") == 1
    assert components(network, "strong") == 1


@settings(deadline=None, max_examples=12)
@given(count=st.integers(1, 40), seed=st.integers(0, 1000))
def test_every_street_of_every_grid_is_drawn(count, seed):
    roster = synthetic_roster(count, seed)
    city = generate_city(roster.grids, seed)
    plan = replace(roster, sections=tuple(city.sections))
    assert all(plan.unlocated(grid) == () for grid in plan.grids)


def test_a_city_is_the_same_for_the_same_seed_and_another_for_another():
    grids = synthetic_roster(4).grids
    first, same, other = (generate_city(grids, seed) for seed in (1, 1, 2))
    shapes = [[s.coordinates.tolist() for s in city.sections] for city in (first, same, other)]
    assert shapes[0] == shapes[1] != shapes[2]


def test_no_grid_makes_no_city():
    with pytest.raises(ValueError, match="at least one grid"):
        generate_city([], 1)


def test_some_streets_run_side_by_side_25_to_40_m_apart(town, network):
    names = np.array([section.name for section in town.sections])
    lines = np.array(
        [
            shapely.LineString(
                np.stack(network.projection.to_metres(*section.coordinates.T), axis=1)
            )
            for section in town.sections
        ]
    )
    long = np.flatnonzero((network.section_length_m > 100) & (names != ""))
    middles = shapely.line_interpolate_point(lines[long], 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    near, other = tree.query(middles, predicate="dwithin", distance=40.0)
    apart = shapely.distance(middles[near], lines[other])
    beside = apart > 5.0
    for line in lines[other[beside]]:
        assert line.length > 0
    pairs = {
        tuple(sorted((int(long[one]), int(two))))
        for one, two in zip(near[beside], other[beside], strict=True)
        if abs(shapely.length(lines[two])) > 100
    }
    assert len(pairs) > 50
    assert apart[beside & (shapely.length(lines[other]) > 100)].min() >= 25.0


def test_streets_run_the_way_their_names_say(town, network):
    for section in town.sections:
        if not section.grids:
            continue
        x, y = network.projection.to_metres(*section.coordinates.T)
        across = abs(x[-1] - x[0]) > abs(y[-1] - y[0])
        assert across == runs_east_west(section.name), section.name


def test_sections_and_streets_have_the_length_of_a_block_and_a_round(town, network):
    assert 80 < np.median(network.section_length_m) < 250
    assert network.section_length_m.min() > 10
    lengths = lengths_of_streets(town, network)
    assert all(180 < length_m < 1600 for length_m in lengths.values())
    grids = {grid_id for grid_id, _name in lengths}
    totals = [sum(v for (g, _), v in lengths.items() if g == grid_id) for grid_id in grids]
    assert max(totals) < 4000


def test_sections_meet_at_equal_coordinates_rounded_to_six_decimals(town, network):
    ends = {tuple(section.coordinates[end]) for section in town.sections for end in (0, -1)}
    assert len(ends) == network.node_count
    for section in town.sections:
        assert np.array_equal(section.coordinates, section.coordinates.round(6))
        assert len(section.coordinates) >= 2
    assert len(network.edge_section) == network.section_count


def test_there_are_oneway_streets_shared_sections_connecting_roads_and_dead_ends(town, network):
    assert sum(section.oneway for section in town.sections) > 50
    assert sum(len(section.grids) == 2 for section in town.sections) > 5
    assert {section.name for section in town.sections if not section.grids} >= {"", "联络线"}
    degree = np.bincount(np.concatenate([network.arc_from[::2], network.arc_to[::2]]))
    assert (degree == 1).sum() > 4


def test_facilities_lie_at_the_end_of_a_road(town, network):
    kinds = [facility.kind for facility in town.facilities]
    assert kinds == ["depot"] + ["transfer_station"] * 3
    for facility in town.facilities:
        x, y = network.projection.to_metres(
            np.array([facility.longitude]), np.array([facility.latitude])
        )
        assert np.hypot(network.node_x - x, network.node_y - y).min() < 1.0


# Large cities

places = st.integers(0, 6).map(float)
lines = st.lists(
    st.builds(
        lambda east_west, at, start, length: Line("", (), east_west, at, start, start + length),
        st.booleans(), places, places, st.integers(1, 6),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(max_examples=100)
@given(lines)
def test_lines_are_cut_where_a_comparison_of_each_with_each_finds_a_crossing(drawn):
    expected = [
        {
            other.at
            for other in drawn
            if other.east_west != line.east_west
            and line.start < other.at < line.end
            and other.start <= line.at <= other.end
        }
        for line in drawn
    ]
    assert cities._crossings(drawn) == expected


def test_a_city_of_many_grids_is_drawn_without_a_walk_through_all_lines_for_each(monkeypatch):
    walks, walk = [], Board.lines
    monkeypatch.setattr(Board, "lines", lambda board: walks.append(1) or walk(board))
    generate_city(synthetic_roster(8).grids, seed=1)
    assert len(walks) == 1
