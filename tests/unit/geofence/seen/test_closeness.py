import numpy as np
import pytest

from geofence.matching.candidates import build_buckets
from geofence.seen.closeness import Scale, score
from tests.fixtures.town import Town, street

TOWN = Town(street("云中街", (0, 0), (1000, 0)))


def scale(x, y) -> Scale:
    network = TOWN.network
    return Scale(network, build_buckets(network), 60.0, 100.0, np.asarray(x), np.asarray(y))


def on_street(away_m) -> tuple[np.ndarray, np.ndarray]:
    """Places beside the street, so many metres off."""
    network = TOWN.network
    along = np.array([50.0, 60.0, 350.0])
    x, y = network.position(0, along)
    return x, y + np.asarray(away_m, float)


def test_a_square_counts_once_with_the_mean_distance_of_its_fixes():
    x, y = on_street([10.0, 20.0, 7.0])
    weighed = scale(x, np.abs(y) % 100).weigh(x, y)
    assert sorted(weighed.round(6).tolist()) == [7.0, 15.0]


def test_what_is_far_off_weighs_the_same_however_far():
    x, y = on_street([0.0, 0.0, 0.0])
    assert scale(x, y).weigh(x, y + 61.0) == pytest.approx(60.0)
    assert scale(x, y).weigh(x, y + 9000.0) == pytest.approx(60.0)


def test_rivals_are_moved_as_far_in_other_directions():
    x, y = on_street([0.0, 0.0, 0.0])
    found = scale(x, y).rivals(x, y, np.full(3, 0.0), np.full(3, 40.0), 3)
    farthest_m = [float(each.max()) for each in found]
    assert farthest_m == pytest.approx([0.0, 40.0, 0.0], abs=0.1)


def test_a_gain_that_is_sure_scores_more_than_one_that_scatters():
    worse, sure = np.full(30, 20.0), 10.0 + np.tile([-1.0, 0.0, 1.0], 10)
    assert score(worse, sure) > score(worse, 10.0 + 10 * (sure - 10.0)) > 0 > score(sure, worse)
