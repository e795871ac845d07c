"""Every edge within the radius, at its nearest point: as shapely finds it, one by one."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.candidates import CELL_M, MOST_CELLS, build_buckets, find_candidates
from geofence.network.network import Network, Segments, build_network
from tests.fixtures.lattice import lattice, section
from tests.fixtures.street_map import StreetMap

BENT = build_network(
    [
        section("云中街", (0, 0), (90, 40), (130, -50), (400, 0)),
        section("魏都大道", (60, -200), (70, 10), (20, 200)),
        section("兴云里", (300, 50), (300, 52), (310, 50)),
    ]
)


def found_near(network, x, y, radius_m):
    x, y, radius_m = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (x, y, radius_m))
    return find_candidates(network, build_buckets(network), x, y, radius_m)


def drawn(*segments: tuple[int, float, float, float, float]) -> Network:
    """A network of nothing but segments (edge, x, y, x, y), to the last bit where they are told."""
    edge, x0, y0, x1, y1 = (np.array(column) for column in zip(*segments, strict=True))
    length = np.hypot(x1 - x0, y1 - y0)
    start = np.array([length[:k][edge[:k] == edge[k]].sum() for k in range(len(edge))])
    parts = Segments(edge.astype(np.int32), *(v.astype(float) for v in (x0, y0, x1, y1, start)))
    lengths = np.bincount(edge, weights=length)
    return replace(StreetMap("a--b").network, segments=parts, edge_length_m=lengths)


def lines_of(network):
    """The lines of all edges that are drawn; those that join others at crossings come last."""
    parts = network.segments
    return [
        shapely.LineString(
            [(parts.x0[k[0]], parts.y0[k[0]]), *zip(parts.x1[k], parts.y1[k], strict=True)]
        )
        for k in (np.flatnonzero(parts.edge == edge) for edge in np.unique(parts.edge))
    ]


networks = st.just(BENT) | st.integers(0, 10_000).map(lattice)
places = st.lists(st.tuples(st.floats(-350, 700), st.floats(-350, 700)), max_size=12)


@settings(deadline=None, max_examples=50)
@given(network=networks, places=places, radius_m=st.sampled_from([10.0, 50.0, 120.0, 300.0]))
def test_the_candidates_of_each_fix_are_the_nearest_points_of_all_edges_within_its_radius(
    network, places, radius_m
):
    x, y = np.array(places).reshape(-1, 2).T + np.array([[network.node_x[0]], [network.node_y[0]]])
    found = found_near(network, x, y, np.full(len(x), radius_m))
    lines = lines_of(network)
    assert len(found.first) == len(places) + 1
    for i, point in enumerate(map(shapely.Point, x, y)):
        rows = slice(found.first[i], found.first[i + 1])
        away = np.array([line.distance(point) for line in lines])
        assert found.edge[rows].tolist() == np.flatnonzero(away <= radius_m).tolist()
        assert found.distance_m[rows] == pytest.approx(away[found.edge[rows]], abs=1e-6)
        for k in range(rows.start, rows.stop):
            line = lines[found.edge[k]]
            there = line.interpolate(found.offset_m[k])
            assert (found.x[k], found.y[k]) == pytest.approx((there.x, there.y), abs=1e-6)
            assert there.distance(point) == pytest.approx(away[found.edge[k]], abs=1e-6)


def test_the_bearing_is_that_of_the_piece_of_line_the_fix_lies_beside():
    corner = drawn((0, 0, 0, 100, 0), (0, 100, 0, 100, -100))
    found = found_near(corner, [50.0, 110.0], [5.0, -50.0], [20.0, 20.0])
    assert found.bearing.tolist() == pytest.approx([0.0, -np.pi / 2])
    assert found.offset_m.tolist() == pytest.approx([50.0, 150.0])


def test_a_street_at_the_very_radius_is_a_candidate_and_one_beyond_it_is_not():
    street = drawn((0, 0, 0, 100, 0))
    assert len(found_near(street, 30.0, 50.0, 50.0).edge) == 1
    assert len(found_near(street, 30.0, 50.0, np.nextafter(50.0, 0)).edge) == 0
    assert len(found_near(street, 130.0, 40.0, 50.0).edge) == 1
    assert len(found_near(street, 130.0, 40.0, np.nextafter(50.0, 0)).edge) == 0


@pytest.mark.parametrize(
    ("east_m", "north_m"), [(500, 30), (-500, 30), (30, 500), (30, -500), (500, 500), (-500, -500)]
)
def test_a_long_street_is_found_all_along_it_whichever_way_it_is_drawn(east_m, north_m):
    street = drawn((0, 0, 0, east_m, north_m))
    share = np.linspace(0, 1, 26)
    found = found_near(street, share * east_m, share * north_m, np.full(26, 5.0))
    assert np.diff(found.first).tolist() == [1] * 26
    assert found.offset_m == pytest.approx(share * np.hypot(east_m, north_m))


def test_of_two_places_on_an_edge_equally_near_the_one_that_is_reached_first_counts():
    hairpin = drawn((0, 0, 20, 100, 20), (0, 100, 20, 100, 0), (0, 100, 0, 0, 0))
    found = found_near(hairpin, 40.0, 10.0, 50.0)
    assert (found.offset_m.tolist(), found.y.tolist()) == ([40.0], [20.0])


def test_a_piece_of_line_without_length_is_a_place_like_any_other():
    point = drawn((0, 10, 10, 10, 10), (1, 200, 0, 300, 0))
    found = found_near(point, 13.0, 14.0, 50.0)
    assert (found.edge.tolist(), found.distance_m.tolist()) == ([0], [5.0])


def test_a_fix_where_many_streets_meet_has_them_all_in_order():
    angles = np.linspace(0, 2 * np.pi, 41)[:-1]
    star = drawn(*((n, 0, 0, 90 * np.cos(a), 90 * np.sin(a)) for n, a in enumerate(angles)))
    found = found_near(star, [1.0, 2000.0, 1.0], [2.0, 0.0, 2.0], [50.0, 50.0, 50.0])
    assert found.first.tolist() == [0, 40, 40, 80]
    assert found.edge.tolist() == [*range(40), *range(40)]


def test_fixes_in_one_place_have_the_candidates_each_has_alone():
    radius_m = [50.0, 120.0, 10.0, 120.0, 300.0]
    found = found_near(BENT, [100.0] * 4 + [300.0], [20.0] * 4 + [40.0], radius_m)
    for fix in range(5):
        alone = found_near(BENT, [100.0, 300.0][fix == 4], [20.0, 40.0][fix == 4], radius_m[fix])
        own = slice(*found.first[fix : fix + 2])
        for field in ("edge", "offset_m", "distance_m", "bearing", "x", "y"):
            assert np.array_equal(getattr(found, field)[own], getattr(alone, field)), field


@pytest.mark.parametrize("away_m", [1e3, 1e5, 3e6, 2e7])
def test_an_index_is_bounded_however_far_apart_streets_lie(away_m):
    apart = drawn((0, 0, 0, 100, 0), (1, away_m, away_m, away_m + 100, away_m))
    assert len(build_buckets(apart).first) <= MOST_CELLS + 1
    found = found_near(apart, [50.0, away_m + 50.0], [5.0, away_m - 5.0], [20.0, 20.0])
    assert found.edge.tolist() == [0, 1]
    assert found.offset_m.tolist() == pytest.approx([50.0, 50.0])


@settings(deadline=None, max_examples=25)
@given(
    turn=st.floats(-np.pi, np.pi), length_m=st.floats(1.0, 4e4), share=st.floats(0.0, 1.0),
    aside_m=st.floats(-49.0, 49.0), shift=st.tuples(st.floats(-60, 60), st.floats(-60, 60)),
)  # fmt: skip
def test_a_long_segment_is_found_anywhere_along_it(turn, length_m, share, aside_m, shift):
    east, north = np.cos(turn), np.sin(turn)
    end = (shift[0] + length_m * east, shift[1] + length_m * north)
    line = drawn((0, *shift, *end), (1, -4e4, -4e4, -39_900.0, -4e4))
    x = shift[0] + share * length_m * east - aside_m * north
    y = shift[1] + share * length_m * north + aside_m * east
    found = found_near(line, [x], [y], [50.0])
    assert 0 in found.edge.tolist()
    assert found.distance_m[found.edge == 0] == pytest.approx([abs(aside_m)], abs=1e-3)


def test_a_long_segment_takes_room_by_its_length_and_not_by_its_square():
    long = drawn((0, 0, 0, 40_000, 40_000))
    assert len(build_buckets(long).edge) < 3 * 40_000 / CELL_M
