"""A map of two sections that meet, of which one has a name."""

import numpy as np

from geofence.streetmap.street_map import NAMELESS, Names, StreetMap, Structure

MAP = StreetMap(
    coordinates=np.array([[0, 0], [1, 0], [1, 0], [1, 1], [1, 2]], dtype=float),
    first_vertex=np.array([0, 2, 5]),
    ends=np.array([[0, 1], [1, 2]]),
    ids=("w1-001", "w2-001"),
    name=np.array([0, NAMELESS], dtype=np.int32),
    names=(Names("魏都大道", ("Weidu Avenue",)),),
    road_class=np.array([0, 0], dtype=np.int16),
    road_classes=("residential",),
    oneway=np.array([False, True]),
    structure=np.array([Structure.GROUND, Structure.BRIDGE], dtype=np.int8),
)


def test_a_section_has_its_own_vertices():
    assert MAP.section_count == 2
    assert MAP.line(0).tolist() == [[0, 0], [1, 0]]
    assert MAP.line(1).tolist() == [[1, 0], [1, 1], [1, 2]]


def test_a_section_has_the_names_of_its_street_or_none():
    assert MAP.names_of(0) == Names("魏都大道", ("Weidu Avenue",))
    assert MAP.names_of(1) is None
