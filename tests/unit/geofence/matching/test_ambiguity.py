"""Where another street explains the fixes nearly as well, nothing is claimed of either."""

import numpy as np
import pytest

from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.street_map import StreetMap

PARALLEL = StreetMap(
    """
a--------------------------------------------------b
|                                                  |
c--------------------------------------------------d
"""
)
"""Two streets of 510 m, 40 m apart."""


def metres(noise_m: float, seed: int, shift_m: float = 0.0) -> dict[tuple[str, bool], float]:
    """Metres by section and certainty of a drive along ab, as the receiver reports its accuracy."""
    pings = PARALLEL.drive("ab", sigma_m=noise_m, seed=seed, shift_m=(0.0, shift_m))
    pings["accuracy_m"] = max(5.0, 1.2 * noise_m)
    (observation,) = observe(resolve(pings).pings, PARALLEL.network, ServiceRules())
    passes, found = observation.passes, {}
    for k in np.flatnonzero(passes.collecting):
        key = (PARALLEL.network.section_ids[passes.section[k]], bool(passes.certain[k]))
        found[key] = found.get(key, 0.0) + abs(passes.to_m[k] - passes.from_m[k])
    return found


def test_a_good_receiver_leaves_no_doubt():
    found = metres(3.0, seed=1)
    assert found["ab", True] > 480
    assert not [key for key in found if key[0] == "cd"]


def test_fixes_midway_between_two_streets_prove_neither_and_leave_both_possible():
    found = metres(0.0, seed=1, shift_m=-20.0)
    assert not [key for key in found if key[1] and key[0] in {"ab", "cd"}]
    assert found["ab", False] > 400
    assert found["cd", False] > 400


@pytest.mark.parametrize(("noise_m", "at_most"), [(5.0, 0), (10.0, 2), (20.0, 6)])
def test_a_street_40_m_beside_the_one_driven_is_seldom_proven_however_bad_the_receiver(
    noise_m, at_most
):
    false_claims = [seed for seed in range(60) if metres(noise_m, seed).get(("cd", True), 0) > 25]
    assert len(false_claims) <= at_most


def test_a_bad_receiver_is_told_by_doubt():
    doubtful = [seed for seed in range(60) if metres(20.0, seed).get(("ab", False), 0) > 25]
    assert len(doubtful) >= 3
