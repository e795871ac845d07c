"""Two ways round a block between fixes far apart: neither is proven, both are possible."""

import numpy as np

from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.street_map import START_MS, StreetMap

BLOCK = StreetMap(
    """
a---------b
|         |
|         |
|         |
|         |
|         |
|         |
c---------d
"""
)
"""100 m wide and 140 m high."""


def earned(y_from: float, y_to: float, interval_s: float) -> dict[tuple[str, bool], float]:
    """Metres by section and certainty, of a step from the west side of the block to the east."""
    pings = BLOCK.pings(
        np.array([0.0, 0.0, 100.0, 100.0]),
        np.array([y_from - 5.0, y_from, y_to, y_to + 5.0]),
        START_MS + 1000 * np.array([0, 10, 10 + interval_s, 20 + interval_s]),
    )
    (observation,) = observe(resolve(pings).pings, BLOCK.network, ServiceRules())
    passes, metres = observation.passes, {}
    for k in np.flatnonzero(passes.collecting):
        key = (BLOCK.network.section_ids[passes.section[k]], bool(passes.certain[k]))
        metres[key] = metres.get(key, 0.0) + abs(passes.to_m[k] - passes.from_m[k])
    return metres


def test_of_two_ways_of_one_length_neither_is_certain_and_both_are_possible():
    metres = earned(-70.0, -70.0, 60)
    assert ("ab", True) not in metres
    assert ("cd", True) not in metres
    assert metres["ab", False] >= 99
    assert metres["cd", False] >= 99


def test_the_one_way_that_is_much_shorter_is_certain():
    metres = earned(-5.0, -5.0, 30)
    assert metres["ab", True] >= 99
    assert not {key for key in metres if key[0] == "cd"}
