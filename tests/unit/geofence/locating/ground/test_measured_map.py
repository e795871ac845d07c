"""A map in metres: lengths, what meets where, and places that a stray vertex does not move."""

import numpy as np
import pytest
from shapely import Point

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.resolution import Piece
from geofence.streetmap.street_map import StreetMap
from tests.fixtures.drawn_map import draw_map, in_degrees, road

CROSS = draw_map(
    road("东西街", (0, 0), (300, 0)),
    road("南北路", (100, -100), (100, 0), (100, 200)),
    road("", (300, 0), (300, 50)),
)


def named(street_map: StreetMap, name: str) -> list[int]:
    measured = MeasuredMap(street_map)
    return [each for each in range(street_map.section_count) if measured.main_name(each) == name]


def test_lengths_are_in_metres():
    measured = MeasuredMap(CROSS)
    lengths = measured.length_m[named(CROSS, "东西街")]
    assert lengths == pytest.approx([100.0, 200.0], abs=0.01)
    assert measured.piece_length_m(Piece(named(CROSS, "东西街")[1], 0.25, 0.75)) == pytest.approx(
        100.0, abs=0.01
    )


def test_sections_of_a_name_and_at_a_junction_are_found():
    measured = MeasuredMap(CROSS)
    names = [name.main for name in CROSS.names]
    assert measured.sections_named([names.index("南北路")]).tolist() == named(CROSS, "南北路")
    assert measured.sections_named([]).tolist() == []
    crossing = int(CROSS.ends[named(CROSS, "东西街")[0], 1])
    assert len(measured.sections_at(crossing)) == 4


def test_a_nameless_section_has_no_name():
    measured = MeasuredMap(CROSS)
    (nameless,) = named(CROSS, "")
    assert measured.is_nameless(nameless)
    assert not measured.is_nameless(named(CROSS, "南北路")[0])


def test_samples_hold_ends_and_vertices_and_are_no_further_apart_than_asked():
    bent = MeasuredMap(draw_map(road("弯路", (0, 0), (33, 0), (33, 44))))
    shares, places = bent.sampled(0, 10.0)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert np.max(np.diff(shares)) * bent.length_m[0] <= 10.0 + 1e-6
    assert np.min(np.hypot(*(places - bent.vertices(0)[1]).T)) < 1e-6
    assert bent.point_at(0, 0.5) == pytest.approx(bent.vertices(0)[1] + [0, 5.5], abs=0.1)


def test_a_stray_vertex_at_null_island_does_not_move_the_town():
    stray = StreetMap(
        np.concatenate([CROSS.coordinates, [[0.0, 0.0], [0.1, 0.1]]]),
        np.append(CROSS.first_vertex, len(CROSS.coordinates) + 2),
        np.concatenate([CROSS.ends, [[90, 91]]]),
        [*CROSS.ids, "stray"],
        np.append(CROSS.name, -1).astype(np.int32),
        CROSS.names,
        np.append(CROSS.road_class, 0).astype(np.int16),
        CROSS.road_classes,
        np.append(CROSS.oneway, False),
        np.append(CROSS.structure, 0).astype(np.int8),
    )
    measured = MeasuredMap(stray)
    assert measured.length_m[: CROSS.section_count] == pytest.approx(
        MeasuredMap(CROSS).length_m, abs=0.01
    )
    assert np.isfinite(measured.xy).all()


def test_a_town_across_180_degrees_is_whole():
    shifted = CROSS.coordinates.copy()
    shifted[:, 0] += 180.0 - shifted[:, 0].mean()
    shifted[:, 0] = (shifted[:, 0] + 180.0) % 360.0 - 180.0
    across = MeasuredMap(
        StreetMap(
            shifted,
            CROSS.first_vertex,
            CROSS.ends,
            CROSS.ids,
            CROSS.name,
            CROSS.names,
            CROSS.road_class,
            CROSS.road_classes,
            CROSS.oneway,
            CROSS.structure,
        )
    )
    assert across.length_m == pytest.approx(MeasuredMap(CROSS).length_m, rel=1e-3)


def test_geometries_are_projected_alike():
    measured = MeasuredMap(CROSS)
    start = measured.to_metres(in_degrees(Point(0, 0)))
    assert start.distance(Point(measured.vertices(named(CROSS, "东西街")[0])[0])) < 0.01


def test_an_empty_map_can_be_measured():
    empty = MeasuredMap(draw_map())
    assert len(empty.length_m) == 0
    assert empty.tree.query(Point(0, 0)).tolist() == []
