import numpy as np
import pytest

from geofence.matching.rivals.alleys import find_alleys
from geofence.network.network import build_network
from tests.fixtures.lattice import section
from tests.fixtures.street_map import StreetMap
from tests.fixtures.weighing import states_near, steps_on

TOWN = StreetMap(
    """
          d
          |
a---------b---------c
|         |         |
|         |         |
|         e         |
|                   |
f-------------------g
"""
)
"""On a street that leads round, an alley of 40 m (db) and one of 60 m (be)."""


def alleys(*, streets=TOWN, sigma_m=8.0, seconds=10.0, south_m=0.0, before=(-1, 0), held=()):
    """The alleys that a truck may have entered on its way past the junction."""
    steps = steps_on(
        streets.network, [0.0, seconds], [80.0, 100.0], [-40.0, -40.0 - south_m], held=held
    )
    states = states_near(streets.network, steps.x, steps.y, radius_m=80.0)
    return find_alleys(streets.network, states, steps, np.array(before), np.full(2, sigma_m))


def names(found):
    return [TOWN.network.section_ids[TOWN.network.edge_section[arc >> 1]] for arc in found.arc]


def test_an_alley_too_short_for_the_fixes_may_have_been_entered_all_of_it_and_nothing_is_sure():
    found = alleys(sigma_m=14.0)
    assert names(found) == ["db"]
    assert found.fix.tolist() == [1]
    assert found.from_m.tolist() == [0.0]
    assert found.to_m == pytest.approx([40.0], abs=0.1)
    assert (found.from_share.tolist(), found.to_share.tolist()) == ([0.0], [1.0])
    assert found.certain.tolist() == [False]


@pytest.mark.parametrize(("sigma_m", "hidden"), [(13.0, []), (13.6, ["db"]), (20.5, ["db", "be"])])
def test_an_alley_is_hidden_up_to_three_deviations_of_a_fix(sigma_m, hidden):
    assert names(alleys(sigma_m=sigma_m)) == hidden


@pytest.mark.parametrize(("seconds", "hidden"), [(19.0, []), (21.0, ["db"]), (31.0, ["db", "be"])])
def test_in_a_longer_step_a_truck_can_have_been_in_a_longer_alley(seconds, hidden):
    assert names(alleys(sigma_m=4.0, seconds=seconds)) == hidden


@pytest.mark.parametrize(("south_m", "hidden"), [(34.0, ["db"]), (36.0, [])])
def test_an_alley_too_far_from_the_fix_was_not_entered(south_m, hidden):
    assert names(alleys(sigma_m=14.0, south_m=south_m)) == hidden


def test_a_street_that_leads_on_is_no_alley():
    square = StreetMap("a---------b---------c\n|         |         |\nd---------e---------f")
    assert len(alleys(streets=square, sigma_m=40.0).fix) == 0


def test_a_street_with_nothing_at_either_end_is_no_alley():
    assert len(alleys(streets=StreetMap("a---------b"), sigma_m=40.0).fix) == 0


def test_where_no_route_leads_to_the_fix_nothing_was_entered():
    assert len(alleys(sigma_m=14.0, before=(-1, -1)).fix) == 0


def test_a_truck_that_stands_enters_no_alley():
    assert len(alleys(sigma_m=14.0, held=[1]).fix) == 0


@pytest.mark.parametrize(("sigma_m", "hidden"), [(5.0, []), (8.0, ["ring"])])
def test_a_turning_circle_within_the_error_of_fixes_is_hidden_however_long_its_line(
    sigma_m, hidden
):
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, 61)
    ring = [(8.0 * np.cos(angle), 8.0 + 8.0 * np.sin(angle)) for angle in angles]
    network = build_network([section("stem", (0, -100), (0, 0)), section("ring", *ring)])
    steps = steps_on(network, [0.0, 5.0], [0.0, 0.0], [-20.0, -4.0])
    states = states_near(network, steps.x, steps.y, radius_m=80.0)
    found = find_alleys(network, states, steps, np.array([-1, 0]), np.full(2, sigma_m))
    names = [network.section_ids[network.edge_section[arc >> 1]] for arc in found.arc]
    assert [name for name in names if name == "ring"] == hidden
