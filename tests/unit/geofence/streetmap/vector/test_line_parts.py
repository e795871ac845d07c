import numpy as np
import shapely

from geofence.streetmap.vector.line_parts import line_parts

ONE, OTHER = shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(2, 2), (3, 3), (4, 4)])


def parts(*shapes):
    column = np.empty(len(shapes), dtype=object)
    column[:] = shapes
    return line_parts(column)


def test_lines_of_any_depth_are_taken_out_in_order():
    deep = shapely.GeometryCollection([shapely.MultiLineString([ONE, OTHER]), shapely.Point(9, 9)])
    found = parts(OTHER, deep, ONE)
    assert found.feature.tolist() == [0, 1, 1, 2]
    assert found.owner.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert found.spots[3].tolist() == [0, 0]
    assert found.dropped == {}


def test_what_is_no_line_is_counted_by_what_it_is():
    found = parts(
        ONE, None, shapely.LineString(), shapely.Point(0, 0), shapely.MultiPoint([(0, 0)]),
        shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
    )  # fmt: skip
    assert found.feature.tolist() == [0]
    assert found.dropped == {"without geometry": 2, "points": 2, "areas": 2}


def test_a_line_with_a_coordinate_that_is_no_number_is_left_out():
    broken = shapely.LineString([(0, 0), (np.inf, 1)])
    found = parts(broken, ONE)
    assert found.feature.tolist() == [1]
    assert found.owner.tolist() == [0, 0]
    assert found.dropped == {"with a coordinate that is no number": 1}


def test_nothing_gives_nothing():
    assert len(parts().feature) == 0
