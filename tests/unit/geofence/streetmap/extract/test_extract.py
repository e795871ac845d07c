"""Ways added part by part are one table."""

import numpy as np

from geofence.streetmap.extract.extract import WayTable


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_parts_are_one_table_and_equal_sets_of_tags_one_number():
    table = WayTable()
    table.add(whole(5, 6), whole(2, 0), whole(1, 2), np.eye(2), (whole(1, 0), ["Ta=b", "Tc=d"]))
    table.add(whole(7), whole(1), whole(3), np.ones((1, 2)), (whole(0), ["Tc=d"]))
    ways = table.ways()
    assert ways.ids.tolist() == [5, 6, 7]
    assert ways.first_node.tolist() == [0, 2, 2, 3]
    assert ways.nodes.tolist() == [1, 2, 3]
    assert ways.places.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert [table.written_sets()[tags] for tags in ways.tags] == ["Tc=d", "Ta=b", "Tc=d"]


def test_an_empty_table_has_no_way():
    ways = WayTable().ways()
    assert ways.first_node.tolist() == [0]
    assert ways.places.shape == (0, 2)
