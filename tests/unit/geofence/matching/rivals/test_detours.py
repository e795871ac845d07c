"""Two ways round a block between fixes far apart: neither is proven, both are possible."""

import numpy as np
import pytest

from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.credited import credited
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


TWO_WAYS = StreetMap(
    "a----------b" + "-" * 39 + "c----------e\n           |" + " " * 39 + "|\n"
    "           |" + " " * 39 + "|\n           f" + "-" * 39 + "g",
    row_m=10.0,
)
"""From b to c it is 400 m straight on, and 460 m by f and g."""


@pytest.mark.parametrize("speed_mps", [None, 4.0])
def test_after_a_silence_of_a_hundred_seconds_neither_of_two_ways_is_certain(speed_mps):
    x = [20.0, 60.0, 100.0, 520.0, 560.0, 600.0]
    found = credited(TWO_WAYS, [0, 10, 20, 120, 130, 140], x, speed_mps=speed_mps)
    assert found.certain_m("bc") == found.certain_m("fg") == 0
    assert found.possible_m("bc") >= 399
    assert found.possible_m("fg") >= 399
