import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.kept.observing import observe_kept
from geofence.kept.store import ObservationStore
from geofence.matching.matcher import Matcher
from geofence.plan.plan import ServiceRules
from geofence.seen.observe import observe
from tests.fixtures.driven_fleet import ROUTES, TOWN, all_bits, fleet


def observed(pings: pd.DataFrame, store: ObservationStore | None = None, workers: int = 1):
    if store is None:
        return all_bits(observe(pings, TOWN.network, ServiceRules()))
    return all_bits(observe_kept(pings, TOWN.network, ServiceRules(), store=store, workers=workers))


def test_what_is_kept_is_not_matched_again(tmp_path, monkeypatch):
    store = ObservationStore(tmp_path, 64)
    plain = observed(fleet())
    assert observed(fleet(), store) == plain
    monkeypatch.delattr(Matcher, "match")
    assert observed(fleet(), store, workers=3) == plain


def test_only_vehicles_of_which_something_new_came_are_matched_again(tmp_path, monkeypatch):
    store = ObservationStore(tmp_path, 64)
    observed(fleet(), store)
    matched = []
    match = Matcher.match
    monkeypatch.setattr(
        Matcher, "match", lambda self, track: matched.append(1) or match(self, track)
    )
    fewer = fleet().drop(index=[3]).reset_index(drop=True)
    assert observed(fewer, store) == observed(fewer)
    assert len(matched) < len(ROUTES) * 2
    assert len(matched) == 1 + len(ROUTES)  # one with the store, all without


@given(st.data())
@settings(max_examples=12)
def test_whatever_is_kept_and_lost_the_same_is_seen(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("kept")
    store = ObservationStore(folder, 64)
    for _ in range(3):
        rows = data.draw(st.lists(st.integers(0, len(fleet()) - 1), max_size=6, unique=True))
        pings = fleet().drop(index=rows).reset_index(drop=True)
        assert observed(pings, store) == observed(pings)
        lost = sorted(folder.rglob("*.parquet"))
        for number in data.draw(st.lists(st.integers(0, len(lost) - 1), max_size=3)):
            lost[number].unlink(missing_ok=True)
