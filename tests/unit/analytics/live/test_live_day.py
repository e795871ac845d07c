import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.live.live_day import LiveDay
from analytics.verdicts.evaluation import evaluate
from tests.fixtures.served_town import PINGS, TOWN, seen_until, truck
from tests.fixtures.town import MONDAY, at, next_day


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 800), max_size=10))
def test_after_the_last_ping_the_live_verdicts_are_those_of_the_nightly_run(seed, cuts):
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.permutation(len(PINGS)), rng.integers(0, len(PINGS), 50)])
    live = LiveDay(TOWN.plan, MONDAY)
    for portion in np.split(rows, sorted(cuts)):
        live.add(PINGS.iloc[portion].reset_index(drop=True))
        live.observations()
    nightly = evaluate(PINGS, TOWN.plan, [MONDAY])
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    pd.testing.assert_frame_equal(live.judgement().grids, nightly.grids)


def test_pings_of_another_day_do_not_move_the_clock():
    day = seen_until("08:00")
    day.add(truck(day=next_day()).pings())
    assert day.now_ms == at("08:00")
