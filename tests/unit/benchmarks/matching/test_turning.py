"""What fixes along a street show of trucks that turn round."""

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.matching.turning import Turns, turns_of

JUNCTIONS = np.array([[0.0, 0.0], [500.0, 0.0]])


def counted(*along_m, step_s=60.0, street="云中街"):
    """A truck along a street of 500 m, from junction to junction."""
    fixes = pd.DataFrame({"x": np.array(along_m, float), "y": 0.0, "street": street})
    fixes["time_s"] = np.arange(len(fixes)) * step_s
    turns = turns_of(fixes.assign(vehicle_id="晋B1"), JUNCTIONS)
    return turns.steps, turns.certain, turns.open, turns.at_junction


def test_a_truck_that_goes_on_does_not_turn():
    assert counted(0, 100, 200, 300) == (2, 0, 0, 0)


def test_a_turn_far_from_the_junction_is_certain_where_time_was_short():
    assert counted(0, 100, 40, step_s=10) == (1, 1, 0, 0)


def test_it_is_open_where_there_was_time_for_the_way_to_the_junction_and_back():
    assert counted(0, 100, 40, step_s=60) == (1, 0, 1, 0)


def test_a_turn_at_the_junction_is_none_between_junctions():
    assert counted(300, 495, 400) == (1, 0, 0, 1)


def test_what_noise_may_be_and_what_names_no_street_is_no_step():
    assert counted(0, 100, 90) == (0, 0, 0, 0)
    assert counted(0, 100, 40, street=None) == (0, 0, 0, 0)


def test_the_price_is_the_logarithm_of_how_rare_turns_are_in_ten_seconds():
    turns = Turns(steps=600, certain=6, open=0, at_junction=0, step_s=60.0)
    assert turns.price(6) == pytest.approx(math.log(600))
    assert turns.price(0) == math.inf
