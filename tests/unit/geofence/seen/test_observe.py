import threading

import numpy as np
import pandas as pd
import pytest

from geofence.matching.matcher import Matcher
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import StreetMap

TOWN = StreetMap(
    """
a---------b---------c
|         |         |
|         |         |
d---------e---------f
"""
)
ROUTES = ("abc", "abed", "fcb", "defc", "cbad", "efcbe", "dab")


def fleet() -> pd.DataFrame:
    drives = []
    for number, route in enumerate(ROUTES):
        drive = Receiver(sigma_m=5.0, seed=number).drive(TOWN, route)
        drive["vehicle_id"] = f"机扫{number}-113"
        drives.append(drive)
    return resolve(pd.concat(drives)).pings


def observed(workers: int) -> list[Observation]:
    return list(observe(fleet(), TOWN.network, ServiceRules(), workers=workers))


@pytest.mark.parametrize("workers", [2, 3, 16])
def test_vehicles_matched_at_once_come_out_the_same_and_in_the_same_order(workers):
    one_by_one, at_once = observed(1), observed(workers)
    assert [each.vehicle_id for each in at_once] == [f"机扫{n}-113" for n in range(len(ROUTES))]
    for alone, among in zip(one_by_one, at_once, strict=True):
        assert len(alone.passes.section) > 0
        for ours, theirs in ((alone.passes, among.passes), (alone.gaps, among.gaps)):
            for column in ours.__slots__:
                assert np.array_equal(getattr(ours, column), getattr(theirs, column))
        assert np.array_equal(alone.x, among.x)


def test_no_more_vehicles_are_matched_ahead_than_two_a_worker(monkeypatch):
    matched = []
    match = Matcher.match

    def counting(self, track):
        matched.append(threading.get_ident())
        return match(self, track)

    monkeypatch.setattr(Matcher, "match", counting)
    observations = observe(fleet(), TOWN.network, ServiceRules(), workers=2)
    next(observations)
    assert len(matched) <= 2 * 2 + 1
    assert len(list(observations)) == len(ROUTES) - 1
    assert threading.get_ident() not in matched


def test_a_vehicle_of_which_no_fix_is_near_the_network_was_not_seen():
    pings = Receiver().drive(TOWN, "abc")
    pings["longitude"] -= 20.0
    (seen,) = observe(pings, TOWN.network, ServiceRules())
    assert len(seen.outlier_ms) == len(pings)
    assert len(seen.part_started_ms) == len(seen.passes.section) == 0
