"""Namesakes are told apart by where they are; what is drawn twice in one place is one."""

from shapely import Point, box

from geofence.locating.candidates import Candidates
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.naming.name_index import NameIndex
from geofence.streetmap.street_map import StreetMap
from tests.fixtures.drawn_map import draw_map, place, road


def places_of(street_map: StreetMap, name: str):
    found = NameIndex([each.names for each in street_map.places]).find(name)
    assert found is not None
    return Candidates(MeasuredMap(street_map)).places(found)


def test_streets_of_a_name_are_candidates_with_its_main_name():
    street_map = draw_map(
        road("甲路", (0, 0), (300, 0), others=("A Road",)),
        road("甲路", (9000, 0), (9300, 0), others=("A Road",)),
    )
    found = NameIndex(street_map.names).find("a road")
    assert found is not None
    candidates = Candidates(MeasuredMap(street_map)).streets(found)
    assert [each.name for each in candidates] == ["甲路", "甲路"]
    assert candidates[0].geometry.distance(candidates[1].geometry) > 8000


def test_a_point_in_the_area_of_its_name_is_the_area():
    street_map = draw_map(
        road("甲路", (0, 0), (300, 0)),
        places=[place("福盛园", Point(50, 50)), place("福盛园", box(0, 0, 200, 200))],
    )
    (candidate,) = places_of(street_map, "福盛园")
    assert candidate.geometry.area > 0


def test_areas_of_a_name_beside_each_other_are_one_place_and_far_ones_are_not():
    street_map = draw_map(
        road("甲路", (0, 0), (300, 0)),
        places=[
            place("福盛园", box(0, 0, 100, 100)),
            place("福盛园", box(150, 0, 250, 100)),
            place("福盛园", box(5000, 0, 5100, 100)),
        ],
    )
    candidates = places_of(street_map, "福盛园")
    assert sorted(round(each.geometry.area, -2) for each in candidates) == [10_000, 20_000]


def test_samples_lie_on_the_candidate_and_are_few():
    street_map = draw_map(road("弯路", *((float(at), float(at % 7)) for at in range(400))))
    found = NameIndex(street_map.names).find("弯路")
    assert found is not None
    (candidate,) = Candidates(MeasuredMap(street_map)).streets(found)
    assert len(candidate.samples) < 50
    assert max(candidate.geometry.distance(Point(each)) for each in candidate.samples) < 1e-6
