"""How far a step's mean speed may lie from the speeds reported at both its ends."""

import math

import numpy as np
import pytest

from geofence.track.receiver import (
    SPEED_DRIFT_M2PS3,
    SPEED_DRIFT_S,
    SPEED_ERROR_MPS,
    mean_speed_variance,
)


def test_of_a_step_of_no_length_only_the_errors_of_two_speeds_are_left():
    assert math.sqrt(mean_speed_variance(0.0, 1.0)) == pytest.approx(SPEED_ERROR_MPS / math.sqrt(2))


def test_it_is_that_of_a_brownian_bridge():
    rng = np.random.default_rng(1)
    seconds = 20
    walk = rng.normal(0.0, math.sqrt(SPEED_DRIFT_M2PS3 / 50), (4000, seconds * 50)).cumsum(axis=1)
    bridge = walk - np.linspace(0.0, 1.0, seconds * 50) * walk[:, -1:]
    told = mean_speed_variance(float(seconds), 1.0) - SPEED_ERROR_MPS**2 / 2
    assert told == pytest.approx(bridge.mean(axis=1).var(), rel=0.1)


def test_of_a_long_step_the_mean_is_surer_again_for_it_holds_several_speeds():
    longest = mean_speed_variance(SPEED_DRIFT_S, 1.0)
    assert mean_speed_variance(2 * SPEED_DRIFT_S, 1.0) < longest
    assert mean_speed_variance(SPEED_DRIFT_S, 4.0) > longest
