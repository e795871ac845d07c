import numpy as np
import pytest

from geofence.streetmap.noding import segment_pairs as module
from geofence.streetmap.noding.segment_pairs import segment_pairs


def pairs(begins, ends, wanted, margin=1e-9):
    found = segment_pairs(begins, ends, margin, wanted)
    return {pair for one, other in found for pair in zip(one.tolist(), other.tolist(), strict=True)}


def segments(count, seed, longest=0.02):
    noise = np.random.default_rng(seed)
    begins = noise.uniform(0, 1, (count, 2))
    return begins, begins + noise.uniform(-longest, longest, (count, 2))


def by_hand(begins, ends, wanted):
    """Give the pairs whose boxes meet, each with each tried."""
    low, high = np.minimum(begins, ends), np.maximum(begins, ends)
    reaches = (low[:, None] <= high).all(axis=2)
    meets = reaches & reaches.T & (wanted[:, None] | wanted)
    return {(i, j) for i, j in np.argwhere(meets).tolist() if i < j}


@pytest.mark.parametrize("strip", [7, 64, 10_000])
@pytest.mark.parametrize("share", [1.0, 0.1, 0.0])
def test_all_pairs_whose_boxes_meet_are_found_in_strips_of_any_width(monkeypatch, strip, share):
    monkeypatch.setattr(module, "_STRIP", strip)
    begins, ends = segments(300, seed=1)
    wanted = np.arange(300) < 300 * share
    assert pairs(begins, ends, wanted) == by_hand(begins, ends, wanted)


def test_of_a_long_segment_only_what_is_beside_it_is_found():
    begins, ends = segments(2000, seed=2, longest=0.004)
    begins[0], ends[0] = (0.0, 0.0), (1.0, 1.0)
    wanted = np.ones(2000, np.bool_)
    found = pairs(begins, ends, wanted)
    assert found <= by_hand(begins, ends, wanted)
    mine = [other for one, other in found if one == 0]
    assert 0 < len(mine) < 400
    apart = np.abs(begins[mine, 0] - begins[mine, 1])
    assert (apart < 0.1).all()
