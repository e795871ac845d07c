import numpy as np
import pytest

from geofence.network.twins import Stretch, twins_of

HALF = Stretch(
    section=1, from_m=0.0, to_m=100.0, carrier=0, carrier_from_m=200.0, carrier_to_m=100.0
)
"""Section 1 lies backwards on the metres 100 to 200 of section 0."""


def shared(*passes, stretches=(HALF,)):
    section, from_m, to_m = zip(*passes, strict=True)
    found = twins_of(stretches).of_passes(
        np.array(section, dtype=np.int32), np.array(from_m), np.array(to_m)
    )
    return list(zip(*(column.tolist() for column in found), strict=True))


def test_a_pass_over_a_carrier_goes_over_its_twin_in_its_own_measures():
    assert shared((0, 0.0, 200.0)) == [(0, 1, 100.0, 0.0, 0.5, 1.0)]


def test_a_pass_against_the_carrier_goes_over_the_twin_as_it_is_drawn():
    assert shared((0, 200.0, 0.0)) == [(0, 1, 0.0, 100.0, 0.0, 0.5)]


def test_a_pass_over_part_of_the_stretch_goes_over_that_part():
    assert shared((0, 125.0, 150.0)) == [(0, 1, 75.0, 50.0, 0.0, 1.0)]


def test_a_pass_beside_the_stretch_or_over_another_section_goes_over_no_twin():
    assert shared((0, 0.0, 100.0), (1, 0.0, 100.0), (2, 0.0, 100.0)) == []


def test_each_twin_of_a_carrier_gets_the_pass():
    other = HALF._replace(section=2, carrier_from_m=100.0, carrier_to_m=200.0)
    found = shared((5, 0.0, 9.0), (0, 100.0, 200.0), stretches=(other, HALF))
    assert found == [(1, 1, 100.0, 0.0, 0.0, 1.0), (1, 2, 0.0, 100.0, 0.0, 1.0)]


def test_a_pass_that_does_not_move_goes_over_nothing():
    assert shared((0, 150.0, 150.0)) == []


def test_without_twins_nothing_is_shared():
    assert shared((0, 0.0, 100.0), stretches=()) == []


@pytest.mark.parametrize(("one_way_twin", "opened"), [(False, [True, True]), (True, [False, True])])
def test_a_twin_opens_the_directions_in_which_it_may_be_driven(one_way_twin, opened):
    found = twins_of([HALF]).opened(
        np.array([0, 0], dtype=np.int32), np.array([0.0, 100.0]), np.array([100.0, 100.0]),
        np.array([True, one_way_twin]),
    )  # fmt: skip
    assert found.tolist() == [False, False, *opened]


def test_a_measure_is_placed_on_the_carrier():
    assert HALF.place_m(25.0) == 175.0


def test_a_section_is_driven_on_its_own_edges_and_on_those_of_its_carriers():
    assert twins_of([HALF]).carrying([1, 7]) == [0, 1, 7]
    assert twins_of([HALF]).carrying([0]) == [0]
