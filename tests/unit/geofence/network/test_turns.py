import numpy as np
import pytest

from geofence.network.network import build_network
from tests.fixtures.lattice import section


def lengths(*points):
    return build_network([section("a", *points)]).edge_length_m


def test_a_loop_that_comes_back_beside_itself_is_cut_where_it_turns():
    assert lengths((0, 0), (0, 150), (12, 150), (12, 5)) == pytest.approx([162, 145], abs=0.1)


def test_the_direction_in_which_a_loop_is_drawn_moves_no_cut():
    loop = [(0, 0), (0, 150), (12, 151), (13, 5)]
    there, back = lengths(*loop), lengths(*reversed(loop))
    assert there == pytest.approx(back[::-1], abs=0.1)


def test_each_turn_of_a_serpentine_is_a_node():
    assert len(lengths((0, 0), (200, 0), (200, 15), (0, 15), (0, 30), (200, 30))) == 3


def test_a_street_round_a_corner_stays_one_edge():
    assert len(lengths((0, 0), (0, 150), (150, 150))) == 1


def test_a_crescent_whose_legs_are_far_apart_stays_one_edge():
    assert len(lengths((0, 0), (0, 150), (80, 150), (80, 0))) == 1


def test_a_turning_circle_stays_one_edge():
    angles = np.linspace(0, 2 * np.pi, 37)
    assert len(lengths(*((9 * np.cos(a), 9 * np.sin(a)) for a in angles))) == 1


def test_a_wide_ring_that_only_closes_stays_one_edge():
    angles = np.linspace(0, 2 * np.pi, 37)
    assert len(lengths(*((60 * np.cos(a), 60 * np.sin(a)) for a in angles))) == 1


def test_a_loop_too_short_to_tell_its_legs_apart_stays_one_edge():
    assert len(lengths((0, 0), (0, 30), (8, 30), (8, 3))) == 1


def test_wiggles_are_no_turns():
    wiggles = [(step * 2.0, 0.8 * (-1) ** step) for step in range(100)]
    assert len(lengths(*wiggles)) == 1
