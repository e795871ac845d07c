"""Sections of one name are one street if they hang together, and namesakes if they do not."""

import numpy as np
import pytest

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.street import Street, Streets
from tests.fixtures.drawn_map import Drawn, draw_map, road


def streets_of(*roads: Drawn, name: str = "甲路") -> tuple[Street, ...]:
    street_map = draw_map(*roads)
    names = [each.main for each in street_map.names]
    number = names.index(name)
    return Streets(MeasuredMap(street_map)).named((number,), (number,))


def test_sections_that_meet_are_one_street():
    (street,) = streets_of(road("甲路", (0, 0), (500, 0)), road("乙路", (200, -50), (200, 50)))
    assert len(street.sections) == 2
    assert street.length_m == pytest.approx(500, abs=0.1)
    assert not street.in_pieces


def test_both_carriageways_are_one_street_though_they_never_meet():
    (street,) = streets_of(
        road("甲路", (0, 0), (500, 0), oneway=True), road("甲路", (500, 25), (0, 25), oneway=True)
    )
    assert len(street.sections) == 2
    assert not street.in_pieces


def test_a_gap_in_a_street_is_told():
    (street,) = streets_of(road("甲路", (0, 0), (500, 0)), road("甲路", (700, 0), (900, 0)))
    assert street.in_pieces


def test_a_street_that_a_park_interrupts_carries_on_straight_ahead():
    (street,) = streets_of(road("甲路", (0, 0), (500, 0)), road("甲路", (1100, 20), (1500, 20)))
    assert street.in_pieces


def test_a_namesake_beside_it_or_far_away_is_another_street():
    beside = streets_of(road("甲路", (0, 0), (500, 0)), road("甲路", (0, 600), (500, 600)))
    far = streets_of(road("甲路", (0, 0), (500, 0)), road("甲路", (5000, 0), (5500, 0)))
    assert len(beside) == len(far) == 2


def test_hundreds_of_namesakes_are_as_many_streets():
    roads = [road("甲路", (3000 * at, 0), (3000 * at + 100, 0)) for at in range(300)]
    assert len(streets_of(*roads)) == 300


def test_only_streets_with_an_exact_name_are_given_other_spellings_of_theirs_too():
    street_map = draw_map(
        road("Av. Brasil", (0, 0), (300, 0)),
        road("Avenida Brasil", (300, 0), (600, 0)),
        road("Avenida Brasil", (9000, 0), (9300, 0)),
    )
    (street,) = Streets(MeasuredMap(street_map)).named((0, 1), (0,))
    assert street.main_names == {"Av. Brasil", "Avenida Brasil"}
    assert street.length_m == pytest.approx(600, abs=0.1)


def test_the_axis_points_east_or_else_north():
    (east,) = streets_of(road("甲路", (500, 40), (0, 0)))
    (north,) = streets_of(road("甲路", (0, 500), (0, 0)))
    assert east.axis[0] > 0.99
    assert north.axis == pytest.approx([0, 1], abs=1e-3)


def test_half_of_the_length_lies_behind_the_middle():
    (street,) = streets_of(road("甲路", (0, 0), (400, 0)))
    (quarter, half) = street.quantiles_along(np.array([1.0, 0.0]), (0.25, 0.5))
    assert half - quarter == pytest.approx(100, abs=1)
