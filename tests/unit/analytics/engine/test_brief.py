import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.engine.brief import MINUTE_MS, brief_of, dropped_of, first_and_last
from analytics.tracking.fleet import FLEET
from analytics.verdicts.fleet import believe
from analytics.verdicts.judge import count_unbelieved
from geofence.seen.misfit import Misfit
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures import recorded_city as city

instants = st.lists(st.integers(0, 10 * MINUTE_MS), max_size=40, unique=True).map(sorted)
NOTHING = Misfit(None, 0.0, 0.0, 0, 0.0, 0.0, in_place_of="A")


@given(instants, st.integers(0, 9 * MINUTE_MS), st.integers(MINUTE_MS, 3 * MINUTE_MS))
def test_whether_a_truck_was_heard_in_a_window_shows_in_the_first_and_last_fix_of_each_minute(
    instants, start_ms, length_ms
):
    def heard(found):
        return bool(((found >= start_ms) & (found < start_ms + length_ms)).any())

    time_ms = np.array(instants, np.int64)
    kept = first_and_last(time_ms)
    assert heard(kept) == heard(time_ms)
    assert np.isin(kept, time_ms).all()
    assert (np.diff(kept) > 0).all()
    assert np.bincount(kept // MINUTE_MS, minlength=1).max() <= 2


def test_dropped_fixes_are_counted_as_of_the_observations_that_are_believed():
    seen = list(observe(resolve(city.simulated().pings).pings, city.network(), city.city().rules))
    briefs = [brief_of(each) for each in seen]
    for misfits in ({}, {seen[1].vehicle_id: NOTHING}, {FLEET: NOTHING}):
        believed = [believe(each, misfits) for each in seen]
        outliers = sum(len(each.outlier_ms) for each in believed)
        assert dropped_of(briefs, misfits) == {"outlier": outliers, **count_unbelieved(believed)}
