import numpy as np

from geofence.plan.plan import ServiceRules
from geofence.seen.observation import withhold
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import StreetMap


def test_of_what_is_withheld_only_the_number_of_fixes_is_left():
    streets = StreetMap("a---------b---------c")
    pings = resolve(Receiver(sigma_m=4.0, seed=1).drive(streets, "abc")).pings
    (seen,) = observe(pings, streets.network, ServiceRules())
    left = withhold(seen)
    assert len(seen.passes.section) > 0
    assert len(left.passes.section) == len(left.gaps.started_ms) == len(left.time_ms) == 0
    assert np.array_equal(left.outlier_ms, np.sort(np.append(seen.time_ms, seen.outlier_ms)))
    assert left.visits is seen.visits
